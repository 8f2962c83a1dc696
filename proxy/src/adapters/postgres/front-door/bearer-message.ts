/** The messages of SASL OAUTHBEARER: RFC 7628 §3, and RFC 5801 §4 for the header in front. Pure; the bytes come from a stranger. */
import { GatetrailError, limits, type IssuerConfiguration } from '@gatetrail/schemas'

export const bearerMechanism = 'OAUTHBEARER'

/** Without channel binding, and without a name to act as: who somebody is stands in the token alone. */
const messageForm = /^[ny],,\x01((?:[A-Za-z]+=[\x20-\x7e\t\r\n]*\x01)+)\x01$/ // oxlint-disable-line no-control-regex
/** RFC 6750 §2.1; the name of the scheme has no case. */
const bearerForm = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i

export type BearerMessage =
  { kind: 'token'; token: string } | { kind: 'discovery' } | { kind: 'malformed' }

/**
 * The data of a SASLInitialResponse; undefined where the client sent none yet.
 * @throws GatetrailError PROTOCOL_VIOLATION
 */
export function parseInitialResponse(body: Buffer): Buffer | undefined {
  const end = body.indexOf(0)
  if (end === -1 || body.toString('latin1', 0, end) !== bearerMechanism) {
    throw violation(`only ${bearerMechanism} is offered to the user oauth`)
  }
  if (end + 5 > body.length) throw violation('a SASL response is cut')
  const length = body.readInt32BE(end + 1)
  const data = body.subarray(end + 5)
  if (length === -1 && data.length === 0) return undefined
  if (length !== data.length) throw violation('a SASL response is not as long as it says')
  return data
}

/** @throws GatetrailError PROTOCOL_VIOLATION, TOKEN_TOO_LARGE */
export function parseBearerMessage(data: Buffer): BearerMessage {
  const pairs = messageForm.exec(data.toString('latin1'))?.[1]
  if (pairs === undefined) throw violation('the OAUTHBEARER message is none')
  const given = pairs.split('\x01').filter((pair) => pair.startsWith('auth='))
  if (given.length !== 1) throw violation('the OAUTHBEARER message has not one auth value')
  const auth = given[0]!.slice('auth='.length)
  if (/^(bearer *)?$/i.test(auth)) return { kind: 'discovery' }
  const token = bearerForm.exec(auth)?.[1]
  if (token === undefined) return { kind: 'malformed' }
  if (token.length > limits.token.bytesMax) {
    throw new GatetrailError(
      'TOKEN_TOO_LARGE',
      `a token has at most ${limits.token.bytesMax} bytes`,
    )
  }
  return { kind: 'token', token }
}

/**
 * What a client without a good token is told: where to get one. The protocol has room for one issuer: the first that we find by
 * discovery ourselves; where none is, the first, which may have the document though we do not need it.
 */
export function bearerChallenge(
  issuers: readonly Pick<IssuerConfiguration, 'issuer' | 'jwksUri' | 'jwksFile'>[],
): Buffer {
  const announced =
    issuers.find(({ jwksUri, jwksFile }) => jwksUri === undefined && jwksFile === undefined) ??
    issuers[0]
  const discovery =
    announced === undefined
      ? {}
      : {
          'openid-configuration': `${announced.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
          scope: 'openid',
        }
  return Buffer.from(JSON.stringify({ status: 'invalid_token', ...discovery }))
}

function violation(what: string): GatetrailError {
  return new GatetrailError('PROTOCOL_VIOLATION', what)
}

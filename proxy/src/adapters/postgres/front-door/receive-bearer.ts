/**
 * The token by SASL OAUTHBEARER (RFC 7628), as PostgreSQL 18's own clients send it. From receive-token.ts.
 *
 *   ours    AuthenticationSASL OAUTHBEARER
 *   client  SASLInitialResponse with the token, or, of a client that asks where to get one, without
 *   ours    nothing, and the session goes on; or AuthenticationSASLContinue with the challenge …
 *   client  … SASLResponse of one byte (RFC 7628 §3.2.3), and then our ErrorResponse
 */
import { GatetrailError, limits } from '@gatetrail/schemas'
import { authenticationSasl, authenticationSaslContinue, messageTypes } from '../messages.ts'
import { readAnswer } from './authentication-answer.ts'
import { bearerMechanism, parseBearerMessage, parseInitialResponse } from './bearer-message.ts'
import type { Door } from './door.ts'
import type { AuthenticationMessage, ReceivedToken } from './receive-token.ts'

/** Around the token: the mechanism, the header, and what a client says of the host that it thinks it talks to. */
const responseBytesMax = limits.token.bytesMax + 1024
/** A single 0x01, whatever it says is not looked at: it gets its error. RFC 7628 §3.2.3 */
const dummyResponseBytes = 1

/** A client that has no token yet and asks where to get one: no failed attempt, and no line in the journal. */
export class TokenDiscovery extends GatetrailError {
  constructor() {
    super('TOKEN_MISSING', 'no token was given', {
      hint: 'The answer names the issuer that gives one.',
    })
    this.name = 'TokenDiscovery'
  }
}

/** @throws PeerClosed; GatetrailError TOKEN_MISSING (a TokenDiscovery), TOKEN_MALFORMED, TOKEN_TOO_LARGE, PROTOCOL_VIOLATION */
export async function receiveBearer(door: Door, challenge: Buffer): Promise<ReceivedToken> {
  const messages: AuthenticationMessage[] = []
  const say = (bytes: Buffer): void => {
    door.write(bytes)
    messages.push({ toClient: true, type: messageTypes.authentication, length: bytes.length })
  }
  const hear = async (bytesMax: number): Promise<Buffer> => {
    const body = await readAnswer(door, bytesMax)
    messages.push({ toClient: false, type: messageTypes.password, length: 5 + body.length })
    return body
  }
  const refuse = async (): Promise<void> => {
    try {
      say(authenticationSaslContinue(challenge))
      await hear(dummyResponseBytes)
    } catch {
      // It left, or broke the protocol: its token is refused all the same, and that is what goes on record.
    }
  }

  say(authenticationSasl(bearerMechanism))
  let response = parseInitialResponse(await hear(responseBytesMax))
  if (response === undefined) {
    // It chose the mechanism and kept its message for now: an empty challenge asks for it.
    say(authenticationSaslContinue(Buffer.alloc(0)))
    response = await hear(responseBytesMax)
  }
  const bearer = parseBearerMessage(response)
  if (bearer.kind === 'token') return { token: bearer.token, messages, beforeRefusal: refuse }
  await refuse()
  if (bearer.kind === 'discovery') throw new TokenDiscovery()
  throw new GatetrailError('TOKEN_MALFORMED', 'what was sent is no bearer token', {
    hint: 'RFC 6750 §2.1 says what one looks like.',
  })
}

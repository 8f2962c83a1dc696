/** Step 2 of 5. What a token's header may say: which key and algorithm, and nothing about where keys come from. Pure. */
import type { IssuerConfiguration } from '@gatetrail/schemas'
import { IdentityError } from './identity-error.ts'
import type { JsonObject } from './strict-json.ts'

export type Algorithm = IssuerConfiguration['algorithms'][number]
export type TokenHeader = { readonly algorithm: Algorithm; readonly keyId: string | undefined }

/** Keys and addresses of keys (RFC 7515 §4.1.2–6), extensions (§4.1.11, RFC 7797), key derivation (RFC 7518 §4.8.1). */
const refusedMembers = [
  'jwk',
  'jku',
  'x5u',
  'x5c',
  'crit',
  'b64',
  'p2c',
  'p2s',
  'epk',
  'apu',
  'apv',
  'zip',
] as const

const publicKeyAlgorithms: ReadonlySet<string> = new Set<Algorithm>([
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
])
/** A token made for another purpose (logout, DPoP) must not open a session (RFC 8725 §3.11). */
const acceptedTypes: ReadonlySet<string> = new Set(['jwt', 'at+jwt'])
const keyIdLengthMax = 1024

/** @throws IdentityError TOKEN_HEADER_REFUSED, TOKEN_ALGORITHM_REFUSED */
export function checkHeader(header: JsonObject): TokenHeader {
  for (const member of refusedMembers) {
    if (Object.hasOwn(header, member)) throw refused(`has the member ${member}`)
  }
  const { alg, kid, typ } = header
  if (typeof alg !== 'string' || !isAlgorithm(alg)) {
    throw new IdentityError(
      'TOKEN_ALGORITHM_REFUSED',
      'The token is not signed with a public-key algorithm that is accepted.',
    )
  }
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > keyIdLengthMax)) {
    throw refused('has a kid that is no short text')
  }
  if (typ !== undefined && (typeof typ !== 'string' || !isAcceptedType(typ))) {
    throw refused('has a typ other than JWT or at+jwt')
  }
  return { algorithm: alg, keyId: kid }
}

/** @throws IdentityError TOKEN_ALGORITHM_REFUSED */
export function checkAlgorithm(header: TokenHeader, issuer: IssuerConfiguration): void {
  if (!issuer.algorithms.includes(header.algorithm)) {
    throw new IdentityError(
      'TOKEN_ALGORITHM_REFUSED',
      `The issuer ${issuer.name} is not configured to sign with ${header.algorithm}.`,
      { issuer: issuer.name, hint: `Add it to the issuer's algorithms if it really does.` },
    )
  }
}

function isAlgorithm(text: string): text is Algorithm {
  return publicKeyAlgorithms.has(text)
}

function isAcceptedType(text: string): boolean {
  const lower = text.toLowerCase()
  return acceptedTypes.has(lower.startsWith('application/') ? lower.slice(12) : lower)
}

function refused(what: string): IdentityError {
  return new IdentityError('TOKEN_HEADER_REFUSED', `The token's header ${what}.`)
}

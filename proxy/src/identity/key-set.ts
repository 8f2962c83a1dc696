/** A JWKS (RFC 7517) as we use it: public keys for signatures, picked by `kid` and algorithm. No I/O. */
import { GatetrailError } from '@gatetrail/schemas'
import { createLocalJWKSet, errors, type CompactVerifyGetKey, type JWK } from 'jose'
import { z } from 'zod'
import { IdentityError } from './identity-error.ts'

export type KeySet = { readonly find: CompactVerifyGetKey }

const keysMax = 100
const text = z.string().max(16 * 1024)
/** All members that a public key needs, and no others: a private or symmetric part never gets in. */
const publicKeySchema = z.object({
  kty: z.enum(['RSA', 'EC', 'OKP']),
  kid: text.optional(),
  use: text.optional(),
  alg: text.optional(),
  key_ops: z.array(text).optional(),
  n: text.optional(),
  e: text.optional(),
  crv: text.optional(),
  x: text.optional(),
  y: text.optional(),
})
const keySetSchema = z.object({ keys: z.array(z.unknown()).max(keysMax) })

/** Keys that we can't use are left out. `where` names the source in errors. @throws GatetrailError ISSUER_UNAVAILABLE */
export function parseKeySet(document: unknown, where: string): KeySet {
  const parsed = keySetSchema.safeParse(document)
  if (!parsed.success) {
    throw new GatetrailError(
      'ISSUER_UNAVAILABLE',
      `${where} is not a JWKS of at most ${keysMax} keys.`,
    )
  }
  const keys = parsed.data.keys.flatMap((key): JWK[] => {
    const result = publicKeySchema.safeParse(key)
    return result.success ? [withoutUndefined(result.data)] : []
  })
  return { find: createLocalJWKSet({ keys }) }
}

/** Whether a key was looked for and not found, or not usable for the token's algorithm. */
export function isKeyUnknown(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys
  )
}

export function keyUnknown(issuer: string): IdentityError {
  return new IdentityError(
    'TOKEN_KEY_UNKNOWN',
    `No key of the issuer ${issuer} matches the token's kid and algorithm.`,
    { issuer },
  )
}

function withoutUndefined(key: z.infer<typeof publicKeySchema>): JWK {
  const { kty, ...rest } = key
  const jwk: JWK = { kty }
  for (const [member, value] of Object.entries(rest)) {
    if (value !== undefined) Object.assign(jwk, { [member]: value })
  }
  return jwk
}

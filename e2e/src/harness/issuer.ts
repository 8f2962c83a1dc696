/** An issuer of the tests: a key pair, a JWKS file that the platform reads, and tokens, good ones and bad ones. */
import { randomUUID } from 'node:crypto'
import {
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWK,
  type JWTPayload,
} from 'jose'

export const issuerUrl = 'https://ci.e2e.example'
export const audience = 'gatetrail'

export type Issuer = {
  jwks: { keys: JWK[] }
  privateKey: CryptoKey
  /** A token for `subject`; `claims` stand above the usual ones. */
  token(subject: string, groups: readonly string[], claims?: JWTPayload): Promise<string>
}

export async function createIssuer(kid = 'e2e-1'): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }
  return {
    jwks: { keys: [jwk] },
    privateKey,
    token: (subject, groups, claims = {}) => {
      const now = Math.floor(Date.now() / 1000)
      return new SignJWT({
        iss: issuerUrl,
        aud: audience,
        sub: subject,
        groups: [...groups],
        iat: now,
        nbf: now - 5,
        exp: now + 3600,
        jti: randomUUID(),
        kind: 'job',
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', kid, typ: 'JWT' })
        .sign(privateKey)
    },
  }
}

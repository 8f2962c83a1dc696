/** The issuer's signing key: made once, kept in `dataDir/demo`, so that tokens outlive a restart. */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose'
import { z } from 'zod'
import { writePrivately } from '../files.ts'

export const signingAlgorithm = 'RS256'

export type SigningKeys = {
  /** Private; for oidc-provider, which publishes the public half. */
  jwks: { keys: JWK[] }
  keyId: string
  key: CryptoKey
}

const storedSchema = z.object({
  keys: z.array(z.looseObject({ kid: z.string(), kty: z.literal('RSA') })),
})

export async function loadSigningKeys(file: string): Promise<SigningKeys> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  const jwks = text === undefined ? await makeKeys(file) : storedSchema.parse(JSON.parse(text))
  const first = jwks.keys[0]
  if (first === undefined) throw new Error('the demo issuer has no key')
  const key = await importJWK(first, signingAlgorithm)
  if (key instanceof Uint8Array) throw new Error('the key of the demo issuer is not an RSA key')
  return { jwks, keyId: first.kid, key }
}

async function makeKeys(file: string) {
  const { privateKey } = await generateKeyPair(signingAlgorithm, { extractable: true })
  const jwk = await exportJWK(privateKey)
  const made = { ...jwk, kid: randomUUID(), kty: 'RSA' as const, alg: signingAlgorithm, use: 'sig' }
  const jwks = { keys: [made] }
  await writePrivately(file, JSON.stringify(jwks))
  return jwks
}

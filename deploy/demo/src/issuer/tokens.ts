/** Mints the demo's tokens: short-lived JWTs for Gatetrail. For workloads each one is a new run unless the caller names it. */
import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { Account } from './accounts.ts'
import { signingAlgorithm, type SigningKeys } from './signing-keys.ts'

export const tokenSecondsMax = 15 * 60
export const audience = 'gatetrail'

export type MintedToken = { token: string; runId: string; expiresAt: string }

/** Run ids grow and never repeat, also within a millisecond. */
export function createRunIds(now: () => number): () => string {
  let last = 0
  return () => {
    last = Math.max(last + 1, now())
    return String(last)
  }
}

export async function mintToken(
  issuer: string,
  keys: SigningKeys,
  account: Account,
  runId: string,
  nowMs: number,
): Promise<MintedToken> {
  const issuedAt = Math.floor(nowMs / 1000)
  const expiresAt = issuedAt + tokenSecondsMax
  const token = await new SignJWT(account.claims(runId))
    .setProtectedHeader({ alg: signingAlgorithm, kid: keys.keyId, typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .setJti(randomUUID())
    .sign(keys.key)
  return { token, runId, expiresAt: new Date(expiresAt * 1000).toISOString() }
}

/** Which token ids were used, until their tokens have expired. Bounded: time is an argument, memory a constant. */

import { createHash } from 'node:crypto'

export const usedTokensMax = 50_000

export type UsedTokens = {
  /** Notes a use. `seen`: used before. `full`: too many unexpired ids are remembered to know (only with `keepAll`). */
  use(
    issuer: string,
    tokenId: string,
    expiresAtMs: number,
    nowMs: number,
  ): 'first' | 'seen' | 'full'
}

/** `keepAll`: never forgets an unexpired id (one-use tokens); otherwise the oldest goes when there are too many. */
export function createUsedTokens(keepAll: boolean, countMax = usedTokensMax): UsedTokens {
  const expiryById = new Map<string, number>()
  const makeRoom = (nowMs: number): boolean => {
    if (expiryById.size < countMax) return true
    for (const [id, expiresAtMs] of expiryById) if (expiresAtMs <= nowMs) expiryById.delete(id)
    if (expiryById.size < countMax) return true
    if (keepAll) return false
    // A tenth at once, so that the walk above is rare.
    let surplus = Math.ceil(countMax / 10)
    for (const id of expiryById.keys()) {
      if (surplus-- <= 0) break
      expiryById.delete(id)
    }
    return true
  }
  return {
    use(issuer, tokenId, expiresAtMs, nowMs) {
      // Hashed: an id may be long, memory may not. Names of issuers have no space.
      const id = createHash('sha256').update(`${issuer} ${tokenId}`).digest('base64')
      const usedUntilMs = expiryById.get(id)
      if (usedUntilMs !== undefined && usedUntilMs > nowMs) {
        expiryById.set(id, Math.max(usedUntilMs, expiresAtMs))
        return 'seen'
      }
      if (!makeRoom(nowMs)) return 'full'
      expiryById.set(id, expiresAtMs)
      return 'first'
    },
  }
}

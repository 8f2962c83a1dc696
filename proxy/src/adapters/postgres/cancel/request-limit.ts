/** How many cancel requests one address may make: a flood is dropped, and keys cannot be guessed. Pure but for the clock. */

const windowMs = 10_000
const requestsMax = 100
const wrongKeysMax = 10
const addressesMax = 4096

export type CancelLimit = {
  /** Whether another request of this address is looked at. */
  allows(address: string): boolean
  wrongKey(address: string): void
}

export function createCancelLimit(now: () => number = Date.now): CancelLimit {
  const counts = new Map<string, { since: number; requests: number; wrongKeys: number }>()
  const entryOf = (
    address: string,
  ): { since: number; requests: number; wrongKeys: number } | undefined => {
    const entry = counts.get(address)
    if (entry !== undefined && now() - entry.since < windowMs) return entry
    counts.delete(address)
    if (counts.size >= addressesMax) {
      for (const [old, { since }] of counts) if (now() - since >= windowMs) counts.delete(old)
    }
    // So many addresses at once are an attack: newcomers wait for the window to pass.
    if (counts.size >= addressesMax) return undefined
    const fresh = { since: now(), requests: 0, wrongKeys: 0 }
    counts.set(address, fresh)
    return fresh
  }
  return {
    allows(address) {
      const entry = entryOf(address)
      if (entry === undefined || entry.wrongKeys >= wrongKeysMax) return false
      entry.requests++
      return entry.requests <= requestsMax
    },
    wrongKey(address) {
      const entry = entryOf(address)
      if (entry !== undefined) entry.wrongKeys++
    },
  }
}

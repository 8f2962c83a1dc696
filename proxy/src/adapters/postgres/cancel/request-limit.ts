/**
 * How many cancel requests with a wrong key one address may make, so that keys cannot be guessed. Requests with a right key
 * do not count, and a late one now and then, of a session that is over, does no harm: behind one address may stand many
 * clients. Pure but for the clock.
 */

const windowMs = 10_000
/** In a day a guesser gets through a 5,000th of the keys that protocol 3.0 has room for. */
const wrongKeysOfAllMax = 100
const addressesMax = 4096

export type CancelLimit = {
  /** Whether another request of this address is looked at. */
  allows(address: string): boolean
  wrongKey(address: string): void
}

/** `workers`: how many processes share the listeners, and so the limit. */
export function createCancelLimit(workers = 1, now: () => number = Date.now): CancelLimit {
  const wrongKeysMax = Math.max(1, Math.floor(wrongKeysOfAllMax / workers))
  const counts = new Map<string, { since: number; wrongKeys: number }>()
  const entryOf = (address: string): { since: number; wrongKeys: number } | undefined => {
    const entry = counts.get(address)
    if (entry === undefined || now() - entry.since < windowMs) return entry
    counts.delete(address)
    return undefined
  }
  const full = (): boolean => {
    if (counts.size < addressesMax) return false
    for (const [old, { since }] of counts) if (now() - since >= windowMs) counts.delete(old)
    return counts.size >= addressesMax
  }
  return {
    allows(address) {
      const entry = entryOf(address)
      // So many addresses with wrong keys at once are an attack: newcomers wait for the window to pass.
      return entry === undefined ? !full() : entry.wrongKeys < wrongKeysMax
    },
    wrongKey(address) {
      const entry = entryOf(address)
      if (entry !== undefined) entry.wrongKeys++
      else if (!full()) counts.set(address, { since: now(), wrongKeys: 1 })
    },
  }
}

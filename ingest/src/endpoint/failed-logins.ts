/**
 * Wrong passwords of the store endpoint, so that they cannot be guessed and fill no log: an address that had too many is not
 * looked at until their minute is over. Pure but for the clock.
 */

const windowMs = 60_000
const failuresMax = 20
const addressesMax = 1_000

export type FailedLogins = {
  /** Whether another password of this address is looked at. */
  allows(address: string): boolean
  count(address: string): void
}

export function createFailedLogins(now: () => number = () => performance.now()): FailedLogins {
  const counts = new Map<string, { sinceMs: number; failures: number }>()
  const expire = (): void => {
    for (const [address, { sinceMs }] of counts)
      if (now() - sinceMs >= windowMs) counts.delete(address)
  }
  return {
    allows(address) {
      const entry = counts.get(address)
      if (entry !== undefined)
        return now() - entry.sinceMs >= windowMs || entry.failures < failuresMax
      // So many addresses with wrong passwords at once are an attack: newcomers wait.
      if (counts.size >= addressesMax) expire()
      return counts.size < addressesMax
    },
    count(address) {
      const entry = counts.get(address)
      if (entry !== undefined && now() - entry.sinceMs < windowMs) entry.failures++
      else counts.set(address, { sinceMs: now(), failures: 1 })
    },
  }
}

/**
 * How many callers may be in front of the door, not yet authenticated, at one time: in all, and from one address
 * (design §8). Counting only: the listener turns away whoever gets no place.
 */
import { limits } from '@gatetrail/schemas'

export type Place = { release(): void }

export type Admission = {
  /** A place for a caller from `address`, or undefined: there is none. `release` may be called more than once. */
  take(address: string): Place | undefined
  readonly taken: number
}

export function createAdmission(
  connectionsMax: number = limits.beforeAuthentication.connectionsMax,
  connectionsPerAddressMax: number = limits.beforeAuthentication.connectionsPerAddressMax,
): Admission {
  const perAddress = new Map<string, number>()
  let taken = 0
  return {
    get taken() {
      return taken
    },
    take(address) {
      const here = perAddress.get(address) ?? 0
      if (taken >= connectionsMax || here >= connectionsPerAddressMax) return undefined
      taken++
      perAddress.set(address, here + 1)
      let held = true
      return {
        release() {
          if (!held) return
          held = false
          taken--
          const left = (perAddress.get(address) ?? 1) - 1
          if (left === 0) perAddress.delete(address)
          else perAddress.set(address, left)
        },
      }
    },
  }
}

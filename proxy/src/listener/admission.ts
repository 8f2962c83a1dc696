/**
 * How many callers may be in front of the door, not yet authenticated, at one time: in all, and from one address
 * (design §8). Counting only: the listener turns away whoever gets no place.
 */
import { assert, limits } from '@gatetrail/schemas'

export type Place = {
  /** Counts the caller under its address, which came to be known. False: there are enough of that address. Called once. */
  name(address: string): boolean
  /** May be called more than once. */
  release(): void
}

export type Admission = {
  /**
   * A place for a caller from `address` (undefined: a balancer has yet to tell it), or undefined: there is none.
   */
  take(address: string | undefined): Place | undefined
  readonly taken: number
}

export function createAdmission(
  connectionsMax: number = limits.beforeAuthentication.connectionsMax,
  connectionsPerAddressMax: number = limits.beforeAuthentication.connectionsPerAddressMax,
): Admission {
  const perAddress = new Map<string, number>()
  let taken = 0
  const enter = (address: string): boolean => {
    const here = perAddress.get(address) ?? 0
    if (here >= connectionsPerAddressMax) return false
    perAddress.set(address, here + 1)
    return true
  }
  const leave = (address: string): void => {
    const left = (perAddress.get(address) ?? 1) - 1
    if (left === 0) perAddress.delete(address)
    else perAddress.set(address, left)
  }
  return {
    get taken() {
      return taken
    },
    take(address) {
      if (taken >= connectionsMax) return undefined
      if (address !== undefined && !enter(address)) return undefined
      taken++
      let counted = address
      let held = true
      return {
        name(told) {
          assert(held && counted === undefined, 'a place is named once, while it is held')
          if (!enter(told)) return false
          counted = told
          return true
        },
        release() {
          if (!held) return
          held = false
          taken--
          if (counted !== undefined) leave(counted)
        },
      }
    },
  }
}

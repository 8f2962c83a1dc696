/**
 * Cancel requests for sessions that are not of this process: a balancer sends them anywhere. First the other workers of this
 * machine are asked, then the other proxies; never by one who was asked by another proxy, so that no request goes in circles.
 * Bounded, so that whoever sends many of them makes us no amplifier.
 */
import type { CancelCaller } from '../answer-cancel.ts'
import type { CancelRequest } from './live-sessions.ts'

export type CancelElsewhere = {
  /** busy: too many are asked for already; nobody was asked. Never rejects. */
  ask(request: CancelRequest, caller: CancelCaller): Promise<'found' | 'unknown' | 'busy'>
}

/** Whether there was a session with this key, which then is cancelled. Bounded in time; never rejects. */
export type AskElsewhere = (request: CancelRequest, caller: CancelCaller) => Promise<boolean>

const askedMax = 32
const askedPerAddressMax = 8

export function createCancelElsewhere(
  otherWorkers: AskElsewhere | undefined,
  otherProxies: AskElsewhere | undefined,
): CancelElsewhere {
  const asked = new Map<string, number>()
  let askedInAll = 0

  const ask = async (request: CancelRequest, caller: CancelCaller): Promise<boolean> => {
    if (otherWorkers !== undefined && (await otherWorkers(request, caller))) return true
    if (caller.forwarded || otherProxies === undefined) return false
    return otherProxies(request, caller)
  }

  return {
    async ask(request, caller) {
      if (otherWorkers === undefined && (caller.forwarded || otherProxies === undefined))
        return 'unknown'
      const { address } = caller
      const here = asked.get(address) ?? 0
      if (askedInAll >= askedMax || here >= askedPerAddressMax) return 'busy'
      askedInAll++
      asked.set(address, here + 1)
      try {
        return (await ask(request, caller)) ? 'found' : 'unknown'
      } finally {
        askedInAll--
        const left = (asked.get(address) ?? 1) - 1
        if (left === 0) asked.delete(address)
        else asked.set(address, left)
      }
    },
  }
}

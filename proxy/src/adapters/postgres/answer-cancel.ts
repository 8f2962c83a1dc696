/**
 * A CancelRequest: found by its key, here, in another worker or with another proxy, and passed on to that session's target. A
 * wrong key has no effect and is counted, by whoever was asked first.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { unreachable } from '@gatetrail/schemas'
import type { CancelElsewhere } from './cancel/cancel-elsewhere.ts'
import type { CancelLimit } from './cancel/request-limit.ts'
import type { CancelRequest, LiveSessions } from './cancel/live-sessions.ts'
import type { Rejections } from '../../listener/rejections.ts'
import type { Metrics } from '../../operations/metrics.ts'

/** Shorter than a worker waits for another (2 s) and a proxy for another (4 s). */
const othersWaitMs = 1_000

export type CancelDependencies = {
  live: LiveSessions
  cancelElsewhere: CancelElsewhere
  cancelLimit: CancelLimit
  rejections: Rejections
  metrics: Metrics
}

export type CancelCaller = {
  address: string
  port: number
  /** Another proxy of ours asks for it, which has looked at its limits and counts it. */
  forwarded: boolean
}

/** Whether a session had the key. Resolves when the connection of the request may be closed. */
export async function answerCancel(
  request: CancelRequest,
  caller: CancelCaller,
  dependencies: CancelDependencies,
): Promise<boolean> {
  const { live, cancelElsewhere, cancelLimit, rejections, metrics } = dependencies
  const { address, forwarded } = caller
  const refuse = (reason: string, message: string): false => {
    rejections.count({
      kind: 'gatetrail.session.refused',
      reason,
      message,
      clientAddress: address,
    })
    return false
  }
  if (!forwarded && !cancelLimit.allows(address)) {
    metrics.cancelRequested('flood')
    return refuse('CANCEL_FLOOD', 'too many cancel requests')
  }
  if (forwarded) {
    if (await cancelForAnother(request, dependencies)) return true
  } else {
    const session = live.find(request.processId, request.secret)
    if (session !== undefined) {
      metrics.cancelRequested('passed_on')
      await session.cancel()
      return true
    }
  }
  const answer = await cancelElsewhere.ask(request, caller)
  switch (answer) {
    case 'found':
      metrics.cancelRequested('elsewhere')
      return true
    case 'busy':
      metrics.cancelRequested('flood')
      return refuse('CANCEL_FLOOD', 'too many cancel requests that are for other proxies')
    case 'unknown':
      if (forwarded) return false
      cancelLimit.wrongKey(address)
      metrics.cancelRequested('unknown_key')
      return refuse('CANCEL_KEY_UNKNOWN', 'a cancel request had a key that no session has')
    default:
      return unreachable(answer)
  }
}

/**
 * A request that another worker or proxy got. Whether a session of this process had the key; it is cancelled then. Who asks
 * does not wait for long: a slow target must not look like a wrong key.
 */
export async function cancelForAnother(
  { processId, secret }: CancelRequest,
  { live, metrics }: Pick<CancelDependencies, 'live' | 'metrics'>,
): Promise<boolean> {
  const session = live.find(processId, secret)
  if (session === undefined) return false
  metrics.cancelRequested('passed_on')
  await Promise.race([session.cancel(), sleep(othersWaitMs, undefined, { ref: false })])
  return true
}

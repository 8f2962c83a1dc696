/** A CancelRequest: found by its key, and passed on to that session's target. A wrong key has no effect and is counted. */
import type { CancelLimit } from './cancel/request-limit.ts'
import type { LiveSessions } from './cancel/live-sessions.ts'
import type { Rejections } from '../../listener/rejections.ts'
import type { Metrics } from '../../operations/metrics.ts'

export type CancelDependencies = {
  live: LiveSessions
  cancelLimit: CancelLimit
  rejections: Rejections
  metrics: Metrics
}

/** Resolves when the connection of the request may be closed: the protocol has no other answer. */
export async function answerCancel(
  request: { processId: number; secret: Uint8Array },
  address: string,
  dependencies: CancelDependencies,
): Promise<void> {
  const { live, cancelLimit, rejections, metrics } = dependencies
  if (!cancelLimit.allows(address)) {
    metrics.cancelRequested('flood')
    rejections.count({
      kind: 'gatetrail.session.refused',
      reason: 'CANCEL_FLOOD',
      message: 'too many cancel requests',
      clientAddress: address,
    })
    return
  }
  const session = live.find(request.processId, request.secret)
  if (session === undefined) {
    cancelLimit.wrongKey(address)
    metrics.cancelRequested('unknown_key')
    rejections.count({
      kind: 'gatetrail.session.refused',
      reason: 'CANCEL_KEY_UNKNOWN',
      message: 'a cancel request had a key that no session has',
      clientAddress: address,
    })
    return
  }
  metrics.cancelRequested('passed_on')
  await session.cancel()
}

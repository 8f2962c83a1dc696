/** A cancel request to a target, on a connection of its own, with TLS as the session's own. */
import { once } from 'node:events'
import { requestCodes, uint32, untypedMessage } from '../messages.ts'
import { openTargetSocket, upstreamTimeoutMs, type Target } from '../upstream/open-socket.ts'

/**
 * Resolves when the target has closed the connection, which is its only answer.
 * @throws GatetrailError UPSTREAM_UNAVAILABLE, UPSTREAM_TLS_FAILED
 */
export async function cancelAtTarget(
  target: Target,
  processId: number,
  secret: Uint8Array,
): Promise<void> {
  const signal = AbortSignal.timeout(upstreamTimeoutMs)
  const socket = await openTargetSocket(target, signal)
  const destroy = (): void => {
    socket.destroy()
  }
  signal.addEventListener('abort', destroy, { once: true })
  try {
    socket.resume()
    socket.end(untypedMessage(requestCodes.cancel, uint32(processId), secret))
    if (!socket.closed) await once(socket, 'close').catch(() => undefined)
  } finally {
    signal.removeEventListener('abort', destroy)
    socket.destroy()
  }
}

/**
 * A worker's line to its supervisor (supervisor/worker-pool.ts): callers' sockets come in, how many have closed goes out, and
 * cancel requests go to the other workers and come from them.
 */
import type { Socket } from 'node:net'
import type { FromRole, ToRole } from '../supervisor/messages.ts'

export type CancelKey = { processId: number; secret: Uint8Array }

export type WorkerChannel = {
  /** Where sockets go from now on; those that came before go there at once. */
  accept(take: (socket: Socket) => void): void
  /** Whether another worker had the session of this key. Never rejects. */
  cancelInOthers(key: CancelKey): Promise<boolean>
  /** Who answers what other workers ask. */
  onCancel(cancelHere: (key: CancelKey) => Promise<boolean>): void

  // From run-role.ts, as messages come:
  taken(id: number, socket: Socket): void
  asked(message: ToRole & { type: 'cancel' }): Promise<void>
  answered(id: number, found: boolean): void
}

/** A little longer than the supervisor waits for the others. */
const cancelMsMax = 2_500

export function createWorkerChannel(send: (message: FromRole) => void): WorkerChannel {
  const early: Socket[] = []
  const waiting = new Map<number, (found: boolean) => void>()
  let take: ((socket: Socket) => void) | undefined
  let cancelHere: ((key: CancelKey) => Promise<boolean>) | undefined
  let lastId = 0
  let closed = 0
  let told: NodeJS.Immediate | undefined

  /** One message for all sockets that closed in one turn of the event loop. */
  const countClosed = (): void => {
    closed++
    told ??= setImmediate(() => {
      told = undefined
      send({ type: 'sockets-closed', count: closed })
      closed = 0
    })
  }

  return {
    accept(taker) {
      take = taker
      for (const socket of early.splice(0)) taker(socket)
    },
    cancelInOthers({ processId, secret }) {
      const id = ++lastId
      return new Promise((resolve) => {
        const settle = (found: boolean): void => {
          clearTimeout(timer)
          waiting.delete(id)
          resolve(found)
        }
        const timer = setTimeout(() => settle(false), cancelMsMax)
        waiting.set(id, settle)
        send({ type: 'cancel', id, processId, secret: Buffer.from(secret).toString('base64') })
      })
    },
    onCancel(answer) {
      cancelHere = answer
    },
    taken(id, socket) {
      send({ type: 'socket-taken', id })
      socket.once('close', countClosed)
      if (take === undefined) early.push(socket)
      else take(socket)
    },
    async asked({ id, processId, secret }) {
      const key = { processId, secret: Buffer.from(secret, 'base64') }
      send({ type: 'cancelled', id, found: (await cancelHere?.(key)) === true })
    },
    answered(id, found) {
      waiting.get(id)?.(found)
    },
  }
}

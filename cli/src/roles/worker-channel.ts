/**
 * A worker's line to its supervisor (supervisor/worker-pool.ts): callers' sockets come in, how many have closed goes out, and
 * cancel requests go to the other workers and come from them, and one-use tokens are noted for all of them there.
 */
import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import type { ClaimToken } from '@gatetrail/proxy'
import type { FromRole, ToRole } from '../supervisor/messages.ts'

export type CancelKey = { processId: number; secret: Uint8Array }

export type WorkerChannel = {
  /** Where sockets go from now on; those that came before go there at once. */
  accept(take: (socket: Socket) => void): void
  /** Whether another worker had the session of this key. Never rejects. */
  cancelInOthers(key: CancelKey): Promise<boolean>
  /** Whether a one-use token is new to all workers; `full`: nobody can tell. */
  claimToken: ClaimToken
  /** Who answers what other workers ask. */
  onCancel(cancelHere: (key: CancelKey) => Promise<boolean>): void

  // From run-role.ts, as messages come:
  taken(id: number, socket: Socket): void
  asked(message: ToRole & { type: 'cancel' }): Promise<void>
  answered(id: number, found: boolean): void
  claimed(id: number, use: TokenUse): void
}

type TokenUse = Awaited<ReturnType<ClaimToken>>

/** A little longer than the supervisor waits for the others. */
const cancelMsMax = 2_500
/** Without an answer of the supervisor the token is refused. */
const claimMsMax = 2_500

export function createWorkerChannel(send: (message: FromRole) => void): WorkerChannel {
  const early: Socket[] = []
  const waiting = new Map<number, (found: boolean) => void>()
  const claims = new Map<number, (use: TokenUse) => void>()
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
    claimToken(issuer, tokenId, usedUntilMs) {
      const id = ++lastId
      // Hashed: who holds a token may use it. Names of issuers have no space.
      const token = createHash('sha256').update(`${issuer} ${tokenId}`).digest('base64')
      return new Promise((resolve) => {
        const settle = (use: TokenUse): void => {
          clearTimeout(timer)
          claims.delete(id)
          resolve(use)
        }
        const timer = setTimeout(() => settle('full'), claimMsMax)
        claims.set(id, settle)
        send({ type: 'claim', id, token, usedUntilMs: Math.ceil(usedUntilMs) })
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
    claimed(id, use) {
      claims.get(id)?.(use)
    },
  }
}

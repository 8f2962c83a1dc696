/**
 * Open sockets of live sessions: how many there may be, what a client may say (nothing), and when one is cut: its caller was
 * revoked or signed out, it does not read, it does not answer pings, or the server closes.
 */
import { liveClosings, type LiveMessage } from '@gatetrail/replay-api'
import type { WebSocket } from 'ws'
import { TooManyAttempts } from '../errors.ts'
import {
  liveCheckMs,
  liveClientFramesMax,
  liveSocketsMax,
  liveSocketsPerCallerMax,
  liveRoomBytes,
  liveWaitingBytesMax,
  rateWindowMs,
} from '../limits.ts'
import type { Questions } from '../store/question.ts'
import { Watch, type Watcher } from './watch.ts'

export type LiveVisit = {
  session: string
  caller: string
  questions: Questions
  /** The first statement that is wanted. */
  next: number
  /** Whether the caller may still look: asked again and again. */
  stillAllowed(): Promise<boolean>
}

type Open = {
  socket: WebSocket
  visit: LiveVisit
  leave(): void
  answered: boolean
  frames: number
}

export class LiveSockets {
  readonly #open = new Set<Open>()
  readonly #watches = new Map<string, Watch>()
  readonly #nowMs: () => number
  #timer: NodeJS.Timeout | undefined
  #framesSinceMs = 0

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** Before the upgrade, so that the answer is one of HTTP. @throws TooManyAttempts */
  checkRoom(caller: string): void {
    const theirs = [...this.#open].filter(({ visit }) => visit.caller === caller).length
    if (theirs >= liveSocketsPerCallerMax)
      throw new TooManyAttempts('live views', 'of this account')
    if (this.#open.size >= liveSocketsMax) throw new TooManyAttempts('live views', 'are open')
  }

  open(socket: WebSocket, visit: LiveVisit): void {
    try {
      this.checkRoom(visit.caller) // Others may have opened since it was asked before the upgrade.
    } catch {
      cut(socket, liveClosings.busy, 'too many live views')
      return
    }
    const send = (message: LiveMessage): void => {
      if (socket.readyState !== socket.OPEN) return
      if (socket.bufferedAmount > liveWaitingBytesMax) {
        cut(socket, liveClosings.slow, 'the messages were not read')
        return
      }
      socket.send(JSON.stringify(message))
    }
    const watcher: Watcher = {
      questions: visit.questions,
      next: visit.next,
      hasRoom: () => socket.readyState === socket.OPEN && socket.bufferedAmount < liveRoomBytes,
      send,
      end: () => socket.close(liveClosings.ended, 'the session has ended'),
    }
    const watch = this.#watches.get(visit.session) ?? new Watch(visit.session)
    this.#watches.set(visit.session, watch)
    const entry: Open = {
      ...{ socket, visit, answered: true, frames: 0 },
      leave: () => {
        if (!this.#open.delete(entry)) return
        watch.remove(watcher)
        if (watch.watchers === 0) this.#watches.delete(visit.session)
        if (this.#open.size === 0) clearInterval(this.#timer)
      },
    }
    if (this.#open.size === 0) this.#timer = setInterval(() => void this.#check(), liveCheckMs)
    this.#open.add(entry)
    const heard = (): void => {
      entry.frames++
      if (entry.frames > liveClientFramesMax) cut(socket, 1008, 'this socket only tells')
    }
    socket.on('message', heard)
    socket.on('ping', heard)
    socket.on('pong', () => (entry.answered = true))
    socket.on('error', () => socket.terminate())
    socket.on('close', entry.leave)
    if (socket.readyState === socket.OPEN) watch.add(watcher)
    else entry.leave()
  }

  /** Cuts whoever may not look any more. Called regularly, and when something was revoked. */
  async cutRevoked(): Promise<void> {
    for (const { socket, visit } of this.#open) {
      if (!(await visit.stillAllowed())) cut(socket, liveClosings.revoked, 'access has ended')
    }
  }

  close(): void {
    clearInterval(this.#timer)
    for (const { socket, leave } of this.#open) {
      leave()
      cut(socket, liveClosings.shutdown, 'the server is stopping')
    }
  }

  async #check(): Promise<void> {
    const now = this.#nowMs()
    const at = new Date(now).toISOString()
    const isNewWindow = now - this.#framesSinceMs >= rateWindowMs
    if (isNewWindow) this.#framesSinceMs = now
    for (const entry of this.#open) {
      const { socket, answered } = entry
      if (isNewWindow) entry.frames = 0
      if (!answered) {
        socket.terminate()
        continue
      }
      entry.answered = false
      socket.ping()
      if (socket.bufferedAmount < liveRoomBytes) socket.send(JSON.stringify({ type: 'alive', at }))
    }
    await this.cutRevoked()
  }
}

/** Says why and does not wait for an answer: who does not read would never give one. */
function cut(socket: WebSocket, code: number, why: string): void {
  socket.close(code, why)
  setTimeout(() => socket.terminate(), 1_000).unref()
}

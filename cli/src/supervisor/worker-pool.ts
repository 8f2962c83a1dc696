/**
 * Several proxy processes behind one set of listeners. The supervisor accepts and hands every socket to the worker with the
 * fewest open ones: see docs/decisions/0037-workers.md for why not the kernel. A socket is ours until a worker says that
 * it has it, so that one that dies takes no caller with it; while none is there callers wait instead of being refused.
 */
import type { Socket } from 'node:net'
import { createUsedTokens, listen, type Listener } from '@gatetrail/proxy'
import { limits } from '@gatetrail/schemas'
import type { FromRole } from './messages.ts'
import type { RoleProcess } from './role-process.ts'

export type WorkerPool = {
  /** Opens the listener. @throws GatetrailError PORT_TAKEN, CONFIG_INVALID */
  open(address: string, onError: (error: Error) => void): Promise<void>
  /** As bound; undefined before. */
  readonly address: string | undefined
  add(worker: RoleProcess): void
  /** A worker is ready for sockets. */
  ready(worker: RoleProcess): void
  /** A worker has ended: what it had not taken goes to another. */
  gone(worker: RoleProcess): void
  onMessage(worker: RoleProcess, message: FromRole): void
  /** No more callers: the kernel refuses them from now on. Whoever waits for a worker is let go. */
  close(): void
}

type Member = {
  worker: RoleProcess
  ready: boolean
  /** Handed over and not closed yet. */
  open: number
  handed: Map<number, Socket>
}
type Question = {
  from: RoleProcess
  id: number
  waitingFor: Set<RoleProcess>
  timer: NodeJS.Timeout
}

/** As many as may be in front of the door at all. */
const waitingMax = limits.beforeAuthentication.connectionsMax
const waitingMsMax = limits.beforeAuthentication.timeoutMs
/** At the start callers wait for all workers, so that the first one does not get all of them; but not longer than this. */
const startTogetherMsMax = 5_000
const cancelMsMax = 2_000
const questionsMax = 256
/**
 * Handed over, and not taken yet: a worker that hangs gets no more, and its callers' sockets don't pile up here. As many as the
 * kernel holds back: they may all be accepted in one turn.
 */
const untakenMax = 512

/** @param workers how many there will be */
export function createWorkerPool(workers: number): WorkerPool {
  const members = new Map<RoleProcess, Member>()
  const waiting = new Map<Socket, NodeJS.Timeout>()
  const questions = new Map<number, Question>()
  /** One-use tokens, for all workers: also one that died and was started again must not forget them. */
  const usedTokens = createUsedTokens(true)
  let listener: Listener | undefined
  let lastId = 0
  let handing = false
  let startTimer: NodeJS.Timeout | undefined

  const leastBusy = (): Member | undefined => {
    if (!handing) return undefined
    let found: Member | undefined
    for (const member of members.values()) {
      if (!member.ready || member.handed.size >= untakenMax) continue
      if (found === undefined || member.open < found.open) found = member
    }
    return found
  }
  const hand = (socket: Socket): void => {
    if (socket.destroyed) return
    const member = leastBusy()
    if (member === undefined) {
      wait(socket)
      return
    }
    lastId++
    member.open++
    member.handed.set(lastId, socket)
    // The next one of equals: first in the map is first asked.
    members.delete(member.worker)
    members.set(member.worker, member)
    member.worker.send({ type: 'socket', id: lastId }, socket)
  }
  const wait = (socket: Socket): void => {
    if (waiting.size >= waitingMax) {
      socket.destroy()
      return
    }
    const timer = setTimeout(() => {
      waiting.delete(socket)
      socket.destroy()
    }, waitingMsMax)
    waiting.set(socket, timer)
  }
  const forgetWaiting = (): Socket[] => {
    const sockets = [...waiting.keys()]
    for (const timer of waiting.values()) clearTimeout(timer)
    waiting.clear()
    return sockets
  }
  const begin = (): void => {
    clearTimeout(startTimer)
    handing = true
    handWaiting()
  }
  const handWaiting = (): void => {
    for (const [socket, timer] of waiting) {
      if (leastBusy() === undefined) return
      clearTimeout(timer)
      waiting.delete(socket)
      hand(socket)
    }
  }
  const answer = (key: number, found: boolean): void => {
    const question = questions.get(key)
    if (question === undefined) return
    questions.delete(key)
    clearTimeout(question.timer)
    question.from.send({ type: 'cancelled', id: question.id, found })
  }
  const ask = (from: RoleProcess, message: FromRole & { type: 'cancel' }): void => {
    const others = [...members.values()].filter(({ worker, ready }) => ready && worker !== from)
    if (others.length === 0 || questions.size >= questionsMax) {
      from.send({ type: 'cancelled', id: message.id, found: false })
      return
    }
    const key = ++lastId
    questions.set(key, {
      from,
      id: message.id,
      waitingFor: new Set(others.map(({ worker }) => worker)),
      timer: setTimeout(() => answer(key, false), cancelMsMax),
    })
    for (const { worker } of others) worker.send({ ...message, id: key })
  }
  const heard = (worker: RoleProcess, key: number, found: boolean): void => {
    const question = questions.get(key)
    if (question?.waitingFor.delete(worker) !== true) return
    if (found || question.waitingFor.size === 0) answer(key, found)
  }

  return {
    async open(address, onError) {
      const accept = (socket: Socket): void => {
        socket.on('error', () => undefined) // It is closed; nothing of it is ours to tell.
        hand(socket)
      }
      listener = await listen(address, 'listen.postgres', accept, onError)
    },
    get address() {
      return listener?.address
    },
    add(worker) {
      members.set(worker, { worker, ready: false, open: 0, handed: new Map() })
    },
    ready(worker) {
      const member = members.get(worker)
      if (member === undefined) return
      member.ready = true
      const ready = [...members.values()].filter((one) => one.ready).length
      if (handing || ready >= workers) begin()
      else startTimer ??= setTimeout(begin, startTogetherMsMax)
    },
    gone(worker) {
      const member = members.get(worker)
      if (member === undefined) return
      const untaken = [...member.handed.values()]
      members.set(worker, { worker, ready: false, open: 0, handed: new Map() })
      for (const key of questions.keys()) heard(worker, key, false)
      for (const socket of untaken) hand(socket)
    },
    onMessage(worker, message) {
      const member = members.get(worker)
      if (member === undefined) return
      switch (message.type) {
        case 'socket-taken':
          // Closes our copy: the connection is the worker's.
          member.handed.get(message.id)?.destroy()
          member.handed.delete(message.id)
          handWaiting()
          break
        case 'sockets-closed':
          member.open = Math.max(0, member.open - message.count)
          break
        case 'cancel':
          ask(worker, message)
          break
        case 'claim': {
          const { id, token, usedUntilMs } = message
          const use = usedTokens.use('', token, usedUntilMs, Date.now())
          worker.send({ type: 'claimed', id, use })
          break
        }
        case 'cancelled':
          heard(worker, message.id, message.found)
          break
        default:
          break // About the life of the process: role-process.ts.
      }
    },
    close() {
      clearTimeout(startTimer)
      listener?.close()
      for (const socket of forgetWaiting()) socket.destroy()
    },
  }
}

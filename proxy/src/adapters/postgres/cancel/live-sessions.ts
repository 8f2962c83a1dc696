/**
 * The sessions that a CancelRequest may reach, by the key that we gave to their clients: the target's process id, since
 * clients look at it, and a secret of our own.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'

export type CancelRequest = { processId: number; secret: Uint8Array }

export type LiveSession = {
  readonly processId: number
  readonly secret: Buffer
  /** Passes the request on to this session's target. Never rejects. */
  cancel(): Promise<void>
}

export type LiveSessions = {
  /** Gives the session its key, of `secretBytes`, and makes it reachable. */
  enter(processId: number, secretBytes: number, cancel: () => Promise<void>): LiveSession
  leave(session: LiveSession): void
  find(processId: number, secret: Uint8Array): LiveSession | undefined
  readonly size: number
}

export function createLiveSessions(): LiveSessions {
  // Targets of several connections may give the same process id.
  const byProcessId = new Map<number, Set<LiveSession>>()
  let size = 0

  const find = (processId: number, secret: Uint8Array): LiveSession | undefined => {
    let found: LiveSession | undefined
    for (const session of byProcessId.get(processId) ?? []) {
      // Compared to the end, so that the time taken tells nothing about the key but its length, which is no secret.
      if (session.secret.length === secret.length && timingSafeEqual(session.secret, secret))
        found = session
    }
    return found
  }

  return {
    get size() {
      return size
    },
    find,
    enter(processId, secretBytes, cancel) {
      let secret = randomBytes(secretBytes)
      while (find(processId, secret) !== undefined) secret = randomBytes(secretBytes)
      const session: LiveSession = { processId, secret, cancel: singleFlight(cancel) }
      const sessions = byProcessId.get(processId) ?? new Set()
      sessions.add(session)
      byProcessId.set(processId, sessions)
      size++
      return session
    },
    leave(session) {
      const sessions = byProcessId.get(session.processId)
      if (sessions?.delete(session) !== true) return
      size--
      if (sessions.size === 0) byProcessId.delete(session.processId)
    },
  }
}

/** Requests that come while one is under way share it: a flood of valid ones makes one connection at a time. */
function singleFlight(run: () => Promise<void>): () => Promise<void> {
  let underWay: Promise<void> | undefined
  return () => {
    underWay ??= run().finally(() => {
      underWay = undefined
    })
    return underWay
  }
}

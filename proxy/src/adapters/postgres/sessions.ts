/** The sessions of this process: those that are being opened and those that are with a relay, so that they can be ended in order. */
import type { GatetrailError, SessionFacts } from '@gatetrail/schemas'

/** An error is said to the client, and its code is on record. */
export type EndCause = 'expired' | 'shutdown' | GatetrailError

export type RunningSession = { terminate(cause: EndCause): void }

export type Sessions = {
  /** A relay. Returns what takes it out again. */
  add(session: RunningSession, facts: SessionFacts): () => void
  /** A known caller that has no relay yet. Returns what takes it out again. */
  addOpening(facts: SessionFacts, end: (error: GatetrailError) => void): () => void
  /** With a relay. */
  readonly size: number
  /** Of those with a relay. */
  terminateAll(cause: EndCause): void
  /** Of both. Returns how many. */
  endMatching(matches: (facts: SessionFacts) => boolean, error: GatetrailError): number
  /** Resolves when none is left with a relay, or after `timeoutMs`. */
  empty(timeoutMs: number): Promise<boolean>
}

export function createSessions(): Sessions {
  const running = new Map<RunningSession, SessionFacts>()
  const opening = new Map<(error: GatetrailError) => void, SessionFacts>()
  let whenEmpty: (() => void) | undefined
  return {
    get size() {
      return running.size
    },
    add(session, facts) {
      running.set(session, facts)
      return () => {
        if (running.delete(session) && running.size === 0) whenEmpty?.()
      }
    },
    addOpening(facts, end) {
      opening.set(end, facts)
      return () => opening.delete(end)
    },
    terminateAll(cause) {
      for (const session of running.keys()) session.terminate(cause)
    },
    endMatching(matches, error) {
      let ended = 0
      for (const [session, facts] of running) {
        if (!matches(facts)) continue
        ended++
        session.terminate(error)
      }
      for (const [end, facts] of opening) {
        if (!matches(facts)) continue
        ended++
        end(error)
      }
      return ended
    },
    empty(timeoutMs) {
      if (running.size === 0) return Promise.resolve(true)
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          whenEmpty = undefined
          resolve(false)
        }, timeoutMs)
        whenEmpty = () => {
          clearTimeout(timer)
          whenEmpty = undefined
          resolve(true)
        }
      })
    },
  }
}

/** The sessions that are with a relay, so that the process can end them in order. */

export type RunningSession = { terminate(reason: 'expired' | 'shutdown'): void }

export type Sessions = {
  /** Returns what takes it out again. */
  add(session: RunningSession): () => void
  readonly size: number
  terminateAll(reason: 'expired' | 'shutdown'): void
  /** Resolves when none is left, or after `timeoutMs`. */
  empty(timeoutMs: number): Promise<boolean>
}

export function createSessions(): Sessions {
  const running = new Set<RunningSession>()
  let whenEmpty: (() => void) | undefined
  return {
    get size() {
      return running.size
    },
    add(session) {
      running.add(session)
      return () => {
        if (running.delete(session) && running.size === 0) whenEmpty?.()
      }
    },
    terminateAll(reason) {
      for (const session of running) session.terminate(reason)
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

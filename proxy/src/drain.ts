/** While the proxy ends, its sessions may go on for a while: how long still, for who asks, and an end to it. For start-proxy.ts. */

export type Drain = {
  /** Resolves with `empty`, which is bounded, or when the drain is ended. */
  run(empty: Promise<unknown>, drainMs: number): Promise<void>
  end(): void
  /** Why no new session is taken, a sentence. */
  note(sessions: number): string
}

export function createDrain(nowMs: () => number = () => performance.now()): Drain {
  let untilMs = 0
  let end: () => void = () => undefined
  const ended = new Promise<void>((resolve) => {
    end = () => {
      untilMs = 0
      resolve()
    }
  })
  return {
    async run(empty, drainMs) {
      untilMs = nowMs() + drainMs
      await Promise.race([empty, ended])
      untilMs = 0
    },
    end: () => end(),
    note(sessions) {
      const leftMs = untilMs - nowMs()
      if (leftMs <= 0) return 'shutting down'
      const counted = sessions === 1 ? '1 session' : `${sessions} sessions`
      return `draining: ${counted}, ${Math.ceil(leftMs / 1000)} s left`
    },
  }
}

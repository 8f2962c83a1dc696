/**
 * Signals of a supervisor: the first SIGINT or SIGTERM ends it in order; a second one ends the drain of its sessions, or, where
 * nothing is drained, everything at once; a third always does. SIGHUP reloads policies.
 */

export type StopActions = {
  reload(): void
  /** Ends a drain; false if there is none to end. */
  hurry(): boolean
  killAll(): void
  /** How long an orderly end may take in all, drain included; without one, and with it cut short. */
  patienceMs: { orderly: number; hurried: number }
}

/** Resolves at the first signal to end. All roles are killed if the end takes longer than is allowed. */
export function waitForStop(actions: StopActions): Promise<void> {
  return new Promise((resolve) => {
    let signals = 0
    let timer: NodeJS.Timeout | undefined
    const giveUp = () => {
      actions.killAll()
      process.exit(1)
    }
    const giveUpAfter = (ms: number) => {
      clearTimeout(timer)
      timer = setTimeout(giveUp, ms)
      timer.unref()
    }
    const onSignal = () => {
      signals++
      if (signals === 1) {
        giveUpAfter(actions.patienceMs.orderly)
        resolve()
      } else if (signals === 2 && actions.hurry()) giveUpAfter(actions.patienceMs.hurried)
      else giveUp()
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
    // A terminal that closes ends what runs in it; without a terminal SIGHUP is the custom for "read your files again".
    process.on('SIGHUP', () => (process.stdout.isTTY ? onSignal() : actions.reload()))
  })
}

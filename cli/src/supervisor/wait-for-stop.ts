/** Signals of `gatetrail up`: the first SIGINT or SIGTERM ends it in order, a second one at once; SIGHUP reloads policies. */

const patienceMs = 9_700

/**
 * Resolves at the first signal to end. The second signal, or `patienceMs` after the first, kills all roles.
 */
export function waitForStop(actions: { reload(): void; killAll(): void }): Promise<void> {
  return new Promise((resolve) => {
    let stopping = false
    const giveUp = () => {
      actions.killAll()
      process.exit(1)
    }
    const onSignal = () => {
      if (stopping) {
        giveUp()
        return
      }
      stopping = true
      setTimeout(giveUp, patienceMs).unref()
      resolve()
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
    // A terminal that closes ends what runs in it; without a terminal SIGHUP is the custom for "read your files again".
    process.on('SIGHUP', () => (process.stdout.isTTY ? onSignal() : actions.reload()))
  })
}

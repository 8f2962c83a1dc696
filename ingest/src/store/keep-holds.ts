/** Applies legal holds while ingest runs: soon after one is placed, and to what came since. One at a time, and never twice at once. */
import type { Logger } from 'pino'
import { applyHolds, loadHolds } from './holds.ts'
import type { Store } from './store.ts'

/** How soon a hold is seen: one small question. */
const intervalMs = 60_000
/** How soon rows that came since are held: far less than the shortest retention, a day. All of the store is looked at. */
const applyAgainMs = 4 * 3_600_000

export type Holding = { stop(): Promise<void> }

export function startHolding({ read, write, target }: Store, tenant: string, log: Logger): Holding {
  let running: Promise<void> = Promise.resolve()
  let busy = false
  let applied = ''
  let appliedAtMs = -Infinity
  // Questions of a minute's round must not wait between inserts; only what changes rows goes by the connection that may write.
  const apply = async () => {
    busy = true
    try {
      const holds = await loadHolds(read, tenant)
      const ids = holds.map(({ hold }) => hold).join(' ')
      // Without a hold now and before there is nothing to look for.
      if (
        ids === applied &&
        (ids === '' ? appliedAtMs > 0 : Date.now() - appliedAtMs < applyAgainMs)
      )
        return
      const changes = await applyHolds({ read, write }, target, tenant, holds)
      applied = ids
      appliedAtMs = Date.now()
      if (changes.length > 0) log.info({ changes }, 'legal holds were applied to the event store')
    } catch (error) {
      log.error(
        { error: error instanceof Error ? error.message : 'unknown error' },
        'legal holds could not be applied: tried again in a minute',
      )
    } finally {
      busy = false
    }
  }
  const timer = setInterval(() => {
    if (!busy) running = apply()
  }, intervalMs)
  timer.unref()
  running = apply()
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}

/** Waits until the target runs a statement: what is cancelled before it has begun is not cancelled. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Target } from './postgres.ts'

const waitMsMax = 20_000

/** @throws Error if no statement with this text, as PostgreSQL's LIKE, runs in time */
export async function untilRunning(target: Target, like: string): Promise<void> {
  const until = Date.now() + waitMsMax
  for (;;) {
    const rows = await target.direct(
      `select 1 from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() and query like '${like}'`,
    )
    if (rows.length > 0) return
    if (Date.now() > until) throw new Error(`no statement like ${like} runs`)
    await sleep(50)
  }
}

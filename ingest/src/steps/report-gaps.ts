/**
 * Gaps are named, never hidden: each becomes a gap.found in our own journal's system session, and a line in the log. A
 * batch that is read again finds its gaps again: what the store or this process has reported is not reported twice.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import type { Journal } from '@gatetrail/eventlog'
import type { Logger } from 'pino'
import type { Gap } from '../batch.ts'
import { selectRows } from '../store/store.ts'

export type GapReporter = {
  /** Resolves when the gaps are on record. */
  report(gaps: readonly Gap[]): Promise<void>
  /** In this process. */
  readonly reported: number
}

const gapsKnownMax = 100_000

export async function createGapReporter(
  client: ClickHouseClient,
  journal: Journal | undefined,
  log: Logger,
): Promise<GapReporter> {
  const rows = await selectRows(
    client,
    `SELECT body FROM events WHERE kind = 'gatetrail.gap.found' ORDER BY time DESC LIMIT ${gapsKnownMax}`,
  )
  const known = new Set(rows.map(({ body }) => keyOf(JSON.parse(String(body)) as Gap)))
  let reported = 0
  return {
    get reported() {
      return reported
    },
    async report(gaps) {
      const found = gaps.filter((gap) => !known.has(keyOf(gap)))
      if (found.length === 0) return
      for (const gap of found) {
        if (known.size < gapsKnownMax) known.add(keyOf(gap))
        log.error(gap, 'records are missing or damaged')
        journal?.appendSystem('gatetrail.gap.found', gap)
        reported++
      }
      if (journal !== undefined) await onRecord(journal)
    },
  }
}

function onRecord(journal: Journal): Promise<void> {
  return new Promise((resolve, reject) => {
    journal.afterWrite(journal.system, 'command', (error) =>
      error === undefined ? resolve() : reject(error),
    )
  })
}

function keyOf({ writer, fromPosition, toPosition, reason }: Gap): string {
  return `${writer} ${fromPosition} ${toPosition} ${reason}`
}

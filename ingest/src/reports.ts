/**
 * What ingest found is said, never hidden: gaps and dropped duplicates become records in our own journal's system session,
 * figures, and lines in the log; dead letters go to the log's own topic, besides the store. A batch that is read again
 * finds its gaps again: what the store or this process has reported is not reported twice.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import type { Journal } from '@gatetrail/eventlog'
import { limits } from '@gatetrail/schemas'
import type { Logger } from 'pino'
import type { DeadLetter, Duplicates, Gap } from './batch.ts'
import { selectRows } from './store/store.ts'

export type Reports = {
  /** Resolves when the gaps are on record. */
  gaps(gaps: readonly Gap[]): Promise<void>
  /** On record within a minute, summed up by writer. */
  duplicates(found: Duplicates): void
  /** @throws GatetrailError KAFKA_UNAVAILABLE */
  deadLetters(letters: readonly DeadLetter[]): Promise<void>
  /** Gaps named by this process, by reason. */
  readonly reported: ReadonlyMap<Gap['reason'], number>
  /** Puts on record what waits. */
  close(): void
}

/** Where dead letters go besides the store. @throws GatetrailError KAFKA_UNAVAILABLE */
export type DeadLetterSink = { send(letters: readonly DeadLetter[]): Promise<void> }

export type ReportTargets = {
  client: ClickHouseClient
  /** Left out: only the log and the figures tell. */
  journal?: Pick<Journal, 'system' | 'appendSystem' | 'afterWrite'>
  sink?: DeadLetterSink
  log: Logger
}

const gapsKnownMax = 100_000
const writersWaitingMax = 10_000

export async function createReports(targets: ReportTargets): Promise<Reports> {
  const { client, journal, sink, log } = targets
  const rows = await selectRows(
    client,
    `SELECT body FROM events WHERE kind = 'gatetrail.gap.found' ORDER BY time DESC LIMIT ${gapsKnownMax}`,
  )
  const known = new Set(rows.map(({ body }) => keyOf(JSON.parse(String(body)) as Gap)))
  const reported = new Map<Gap['reason'], number>()
  const waiting: Duplicates = new Map()
  const timer = setInterval(reportDuplicates, limits.ingest.duplicatesReportIntervalMs)
  timer.unref()

  function reportDuplicates(): void {
    for (const [writer, { fromPosition, toPosition, count }] of waiting) {
      log.warn({ writer, fromPosition, toPosition, count }, 'records came again and were dropped')
      const body = { writer, fromPosition, toPosition, count }
      try {
        journal?.appendSystem('gatetrail.duplicates.dropped', body)
      } catch (error) {
        // A journal that cannot be written ends sessions, where records are lost; here none are.
        log.error({ err: error, ...body }, 'dropped records could not be reported in the journal')
      }
    }
    waiting.clear()
  }

  return {
    reported,
    async gaps(gaps) {
      const found = gaps.filter((gap) => !known.has(keyOf(gap)))
      if (found.length === 0) return
      for (const gap of found) {
        if (known.size < gapsKnownMax) known.add(keyOf(gap))
        log.error(gap, 'records are missing or damaged')
        journal?.appendSystem('gatetrail.gap.found', gap)
        reported.set(gap.reason, (reported.get(gap.reason) ?? 0) + 1)
      }
      if (journal !== undefined) await onRecord(journal)
    },
    duplicates(found) {
      for (const [writer, { fromPosition, toPosition, count }] of found) {
        const sum = waiting.get(writer)
        waiting.set(writer, {
          fromPosition: Math.min(fromPosition, sum?.fromPosition ?? fromPosition),
          toPosition: Math.max(toPosition, sum?.toPosition ?? toPosition),
          count: count + (sum?.count ?? 0),
        })
      }
      if (waiting.size > writersWaitingMax) reportDuplicates()
    },
    async deadLetters(letters) {
      if (letters.length === 0) return
      const [{ reason }] = letters as [DeadLetter]
      log.warn({ count: letters.length, reason }, 'records were set aside: see dead_letters')
      await sink?.send(letters)
    },
    close() {
      clearInterval(timer)
      reportDuplicates()
    },
  }
}

export function onRecord(journal: Pick<Journal, 'system' | 'afterWrite'>): Promise<void> {
  return new Promise((resolve, reject) => {
    journal.afterWrite(journal.system, 'command', (error) =>
      error === undefined ? resolve() : reject(error),
    )
  })
}

function keyOf({ writer, fromPosition, toPosition, reason }: Gap): string {
  return `${writer} ${fromPosition} ${toPosition} ${reason}`
}

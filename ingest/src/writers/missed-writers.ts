/**
 * A writer whose heartbeats ended without its end being on record: its machine may be gone. Its open sessions are reported
 * as aborted in our own system session. If it comes back, what it has recorded since wins (schemas' session-aborts.ts).
 */
import type { ClickHouseClient } from '@clickhouse/client'
import type { Journal } from '@gatetrail/eventlog'
import type { Logger } from 'pino'
import { onRecord } from '../reports.ts'
import { literal, selectRows } from '../store/store.ts'
import type { WriterRow } from '../tables/writers.ts'

export type MissedContext = {
  client: ClickHouseClient
  journal: Pick<Journal, 'writer' | 'system' | 'appendSystem' | 'afterWrite'> | undefined
  log: Logger
}

/** Sessions of one process: its connections are bounded far below. */
const sessionsMax = 100_000

/** False if a successor on its machine has reported it. Resolves when the reports are on record. */
export async function reportIfMissed(row: WriterRow, context: MissedContext): Promise<boolean> {
  const { client, journal, log } = context
  const { tenant, writer } = row
  if (await isRecovered(client, row)) return false
  const [last] = await selectRows(
    client,
    `SELECT max(toInt64(position)) AS position, count() AS rows FROM records_rows
     WHERE tenant = ${literal(tenant)} AND writer = ${literal(writer)}`,
  )
  const open = await selectRows(
    client,
    `SELECT session, last_seq, toUnixTimestamp64Micro(last_time) AS last_micros FROM sessions
     WHERE tenant = ${literal(tenant)} AND writer = ${literal(writer)} AND state = 'open' LIMIT ${sessionsMax}`,
  )
  log.error({ writer, openSessions: open.length }, 'the heartbeats of a writer have stopped')
  if (journal === undefined) return true
  journal.appendSystem('gatetrail.writer.missed', {
    writer,
    lastPosition: Number(last?.['rows'] ?? 0) === 0 ? -1 : Number(last?.['position']),
    lastHeartbeatMicros: row.heartbeat,
    openSessions: open.length,
  })
  for (const { session, last_seq, last_micros } of open)
    journal.appendSystem('gatetrail.session.aborted', {
      session: String(session),
      writer,
      lastSeq: Number(last_seq),
      lastTimeMicros: Number(last_micros),
      reason: 'heartbeat_missed',
    })
  await onRecord(journal)
  return true
}

/** The report lies in the successor's system session, which is younger than the writer. */
async function isRecovered(
  client: ClickHouseClient,
  { tenant, writer }: WriterRow,
): Promise<boolean> {
  const rows = await selectRows(
    client,
    `SELECT 1 FROM events WHERE tenant = ${literal(tenant)} AND kind = 'gatetrail.journal.recovered'
       AND UUIDv7ToDateTime(session, 'UTC') >= UUIDv7ToDateTime(toUUID(${literal(writer)}), 'UTC')
       AND JSONExtractString(body, 'writer') = ${literal(writer)} LIMIT 1`,
  )
  return rows.length > 0
}

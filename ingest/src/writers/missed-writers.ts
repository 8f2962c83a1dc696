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

export type MissedOutcome =
  | 'reported'
  /** By its successor on its machine: it has ended. */
  | 'recovered'
  /** Since its last heartbeat, by an ingest process that had its partition before. */
  | 'reported_before'
  /** Another ingest process hears it: this one was stopped, or has lost the partition and not noticed yet. */
  | 'of_another'

/** Resolves when the reports are on record. */
export async function reportIfMissed(
  row: WriterRow,
  context: MissedContext,
): Promise<MissedOutcome> {
  const { client, journal, log } = context
  const { tenant, writer } = row
  if (await isOfAnother(client, row)) return 'of_another'
  const before = await reportedBefore(client, row)
  if (before !== undefined) return before
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
  if (journal === undefined) return 'reported'
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
  return 'reported'
}

/** Whoever stores a writer's heartbeats keeps its row. */
async function isOfAnother(
  client: ClickHouseClient,
  { tenant, writer, last_seq }: WriterRow,
): Promise<boolean> {
  const [row] = await selectRows(
    client,
    `SELECT max(last_seq) AS last_seq FROM writers_rows WHERE tenant = ${literal(tenant)} AND writer = ${literal(writer)}`,
  )
  return Number(row?.['last_seq'] ?? 0) > last_seq
}

/** A successor's system session is younger than the writer; that of an ingest process need not be. */
async function reportedBefore(
  client: ClickHouseClient,
  { tenant, writer, heartbeat }: WriterRow,
): Promise<'recovered' | 'reported_before' | undefined> {
  const rows = await selectRows(
    client,
    `SELECT kind FROM events WHERE tenant = ${literal(tenant)} AND JSONExtractString(body, 'writer') = ${literal(writer)}
       AND (kind = 'gatetrail.journal.recovered' AND UUIDv7ToDateTime(session, 'UTC') >= UUIDv7ToDateTime(toUUID(${literal(writer)}), 'UTC')
         OR kind = 'gatetrail.writer.missed' AND JSONExtractInt(body, 'lastHeartbeatMicros') >= ${heartbeat})
     ORDER BY kind LIMIT 1`,
  )
  switch (rows[0]?.['kind']) {
    case undefined:
      return undefined
    case 'gatetrail.journal.recovered':
      return 'recovered'
    default:
      return 'reported_before'
  }
}

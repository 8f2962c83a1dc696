/** Writers of partitions that have become ours: how far they are checked, and what is to be checked since. */
import type { ClickHouseClient } from '@clickhouse/client'
import type { EventBody } from '@gatetrail/schemas'
import { inSessions, literal, selectRows } from '../store/store.ts'
import { readRow } from '../store/table.ts'
import { writersTable } from '../tables/writers.ts'
import type { Heartbeat } from './check-link.ts'
import { checksMax, newKeptWriter, type KeptWriter } from './writer-state.ts'

/** Dead writers among them; the others are a few per machine. */
const writersMax = 10_000

export async function loadWriters(
  client: ClickHouseClient,
  tenant: string,
  partitions: readonly number[],
  nowMs: number,
): Promise<Map<string, KeptWriter>> {
  const kept = new Map<string, KeptWriter>()
  if (partitions.length === 0) return kept
  const rows = await selectRows(
    client,
    `SELECT * FROM writers_rows FINAL WHERE tenant = ${literal(tenant)} AND state != 'stopped'
       AND log_partition IN (${partitions.join(', ')}) ORDER BY heartbeat DESC LIMIT ${writersMax}`,
  )
  for (const json of rows) {
    const row = readRow(writersTable, json)
    const writer = newKeptWriter(row, nowMs)
    await loadChecks(client, writer, nowMs)
    kept.set(row.writer, writer)
  }
  return kept
}

/** Heartbeats and recoveries that nobody has checked to the end, as they are in the store. */
async function loadChecks(
  client: ClickHouseClient,
  { row, checks }: KeptWriter,
  sinceMs: number,
): Promise<void> {
  const rows = await selectRows(
    client,
    `SELECT position, kind, body FROM events WHERE tenant = ${literal(row.tenant)} AND ${inSessions([row.system_session])}
       AND kind IN ('gatetrail.writer.heartbeat', 'gatetrail.journal.recovered') AND position >= ${row.checked_next}
     ORDER BY position LIMIT ${checksMax}`,
  )
  for (const { position: at, kind, body } of rows) {
    const position = Number(at)
    if (kind === 'gatetrail.writer.heartbeat') {
      const heartbeat = JSON.parse(String(body)) as Heartbeat
      checks.push({ kind: 'heartbeat', position, sinceMs, heartbeat })
    } else {
      const recovered = JSON.parse(String(body)) as EventBody<'gatetrail.journal.recovered'>
      const { writer, lastPosition } = recovered
      checks.push({ kind: 'recovered', position, sinceMs, writer, lastPosition })
    }
  }
}

/**
 * What is configured to be kept, applied to tables that exist: a migration only says what new ones keep. Rows expire by TTL,
 * counted from when they were stored; of `records` only the bytes do, and the leaf hash stays.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import {
  expiringTables,
  localTable,
  retentionStatement,
  type ClickHouseTarget,
  type ExpiringTable,
} from '@gatetrail/schemas'
import { literals, runCommand, selectRows } from './store.ts'

export const expiring = Object.keys(expiringTables) as ExpiringTable[] // Its own keys.

export type RetentionChange = { table: string; fromDays: number | undefined; toDays: number }

/** Changes what differs, and says what it changed. The engine works through the rows that there are in the background. */
export async function applyRetention(
  client: ClickHouseClient,
  target: ClickHouseTarget,
): Promise<RetentionChange[]> {
  const rows = await selectRows(
    client,
    `SELECT name, extract(create_table_query, 'toIntervalDay\\\\((\\\\d+)\\\\)') AS days FROM system.tables
     WHERE database = currentDatabase() AND name IN (${literals(expiring.map((table) => localTable(table, target)))})`,
  )
  const found = new Map(
    rows.map(({ name, days }) => [String(name), days === '' ? undefined : Number(days)]),
  )
  const changes: RetentionChange[] = []
  for (const table of expiring) {
    const local = localTable(table, target)
    if (!found.has(local)) continue
    const fromDays = found.get(local)
    const toDays = target.retentionDays[expiringTables[table]]
    if (fromDays === toDays) continue
    await runCommand(client, retentionStatement(table, target))
    changes.push({ table, fromDays, toDays })
  }
  return changes
}

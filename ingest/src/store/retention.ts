/**
 * What is configured to be kept, applied to tables that exist: a migration only says what new ones keep. Rows expire by TTL,
 * counted from when they were stored; of `records` only the bytes do, and the leaf hash stays.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { localTable, type ClickHouseTarget, type RetentionDays } from '@gatetrail/schemas'
import { literals, runCommand, selectRows } from './store.ts'

/** By the table: whose days it follows. `records_rows` is the one with a TTL of a column. */
const kept: Readonly<Record<string, keyof RetentionDays>> = {
  records_rows: 'records',
  events_rows: 'contents',
  chunks_rows: 'contents',
  sessions_rows: 'statements',
  statements_rows: 'statements',
  session_aborts_rows: 'statements',
  writers_rows: 'statements',
}

export type RetentionChange = { table: string; fromDays: number | undefined; toDays: number }

/** Changes what differs, and says what it changed. The engine works through the rows that there are in the background. */
export async function applyRetention(
  client: ClickHouseClient,
  target: ClickHouseTarget,
): Promise<RetentionChange[]> {
  const changes: RetentionChange[] = []
  for (const { table, fromDays, toDays } of await findChanges(client, target)) {
    await runCommand(client, retentionStatement(table, target))
    changes.push({ table, fromDays, toDays })
  }
  return changes
}

async function findChanges(
  client: ClickHouseClient,
  target: ClickHouseTarget,
): Promise<RetentionChange[]> {
  const tables = Object.keys(kept)
  const rows = await selectRows(
    client,
    `SELECT name, extract(create_table_query, 'toIntervalDay\\\\((\\\\d+)\\\\)') AS days FROM system.tables
     WHERE database = currentDatabase() AND name IN (${literals(tables.map((table) => localTable(table, target)))})`,
  )
  const found = new Map(
    rows.map(({ name, days }) => [String(name), days === '' ? undefined : Number(days)]),
  )
  return tables.flatMap((table) => {
    const local = localTable(table, target)
    if (!found.has(local)) return []
    const fromDays = found.get(local)
    const toDays = daysOf(table, target)
    return fromDays === toDays ? [] : [{ table, fromDays, toDays }]
  })
}

function retentionStatement(table: string, target: ClickHouseTarget): string {
  const days = `stored + INTERVAL ${daysOf(table, target)} DAY`
  const local = localTable(table, target)
  const alter = `ALTER TABLE ${local}${target.onCluster}`
  return kept[table] === 'records'
    ? `${alter} MODIFY COLUMN bytes String CODEC(ZSTD(1)) TTL ${days}`
    : `${alter} MODIFY TTL ${days}`
}

function daysOf(table: string, { retentionDays }: ClickHouseTarget): number {
  const name = kept[table]
  if (name === undefined) throw new Error(`${table} expires never`)
  return retentionDays[name]
}

/**
 * `held_until`: rows of sessions under a legal hold do not expire before it, whatever is retained. Set by a mutation when a hold is
 * placed, and again for rows that came since; ingest writes none.
 */
import {
  localTable,
  type ClickHouseTarget,
  type Migration,
  type RetentionDays,
} from './migration.ts'

/** Whose rows expire, and after whose days. Of `records_rows` only the bytes do. */
export const expiringTables = {
  records_rows: 'records',
  events_rows: 'contents',
  chunks_rows: 'contents',
  sessions_rows: 'statements',
  statements_rows: 'statements',
  session_aborts_rows: 'statements',
} as const satisfies Record<string, keyof RetentionDays>

export type ExpiringTable = keyof typeof expiringTables

export const addLegalHold: Migration = {
  id: '0010-legal-hold',
  statements: (target) =>
    Object.keys(expiringTables).flatMap((name) => {
      const table = name as ExpiringTable // The keys of the object above.
      const local = localTable(table, target)
      const add = (to: string) =>
        `ALTER TABLE ${to}${target.onCluster} ADD COLUMN IF NOT EXISTS held_until DateTime('UTC') DEFAULT toDateTime(0, 'UTC')`
      return [
        add(local),
        ...(local === table ? [] : [add(table)]),
        retentionStatement(table, target),
      ]
    }),
}

/** What a table keeps, and what a hold makes of it. With a suffix: the table that is made anew beside it. */
export function retentionStatement(
  table: ExpiringTable,
  target: ClickHouseTarget,
  suffix = '',
): string {
  const days = target.retentionDays[expiringTables[table]]
  const until = `greatest(stored + toIntervalDay(${days}), held_until)`
  const alter = `ALTER TABLE ${localTable(`${table}${suffix}`, target)}${target.onCluster}`
  return table === 'records_rows'
    ? `${alter} MODIFY COLUMN bytes String CODEC(ZSTD(1)) TTL ${until}`
    : `${alter} MODIFY TTL ${until}`
}

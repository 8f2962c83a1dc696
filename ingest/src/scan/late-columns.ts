/**
 * Columns of which the proxy learned in the middle of an answer what they hold: the values before went to the client and into the record as
 * they were (outcome `late`). From run-scan.ts to find-in-session.ts, which masks them in the record.
 */
import { inSessions, literal, selectRows, type Store } from '../store/store.ts'

export type LateColumn = { column: string; entity: string }

/** By statement: seq of its statement.decided. */
export type LateColumns = ReadonlyMap<number, readonly LateColumn[]>

export const noLateColumns: LateColumns = new Map()

/** By session. */
export async function loadLateColumns(
  { read }: Store,
  tenant: string,
  sessions: readonly string[],
): Promise<Map<string, LateColumns>> {
  const rows = await selectRows(
    read,
    `SELECT DISTINCT toString(session) AS id, statement, place, entity FROM pii_touches
     WHERE tenant = ${literal(tenant)} AND ${inSessions(sessions)} AND outcome = 'late' AND NOT retrospective AND statement IS NOT NULL`,
  )
  const found = new Map<string, Map<number, LateColumn[]>>()
  for (const { id, statement, place, entity } of rows) {
    const session = String(id)
    const statements = found.get(session) ?? new Map<number, LateColumn[]>()
    found.set(session, statements)
    const seq = Number(statement)
    const columns = statements.get(seq) ?? []
    statements.set(seq, columns)
    columns.push({ column: nameOf(String(place)), entity: String(entity) })
  }
  return found
}

/** `public.people.name`, `result.name` → `name`: what the column is called in the answer, unless the statement calls it otherwise. */
function nameOf(place: string): string {
  return place.slice(place.lastIndexOf('.') + 1)
}

/** Sessions that have ended, with such values, of which something was recorded since. */
export async function sessionsWithLateColumns(
  { read }: Store,
  tenant: string,
  sinceMs: number,
  max: number,
): Promise<string[]> {
  const since = `fromUnixTimestamp64Milli(${Math.floor(sinceMs)}, 'UTC')`
  const late = `SELECT session FROM pii_touches WHERE tenant = ${literal(tenant)} AND time >= ${since}
    AND toStartOfHour(time) >= toStartOfHour(${since}) AND outcome = 'late' AND NOT retrospective`
  // Asked every 30 s: of these sessions only, not of all records.
  const held = `SELECT session FROM records_rows WHERE tenant = ${literal(tenant)} AND session IN (${late}) AND held_until > toDateTime(0, 'UTC')`
  const rows = await selectRows(
    read,
    `SELECT toString(session) AS id FROM sessions WHERE tenant = ${literal(tenant)} AND state != 'open'
       AND session IN (${late}) AND session NOT IN (${held})
     ORDER BY last_time DESC LIMIT ${max}`,
  )
  return rows.map(({ id }) => String(id))
}

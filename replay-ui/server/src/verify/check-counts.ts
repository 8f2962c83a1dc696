/** Whether every session has as many derived rows as it has records that belong there. */
import { chunkKind, eventKinds } from '@gatetrail/schemas'
import { z } from 'zod'
import { ofSession, type Questions } from '../store/question.ts'
import type { Failure } from './failure.ts'

const sessionRow = z.object({ session_id: z.string() })
const recordedRow = z.object({ recorded: z.int(), last: z.int() })
const derivedRow = z.object({ derived: z.int() })

const known = [...Object.values(eventKinds), chunkKind]
/** What a newer release wrote is kept and not interpreted: it has no rows. */
const isKnown = `version <= transform(kind_code, [${known.map(({ code }) => code).join(', ')}],
  [${known.map(({ version }) => version).join(', ')}], 0)`
/** What a scan found later stands in its own system session: pii_touches has it under the session in which it was found. */
const tables = [
  ['statements', `kind = 'gatetrail.statement.decided' AND ${isKnown}`],
  ['events', `kind_code != ${chunkKind.code} AND ${isKnown}`],
  ['chunks', `kind_code = ${chunkKind.code} AND ${isKnown}`],
  ['pii_touches', `kind = 'gatetrail.pii.touched' AND ${isKnown}`, 'NOT retrospective'],
] as const

const suspectsMax = 200

/** Sessions in which records and rows are not equally many. */
export async function checkCounts(
  questions: Questions,
  fail: (failure: Failure) => void,
  session?: string,
): Promise<void> {
  for (const [table, condition, derivedOnly = '1'] of tables) {
    if (session !== undefined) {
      await checkCount(questions, { table, condition, derivedOnly }, session, fail)
      continue
    }
    const suspects = await questions.rows(
      `SELECT toString(session) AS session_id FROM (
        SELECT session, count() AS recorded, 0 AS derived FROM records
          WHERE tenant = {tenant:String} AND ${condition} GROUP BY session
        UNION ALL
        SELECT session, 0 AS recorded, uniqExact(seq) AS derived FROM ${table}
          WHERE tenant = {tenant:String} AND ${derivedOnly} GROUP BY session
      ) GROUP BY session HAVING sum(recorded) != sum(derived) ORDER BY session LIMIT ${suspectsMax}`,
      {},
      sessionRow,
    )
    for (const { session_id } of suspects)
      await checkCount(questions, { table, condition, derivedOnly }, session_id, fail)
  }
}

/** Once more, alone, and only up to what is in `records`: ingest may have been between the two tables. */
async function checkCount(
  questions: Questions,
  { table, condition, derivedOnly }: { table: string; condition: string; derivedOnly: string },
  session: string,
  fail: (failure: Failure) => void,
): Promise<void> {
  const records = await questions.row(
    `SELECT countIf(${condition}) AS recorded, toInt64(max(seq)) AS last FROM records WHERE ${ofSession}`,
    { session },
    recordedRow,
  )
  // Derived rows are stored before their records: read after them, none may be missing.
  const rows = await questions.row(
    `SELECT uniqExact(seq) AS derived FROM ${table} WHERE tenant = {tenant:String} AND session = {session:UUID}
      AND ${derivedOnly} AND seq <= {last:Int64}`,
    { session, last: records?.last ?? 0 },
    derivedRow,
  )
  const recorded = records?.recorded ?? 0
  const derived = rows?.derived ?? 0
  if (recorded === derived) return
  fail({
    where: 'derived',
    kind: 'derived_count_differs',
    session,
    reason: `${recorded} records of this session belong into ${table}, which has ${derived}`,
  })
}

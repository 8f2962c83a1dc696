/** Statements across sessions, in the order of time, page by page. */
import { z } from 'zod'
import type { StatementAnswer } from '@gatetrail/replay-api'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { orNull, principalColumns, principalRow, runOf } from './principal-rows.ts'
import { Conditions, isoTime, ofSession, storeTime, type Questions } from './question.ts'
import { firstBeginning, lastBeginning } from './range.ts'
import { errorOf, touchesOf } from './sessions-question.ts'

const statementRow = z.object({
  ...principalRow,
  connection: z.string(),
  session_id: z.string(),
  seq: z.int(),
  at: z.string(),
  text: z.string(),
  verdict: z.string(),
  policies: z.array(z.string()),
  code: z.string(),
  reason: z.string(),
  completed: z.boolean(),
  rows: z.int(),
  bytes: z.int(),
  duration_micros: z.int(),
  error_sqlstate: z.string(),
  error_message: z.string(),
  touches: z.string(),
})

export type StatementFilter = {
  since?: Date | undefined
  until?: Date | undefined
  session?: string | undefined
  verdict?: string | undefined
  cursor?: string | undefined
  limit: number
  /** In the order of session and seq, which pages of any number read once: for exports. */
  byKey?: boolean
}

const position = z.tuple([z.string(), z.string(), z.int()])

const inKeyOrder = `tenant, UUIDv7ToDateTime(session, 'UTC'), session, seq`
const behindStatement = `UUIDv7ToDateTime(session, 'UTC') >= UUIDv7ToDateTime({cursorSession:UUID}, 'UTC')
  AND (UUIDv7ToDateTime(session, 'UTC'), session, seq) > (UUIDv7ToDateTime({cursorSession:UUID}, 'UTC'), {cursorSession:UUID}, {cursorSeq:UInt32})`
export async function listStatements(
  questions: Questions,
  filter: StatementFilter,
): Promise<{ statements: StatementAnswer[]; nextCursor: string | null }> {
  const conditions = new Conditions('tenant = {tenant:String}')
  const { since, until } = filter
  conditions.add(
    'since',
    `time >= {since:DateTime64(6, 'UTC')} AND UUIDv7ToDateTime(session, 'UTC') >= {sinceKey:DateTime64(3, 'UTC')}`,
    since && storeTime(since),
  )
  conditions.add(
    'until',
    `time < {until:DateTime64(6, 'UTC')} AND UUIDv7ToDateTime(session, 'UTC') <= {untilKey:DateTime64(3, 'UTC')}`,
    until && storeTime(until),
  )
  conditions.add('session', ofSession, filter.session)
  conditions.add('verdict', 'verdict = {verdict:String}', filter.verdict)
  if (filter.cursor !== undefined) {
    const [time, session, seq] = decodeCursor(filter.cursor, position)
    if (filter.byKey !== true)
      conditions.add('cursorTime', `time >= {cursorTime:DateTime64(6, 'UTC')}`, time)
    conditions.add(
      'cursorSession',
      filter.byKey === true
        ? behindStatement
        : "(time, session, seq) > ({cursorTime:DateTime64(6, 'UTC')}, {cursorSession:UUID}, {cursorSeq:UInt32})",
      session,
    )
    conditions.parameters['cursorSeq'] = seq
  }
  if (since !== undefined) conditions.parameters['sinceKey'] = storeTime(firstBeginning(since))
  if (until !== undefined) conditions.parameters['untilKey'] = storeTime(lastBeginning(until))
  const rows = await questions.rows(
    `SELECT toString(session) AS session_id, seq, toString(time) AS at, ${principalColumns}, text, verdict, policies, code,
      reason, completed, rows, bytes, duration_micros, error_sqlstate, error_message, touches
    FROM statements WHERE ${conditions.where}
    ORDER BY ${filter.byKey === true ? inKeyOrder : 'time, session, seq'} LIMIT {limit:UInt32}`,
    { ...conditions.parameters, limit: filter.limit + 1 },
    statementRow,
  )
  const page = rows.slice(0, filter.limit)
  const last = page.at(-1)
  const more = rows.length > filter.limit && last !== undefined
  return {
    statements: page.map(statementOf),
    nextCursor: more ? encodeCursor([last.at, last.session_id, last.seq]) : null,
  }
}

function statementOf(row: z.infer<typeof statementRow>): StatementAnswer {
  return {
    session: row.session_id,
    seq: row.seq,
    time: isoTime(row.at),
    principal: {
      id: row.principal,
      kind: row.principal_kind,
      issuer: row.issuer,
      subject: row.subject,
    },
    onBehalfOf: row.on_behalf_of,
    run: runOf(row),
    connection: row.connection,
    statement: row.text,
    verdict: row.verdict,
    policies: row.policies,
    code: orNull(row.code),
    reason: orNull(row.reason),
    rows: row.completed ? row.rows : null,
    bytes: row.completed ? row.bytes : null,
    durationMicros: row.completed ? row.duration_micros : null,
    error: errorOf(row),
    touches: touchesOf(row.touches),
  }
}

/** Statements across sessions, in the order of time, page by page. */
import { z } from 'zod'
import type { StatementAnswer } from '@gatetrail/replay-api'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { orNull, principalColumns, principalRow, runOf } from './principal-rows.ts'
import { Conditions, isoTime, ofSession, storeTime, type Questions } from './question.ts'
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
}

const position = z.tuple([z.string(), z.string(), z.int()])

export async function listStatements(
  questions: Questions,
  filter: StatementFilter,
): Promise<{ statements: StatementAnswer[]; nextCursor: string | null }> {
  const conditions = new Conditions('tenant = {tenant:String}')
  const { since, until } = filter
  conditions.add('since', `time >= {since:DateTime64(6, 'UTC')}`, since && storeTime(since))
  conditions.add('until', `time < {until:DateTime64(6, 'UTC')}`, until && storeTime(until))
  conditions.add('session', ofSession, filter.session)
  conditions.add('verdict', 'verdict = {verdict:String}', filter.verdict)
  if (filter.cursor !== undefined) {
    const [time, session, seq] = decodeCursor(filter.cursor, position)
    conditions.add('cursorTime', `time >= {cursorTime:DateTime64(6, 'UTC')}`, time)
    conditions.add(
      'cursorSession',
      "(time, session, seq) > ({cursorTime:DateTime64(6, 'UTC')}, {cursorSession:UUID}, {cursorSeq:UInt32})",
      session,
    )
    conditions.parameters['cursorSeq'] = seq
  }
  const rows = await questions.rows(
    `SELECT toString(session) AS session_id, seq, toString(time) AS at, ${principalColumns}, text, verdict, policies, code,
      reason, completed, rows, bytes, duration_micros, error_sqlstate, error_message, touches
    FROM statements WHERE ${conditions.where}
    ORDER BY time, session, seq LIMIT {limit:UInt32}`,
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

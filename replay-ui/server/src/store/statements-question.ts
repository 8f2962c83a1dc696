/** Statements across sessions, in the order of time, page by page. */
import { z } from 'zod'
import type { StatementAnswer } from '../shapes.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { orNull, principalColumns, principalRow, runOf } from './principal-rows.ts'
import { isoTime, storeTime, type Questions } from './question.ts'
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
  const conditions = ['tenant = {tenant:String}']
  const parameters: Record<string, string | number> = { limit: filter.limit + 1 }
  const add = (name: string, condition: string, value: string | undefined): void => {
    if (value === undefined) return
    conditions.push(condition)
    parameters[name] = value
  }
  add('since', `time >= {since:DateTime64(6, 'UTC')}`, filter.since && storeTime(filter.since))
  add('until', `time < {until:DateTime64(6, 'UTC')}`, filter.until && storeTime(filter.until))
  add('session', `session = {session:UUID}`, filter.session)
  if (filter.session !== undefined) {
    conditions.push(`UUIDv7ToDateTime(session, 'UTC') = UUIDv7ToDateTime({session:UUID}, 'UTC')`)
  }
  add('verdict', 'verdict = {verdict:String}', filter.verdict)
  if (filter.cursor !== undefined) {
    const [time, session, seq] = decodeCursor(filter.cursor, position)
    conditions.push(
      `time >= {cursorTime:DateTime64(6, 'UTC')}`,
      `(time, session, seq) > ({cursorTime:DateTime64(6, 'UTC')}, {cursorSession:UUID}, {cursorSeq:UInt32})`,
    )
    parameters['cursorTime'] = time
    parameters['cursorSession'] = session
    parameters['cursorSeq'] = seq
  }
  const rows = await questions.rows(
    `SELECT toString(session) AS session_id, seq, toString(time) AS at, ${principalColumns}, text, verdict, policies, code,
      reason, completed, rows, bytes, duration_micros, error_sqlstate, error_message, touches
    FROM statements WHERE ${conditions.join(' AND ')}
    ORDER BY time, session, seq LIMIT {limit:UInt32}`,
    parameters,
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

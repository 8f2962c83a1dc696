/** The audit's own log: who looked at what. */
import type { AuditRead } from '@gatetrail/replay-api'
import { z } from 'zod'
import { decodeCursor, encodeCursor } from './cursor.ts'
import type { Between } from './principals-question.ts'
import { Conditions, isoTime, storeTime, type Questions } from './question.ts'

const row = z.object({ session_id: z.string(), seq: z.int(), at: z.string(), body: z.string() })
const readBody = z.looseObject({
  who: z.string(),
  role: z.string(),
  question: z.string(),
  parameters: z.record(z.string(), z.string()),
  rows: z.int(),
})
const position = z.tuple([z.string(), z.string(), z.int()])

export type AuditLogFilter = {
  who?: string | undefined
  question?: string | undefined
  session?: string | undefined
  cursor?: string | undefined
  limit: number
}

/** Newest first. */
export async function listReads(
  questions: Questions,
  { from, to }: Between,
  { who, question, session, cursor, limit }: AuditLogFilter,
): Promise<{ reads: AuditRead[]; nextCursor: string | null }> {
  const conditions = new Conditions('tenant = {tenant:String}', `kind = 'gatetrail.audit.read'`)
  conditions.add('from', `time >= {from:DateTime64(6, 'UTC')}`, storeTime(from))
  conditions.add('to', `time < {to:DateTime64(6, 'UTC')}`, storeTime(to))
  conditions.add('who', `JSONExtractString(body, 'who') = {who:String}`, who)
  conditions.add('question', `JSONExtractString(body, 'question') = {question:String}`, question)
  conditions.add(
    'about',
    `JSONExtractString(body, 'parameters', 'session') = {about:String}`,
    session,
  )
  if (cursor !== undefined) {
    const [time, ofSystem, seq] = decodeCursor(cursor, position)
    Object.assign(conditions.parameters, { cursorTime: time, cursorSession: ofSystem })
    conditions.add(
      'cursorSeq',
      `(time, session, seq) < ({cursorTime:DateTime64(6, 'UTC')}, {cursorSession:UUID}, {cursorSeq:UInt32})`,
      seq,
    )
  }
  const rows = await questions.rows(
    `SELECT toString(session) AS session_id, seq, toString(time) AS at, body FROM events WHERE ${conditions.where}
    ORDER BY time DESC, session DESC, seq DESC LIMIT {limit:UInt32}`,
    { ...conditions.parameters, limit: limit + 1 },
    row,
  )
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    reads: page.map((one) => {
      const {
        who: caller,
        role,
        question: asked,
        parameters,
        rows: shown,
      } = readBody.parse(JSON.parse(one.body))
      const place = { time: isoTime(one.at), session: one.session_id, seq: one.seq }
      return { ...place, who: caller, role, question: asked, parameters, rows: shown }
    }),
    nextCursor:
      rows.length > limit && last !== undefined
        ? encodeCursor([last.at, last.session_id, last.seq])
        : null,
  }
}

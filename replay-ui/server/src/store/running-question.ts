/** What goes on at the moment: open sessions with their last statements, refused callers, and what connections carried on a day. */
import type { ConnectionActivity, Now, OpenSession, RefusedCaller } from '@gatetrail/replay-api'
import { z } from 'zod'
import { nowCallersMax, nowHoursMax, nowSessionsMax, connectionsShownMax } from '../limits.ts'
import type { Day } from './day.ts'
import { orNull } from './principal-rows.ts'
import { isoTime, storeTime, type Questions } from './question.ts'
import { listSessions } from './sessions-question.ts'

const textCharacters = 300
const hourMs = 3_600_000

/** A session's id is as old as it is, give or take the clocks of its machine. */
const since = `UUIDv7ToDateTime(session, 'UTC') >= {since:DateTime64(3, 'UTC')}`

export async function whatRuns(questions: Questions, nowMs: number): Promise<Now> {
  const from = new Date(nowMs - nowHoursMax * hourMs)
  const { sessions } = await listSessions(questions, { from, state: 'open', limit: nowSessionsMax })
  const counted = await questions.row(
    `SELECT count() AS opened FROM sessions WHERE tenant = {tenant:String} AND state = 'open' AND ${since}`,
    { since: storeTime(from) },
    z.object({ opened: z.int() }),
  )
  const last = await lastStatements(
    questions,
    sessions.map(({ session }) => session),
  )
  const open: OpenSession[] = sessions.map((session) => ({
    session,
    last: last.get(session.session)?.last ?? null,
    answeredBytes: last.get(session.session)?.bytes ?? 0,
  }))
  const { refused, refusals } = await refusedSince(questions, new Date(nowMs - hourMs))
  const opened = Math.max(counted?.opened ?? 0, open.length)
  return {
    at: new Date(nowMs).toISOString(),
    ...{ open, opened, refused, refusals },
    truncated: opened > open.length || refused.length >= nowCallersMax,
  }
}

const lastRow = z.object({
  session_id: z.string(),
  all_bytes: z.int(),
  last_seq: z.int(),
  last_at: z.string(),
  last_text: z.string(),
  text_cut: z.int(),
  last_verdict: z.string(),
  answered: z.boolean(),
  last_micros: z.int(),
})
type Last = { last: NonNullable<OpenSession['last']>; bytes: number }

async function lastStatements(
  questions: Questions,
  sessions: readonly string[],
): Promise<Map<string, Last>> {
  if (sessions.length === 0) return new Map()
  // A newer version of a row says more: the highest seq, and of it the newest version.
  const rows = await questions.rows(
    `SELECT toString(session) AS session_id, sum(bytes) AS all_bytes, max(seq) AS last_seq, toString(argMax(time, seq)) AS last_at,
      argMax(substringUTF8(statements.text, 1, ${textCharacters}), seq) AS last_text,
      toUInt8(argMax(lengthUTF8(statements.text), seq) > ${textCharacters}) AS text_cut, argMax(verdict, seq) AS last_verdict,
      argMax(completed, seq) AS answered, argMax(duration_micros, seq) AS last_micros
    FROM statements WHERE tenant = {tenant:String}
      AND UUIDv7ToDateTime(session, 'UTC') IN (SELECT UUIDv7ToDateTime(toUUID(arrayJoin({sessions:Array(String)})), 'UTC'))
      AND session IN (SELECT toUUID(arrayJoin({sessions:Array(String)})))
    GROUP BY session`,
    { sessions },
    lastRow,
  )
  return new Map(
    rows.map((row) => [
      row.session_id,
      {
        bytes: row.all_bytes,
        last: {
          seq: row.last_seq,
          time: isoTime(row.last_at),
          text: row.last_text,
          textCut: row.text_cut === 1,
          verdict: row.last_verdict,
          completed: row.answered,
          durationMicros: row.last_micros,
        },
      },
    ]),
  )
}

const refusedRow = z.object({ kind: z.string(), at: z.string(), body: z.string() })
const refusedBody = z.looseObject({
  reason: z.string(), message: z.string().optional(), clientAddress: z.string(), connection: z.string().optional(),
  issuer: z.string().optional(), principal: z.looseObject({ issuer: z.string(), subject: z.string() }).optional(),
  count: z.int(),
}) // prettier-ignore
const refusedKinds = `kind IN ('gatetrail.identity.rejected', 'gatetrail.session.refused')`

async function refusedSince(
  questions: Questions,
  from: Date,
): Promise<{ refused: RefusedCaller[]; refusals: number }> {
  const where = `tenant = {tenant:String} AND ${refusedKinds} AND time >= {from:DateTime64(6, 'UTC')}`
  const parameters = { from: storeTime(from) }
  const counted = await questions.row(
    `SELECT sum(JSONExtractUInt(body, 'count')) AS refusals FROM events WHERE ${where}`,
    parameters,
    z.object({ refusals: z.int() }),
  )
  const rows = await questions.rows(
    `SELECT kind, toString(events.time) AS at, body FROM events WHERE ${where} ORDER BY events.time DESC LIMIT ${nowCallersMax}`,
    parameters,
    refusedRow,
  )
  return { refused: rows.map(refusedOf), refusals: counted?.refusals ?? 0 }
}

function refusedOf({ kind, at, body }: z.infer<typeof refusedRow>): RefusedCaller {
  const said = refusedBody.parse(JSON.parse(body))
  const { principal } = said
  return {
    time: isoTime(at),
    step: kind === 'gatetrail.identity.rejected' ? 'identity' : 'connect',
    reason: said.reason,
    message: said.message ?? null,
    clientAddress: said.clientAddress,
    connection: said.connection ?? null,
    issuer: said.issuer ?? null,
    principal: principal === undefined ? null : `${principal.issuer}#${principal.subject}`,
    count: said.count,
  }
}

const activityRow = z.object({
  connection: z.string(),
  protocol: z.string(),
  open: z.int(),
  began: z.int(),
  refused_callers: z.int(),
  statements: z.int(),
  denied: z.int(),
  inspected: z.int(),
  uninspected: z.int(),
  last_at: z.string(),
})
const touchedRow = z.object({ connection: z.string(), touched: z.int(), revealed: z.int() })

type Configured = { name: string; protocol: string }

/** Of the sessions that began on the day, and those that are open. */
export async function connectionsOn(
  questions: Questions,
  day: Day,
  configured: readonly Configured[],
  nowMs: number,
): Promise<{ connections: ConnectionActivity[]; truncated: boolean }> {
  const parameters = { from: storeTime(day.from), to: storeTime(day.to) }
  const openSince = new Date(Math.min(nowMs - nowHoursMax * hourMs, day.from.getTime() - hourMs))
  const onDay = `time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}`
  const rows = await questions.rows(
    `SELECT connection, any(protocol) AS protocol, countIf(state = 'open') AS open, countIf(state != 'refused' AND on_day) AS began,
      countIf(state = 'refused' AND on_day) AS refused_callers, sumIf(statements, on_day) AS statements,
      sumIf(denied, on_day) AS denied, sumIf(inspected_bytes, on_day) AS inspected,
      sumIf(uninspected_bytes, on_day) AS uninspected, toString(max(last_time)) AS last_at
    FROM (SELECT *, ${onDay} AS on_day FROM sessions WHERE tenant = {tenant:String} AND ${since})
    WHERE (on_day OR state = 'open') AND connection != '' GROUP BY connection ORDER BY began DESC, connection
    LIMIT ${connectionsShownMax + 1}`,
    { ...parameters, since: storeTime(openSince) },
    activityRow,
  )
  const touches = await questions.rows(
    `SELECT connection, sum(count) AS touched, sumIf(count, outcome = 'revealed') AS revealed FROM pii_touches
    WHERE tenant = {tenant:String} AND toStartOfHour(time) >= toStartOfHour({from:DateTime64(6, 'UTC')}) AND ${onDay}
    GROUP BY connection LIMIT ${connectionsShownMax}`,
    parameters,
    touchedRow,
  )
  const touched = new Map(touches.map((row) => [row.connection, row]))
  const seen = new Map(rows.slice(0, connectionsShownMax).map((row) => [row.connection, row]))
  const names = new Set([...configured.map(({ name }) => name), ...seen.keys()])
  const connections = [...names].map((connection): ConnectionActivity => {
    const row = seen.get(connection)
    const known = configured.find(({ name }) => name === connection)
    return {
      connection,
      configured: known !== undefined,
      protocol: known?.protocol ?? orNull(row?.protocol ?? '') ?? 'unknown',
      open: row?.open ?? 0,
      sessions: row?.began ?? 0,
      refusedCallers: row?.refused_callers ?? 0,
      statements: row?.statements ?? 0,
      refused: row?.denied ?? 0,
      touched: touched.get(connection)?.touched ?? 0,
      revealed: touched.get(connection)?.revealed ?? 0,
      inspectedBytes: row?.inspected ?? 0,
      uninspectedBytes: row?.uninspected ?? 0,
      last: row === undefined ? null : isoTime(row.last_at),
    }
  })
  return { connections, truncated: rows.length > connectionsShownMax }
}

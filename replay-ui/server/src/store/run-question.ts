/**
 * One run across all of its sessions: who, where, and one timeline. A timeline marks what somebody looks for (sessions that began, ended
 * or were refused; statements that were not simply allowed, failed, or touched personal data) and counts what lies between.
 */
import type { RunAnswer, RunMark, RunSession } from '@gatetrail/replay-api'
import { GatetrailError, touchLevels, touchOutcomes } from '@gatetrail/schemas'
import { z } from 'zod'
import { runPrincipalsMax, runSessionsMax, touchesOfMarkMax } from '../limits.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { orNull, principalColumns, principalOf, principalRow, runOf } from './principal-rows.ts'
import { Conditions, isoTime, type Questions } from './question.ts'
import { errorOf } from './sessions-question.ts'

export type RunName = { provider: string; run: string; attempt?: string | undefined }

const summaryRow = z.object({
  sessions: z.int(),
  open: z.int(),
  refused: z.int(),
  statements: z.int(),
  denied: z.int(),
  rows_sum: z.int(),
  touched: z.int(),
  inspected: z.int(),
  uninspected_sum: z.int(),
  all_entities: z.array(z.string()),
  connections: z.array(z.string()),
  attempts: z.array(z.string()),
  workflow: z.string(),
  repository: z.string(),
  url: z.string(),
  first_time: z.string(),
  last_at: z.string(),
  first_session: z.string(),
  last_session: z.string(),
})
type Summary = z.infer<typeof summaryRow>

const whoRow = z.object(principalRow)

const sessionRow = z.object({
  ...principalRow,
  connection: z.string(),
  session_id: z.string(),
  state: z.string(),
  protocol: z.string(),
  began: z.string(),
  ended_at: z.string(),
  last_at: z.string(),
  reason: z.string(),
  error: z.string(),
  statements: z.int(),
  denied: z.int(),
  rows: z.int(),
  touched_values: z.int(),
  entities: z.array(z.string()),
  uninspected_bytes: z.int(),
})

/** @throws GatetrailError NOT_FOUND */
export async function findRun(
  questions: Questions,
  name: RunName,
  page: { cursor?: string | undefined; limit: number },
): Promise<RunAnswer> {
  const { where, parameters } = ofRun(name)
  const summary = await questions.row(
    `SELECT count() AS sessions, countIf(state = 'open') AS open, countIf(state = 'refused') AS refused,
      sum(sessions.statements) AS statements, sum(sessions.denied) AS denied, sum(rows) AS rows_sum, sum(touched_values) AS touched,
      sum(inspected_bytes) AS inspected, sum(uninspected_bytes) AS uninspected_sum,
      arraySort(groupUniqArrayArray(100)(entities)) AS all_entities, arraySort(groupUniqArray(100)(connection)) AS connections,
      arraySort(groupUniqArrayIf(100)(run_attempt, run_attempt != '')) AS attempts,
      argMax(run_workflow, time) AS workflow, argMax(run_repository, time) AS repository, argMax(run_url, time) AS url,
      toString(min(time)) AS first_time, toString(max(last_time)) AS last_at,
      toString(argMin(session, UUIDv7ToDateTime(session))) AS first_session,
      toString(argMax(session, UUIDv7ToDateTime(session))) AS last_session
    FROM sessions WHERE ${where}`,
    parameters,
    summaryRow,
  )
  if (summary === undefined || summary.sessions === 0) {
    throw new GatetrailError(
      'NOT_FOUND',
      `no session of ${name.provider} ${name.run} is in the store`,
      {
        hint: 'A session appears about a second after its first record; old ones expire.',
      },
    )
  }
  const who = await questions.rows(
    `SELECT DISTINCT ${principalColumns.replace(/,\s*connection$/, '')} FROM sessions WHERE ${where}
    ORDER BY principal, on_behalf_of LIMIT ${runPrincipalsMax}`,
    parameters,
    whoRow,
  )
  const principals = new Map(who.map((row) => [row.principal, row]))
  const chains = new Map(who.map((row) => [JSON.stringify(row.on_behalf_of), row.on_behalf_of]))
  const sessions = await questions.rows(
    `SELECT ${principalColumns}, toString(session) AS session_id, state, protocol, toString(time) AS began,
      if(isNull(ended), '', toString(ended)) AS ended_at, toString(last_time) AS last_at, reason, error, statements, denied, rows,
      touched_values, entities, uninspected_bytes
    FROM sessions WHERE ${where} ORDER BY sessions.time, session LIMIT ${runSessionsMax}`,
    parameters,
    sessionRow,
  )
  const columns = { run_provider: name.provider, run_id: name.run, run_attempt: name.attempt ?? '' }
  const { workflow: run_workflow, repository: run_repository, url: run_url } = summary
  const run = runOf({ ...columns, run_workflow, run_repository, run_url })
  if (run === null) throw new Error('a run has a name')
  return {
    run,
    attempts: summary.attempts,
    principals: [...principals.values()].map((row) => shortPrincipal(row)),
    onBehalfOf: [...chains.values()].filter((chain) => chain.length > 0),
    connections: summary.connections,
    firstTime: isoTime(summary.first_time),
    lastTime: isoTime(summary.last_at),
    totals: totalsOf(summary),
    sessions: sessions.map(sessionOf),
    truncated: summary.sessions > sessions.length,
    ...(await marksOf(questions, name, summary, page)),
  }
}

function ofRun({ provider, run, attempt }: RunName): Conditions {
  const conditions = new Conditions('tenant = {tenant:String}')
  conditions.add('provider', 'run_provider = {provider:String}', provider)
  conditions.add('run', 'run_id = {run:String}', run)
  conditions.add('attempt', 'run_attempt = {attempt:String}', attempt)
  return conditions
}

const position = z.object({
  at: z.string(),
  session: z.uuid(),
  /** Of a statement its seq, plus 1; before all: 0; behind all: see `endOrdinal`. */
  ordinal: z.int(),
  quiet: z.int(),
})

/** Behind every seq: a session's end comes after its statements of the same microsecond. */
const endOrdinal = 2 ** 32

const markRow = z.object({
  what: z.enum(['opened', 'refused', 'ended', 'statement']),
  at: z.string(),
  session_id: z.string(),
  ordinal: z.int(),
  quiet: z.int(),
})
const totalQuietRow = z.object({ quiet: z.int() })

/** Marks in the order of time. Each knows how many quiet statements there were before it, since the first. */
async function marksOf(
  questions: Questions,
  name: RunName,
  { first_session: firstSession, last_session: lastSession }: Summary,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<{ marks: RunMark[]; nextCursor: string | null }> {
  const { where, parameters: named } = ofRun(name)
  const parameters = { ...named, firstSession, lastSession }
  const ofSessions = `${where} AND UUIDv7ToDateTime(session, 'UTC') >= UUIDv7ToDateTime({firstSession:UUID}, 'UTC')
        AND UUIDv7ToDateTime(session, 'UTC') <= UUIDv7ToDateTime({lastSession:UUID}, 'UTC')`
  const after = cursor === undefined ? undefined : decodeCursor(cursor, position)
  const all = `
      SELECT if(verdict != 'allow' OR error_sqlstate != '' OR error_message != '' OR touched_values > 0
          OR (session, seq) IN touched, 'statement', 'quiet') AS what, time AS at, session, toUInt64(seq) + 1 AS ordinal
      FROM statements WHERE ${ofSessions}
      UNION ALL
      SELECT if(state = 'refused', 'refused', 'opened'), time, session, 0 FROM sessions WHERE ${ofSessions}
      UNION ALL
      SELECT 'ended', ifNull(ended, last_time), session, ${endOrdinal} FROM sessions
      WHERE ${ofSessions} AND state IN ('closed', 'aborted')`
  // What a later scan found is not in the row of its statement.
  const touched = `WITH touched AS (SELECT session, assumeNotNull(statement) FROM pii_touches
      WHERE ${where} AND isNotNull(statement) AND toStartOfHour(time) >= UUIDv7ToDateTime({firstSession:UUID}, 'UTC') - INTERVAL 2 HOUR)`
  const found = await questions.rows(
    `${touched}
    SELECT what, toString(at) AS at, toString(session) AS session_id, ordinal, quiet FROM (
      SELECT what, at, session, ordinal, countIf(what = 'quiet') OVER (ORDER BY at, session, ordinal ROWS UNBOUNDED PRECEDING) AS quiet
      FROM (${all})
    ) AS marked WHERE what != 'quiet' ${
      after === undefined
        ? ''
        : `AND (marked.at, session, ordinal) > ({afterTime:DateTime64(6, 'UTC')}, {afterSession:UUID}, {afterOrdinal:UInt64})`
    }
    ORDER BY marked.at, session, ordinal LIMIT {limit:UInt32}`,
    {
      ...parameters,
      ...(after !== undefined && {
        afterTime: after.at,
        afterSession: after.session,
        afterOrdinal: after.ordinal,
      }),
      limit: limit + 1,
    },
    markRow,
  )
  const page = found.slice(0, limit)
  const last = page.at(-1)
  const isMore = found.length > limit && last !== undefined
  const marks = await describe(questions, name, page, after?.quiet ?? 0)
  if (isMore) {
    const { at, session_id: session, ordinal, quiet } = last
    return { marks, nextCursor: encodeCursor({ at, session, ordinal, quiet }) }
  }
  const total = await questions.row(
    `${touched} SELECT countIf(what = 'quiet') AS quiet FROM (${all})`,
    parameters,
    totalQuietRow,
  )
  const rest = (total?.quiet ?? 0) - (last?.quiet ?? after?.quiet ?? 0)
  const time = isoTime(last?.at ?? after?.at ?? '')
  if (rest > 0) marks.push({ kind: 'quiet', time, statements: rest })
  return { marks, nextCursor: null }
}

type Mark = z.infer<typeof markRow>

const textCharactersMax = 500
const statementRow = z.object({
  session_id: z.string(),
  seq: z.int(),
  connection: z.string(),
  text: z.string(),
  text_cut: z.int(),
  verdict: z.string(),
  policies: z.array(z.string()),
  code: z.string(),
  reason: z.string(),
  error_sqlstate: z.string(),
  error_message: z.string(),
})
const touchRow = z.object({
  session_id: z.string(),
  seq: z.int(),
  place: z.string(),
  entity: z.string(),
  outcome: z.enum(touchOutcomes),
  level: z.enum(touchLevels),
  touched: z.int(),
})
const endRow = z.object({
  session_id: z.string(),
  connection: z.string(),
  state: z.string(),
  reason: z.string(),
  error: z.string(),
  message: z.string(),
})

/** A page of marks with what they are about, and what is quiet between them. */
async function describe(
  questions: Questions,
  name: RunName,
  page: readonly Mark[],
  quietBefore: number,
): Promise<RunMark[]> {
  const known = await detailsOf(questions, name, page)
  const marks: RunMark[] = []
  let quiet = quietBefore
  let before = page[0]?.at ?? ''
  for (const mark of page) {
    if (mark.quiet > quiet)
      marks.push({ kind: 'quiet', time: isoTime(before), statements: mark.quiet - quiet })
    marks.push(described(mark, known))
    quiet = mark.quiet
    before = mark.at
  }
  return marks
}

type Details = {
  sessions: ReadonlyMap<string, z.infer<typeof endRow>>
  statements: ReadonlyMap<string, z.infer<typeof statementRow>>
  touches: ReadonlyMap<string, readonly z.infer<typeof touchRow>[]>
}

async function detailsOf(
  questions: Questions,
  name: RunName,
  page: readonly Mark[],
): Promise<Details> {
  const { where, parameters: named } = ofRun(name)
  const sessions = [...new Set(page.map(({ session_id }) => session_id))].sort()
  const ofPage = page.filter(({ what }) => what === 'statement')
  const lastTime = page.at(-1)?.at ?? noTime
  const parameters = {
    ...named,
    sessions,
    firstSession: sessions[0] ?? noSession,
    lastSession: sessions.at(-1) ?? noSession,
    ofStatements: ofPage.map(({ session_id }) => session_id),
    seqs: ofPage.map(({ ordinal }) => ordinal - 1),
    lastTime,
  }
  const ofSessions = `${where} AND UUIDv7ToDateTime(session, 'UTC') >= UUIDv7ToDateTime({firstSession:UUID}, 'UTC')
      AND UUIDv7ToDateTime(session, 'UTC') <= UUIDv7ToDateTime({lastSession:UUID}, 'UTC') AND session IN {sessions:Array(UUID)}`
  const pairs = `(SELECT pair.1, pair.2 FROM (
        SELECT arrayJoin(arrayZip({ofStatements:Array(UUID)}, {seqs:Array(UInt32)})) AS pair))`
  const ends = await questions.rows(
    `SELECT toString(session) AS session_id, connection, state, reason, error, message FROM sessions WHERE ${ofSessions}`,
    parameters,
    endRow,
  )
  const statements = await questions.rows(
    `SELECT toString(session) AS session_id, seq, connection, substringUTF8(statements.text, 1, ${textCharactersMax}) AS text,
      lengthUTF8(statements.text) > ${textCharactersMax} AS text_cut, verdict, policies, code, reason, error_sqlstate, error_message
    FROM statements WHERE ${ofSessions} AND (session, seq) IN ${pairs}`,
    parameters,
    statementRow,
  )
  const touches = await questions.rows(
    `SELECT toString(session) AS session_id, assumeNotNull(statement) AS seq, place, entity, outcome, level, sum(count) AS touched
    FROM pii_touches WHERE ${where} AND session IN {sessions:Array(UUID)} AND isNotNull(statement)
      AND toStartOfHour(time) >= UUIDv7ToDateTime({firstSession:UUID}, 'UTC') - INTERVAL 2 HOUR
      AND toStartOfHour(time) <= {lastTime:DateTime64(6, 'UTC')} + INTERVAL 1 HOUR
      AND (session, assumeNotNull(statement)) IN ${pairs}
    GROUP BY session, statement, place, entity, outcome, level ORDER BY session, statement, place, entity, outcome, level
    LIMIT ${touchesOfMarkMax} BY session, statement`,
    parameters,
    touchRow,
  )
  return {
    sessions: new Map(ends.map((row) => [row.session_id, row])),
    statements: new Map(statements.map((row) => [keyOf(row), row])),
    touches: byStatement(touches),
  }
}

function byStatement<Row extends { session_id: string; seq: number }>(
  rows: readonly Row[],
): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group === undefined) groups.set(keyOf(row), [row])
    else group.push(row)
  }
  return groups
}

const noSession = '00000000-0000-0000-0000-000000000000'
const noTime = '1970-01-01 00:00:00'

function keyOf({ session_id, seq }: { session_id: string; seq: number }): string {
  return `${session_id} ${seq}`
}

function described(mark: Mark, known: Details): RunMark {
  const { session_id: session, ordinal } = mark
  const of = known.sessions.get(session)
  const moment = { time: isoTime(mark.at), session, connection: of?.connection ?? '' }
  const end = { error: orNull(of?.error ?? ''), message: orNull(of?.message ?? '') }
  if (mark.what === 'opened') return { kind: 'session_opened', ...moment }
  if (mark.what === 'refused') return { kind: 'session_refused', ...moment, ...end }
  if (mark.what === 'ended') {
    const { state = '', reason = '' } = of ?? {}
    return { kind: 'session_ended', ...moment, state, reason, ...end }
  }
  const seq = ordinal - 1
  const key = keyOf({ session_id: session, seq })
  const row = known.statements.get(key)
  return {
    kind: 'statement',
    ...moment,
    seq,
    text: row?.text ?? '',
    textCut: row?.text_cut === 1,
    verdict: row?.verdict ?? '',
    policies: row?.policies ?? [],
    code: orNull(row?.code ?? ''),
    reason: orNull(row?.reason ?? ''),
    error: row === undefined ? null : errorOf(row),
    touches: (known.touches.get(key) ?? []).map(({ place, entity, outcome, level, touched }) => ({
      ...{ place, entity, outcome, level, count: touched },
    })),
  }
}

function totalsOf(row: Summary): RunAnswer['totals'] {
  return {
    sessions: row.sessions,
    open: row.open,
    refused: row.refused,
    statements: row.statements,
    denied: row.denied,
    rows: row.rows_sum,
    touchedValues: row.touched,
    inspectedBytes: row.inspected,
    uninspectedBytes: row.uninspected_sum,
    entities: row.all_entities,
  }
}

function sessionOf(row: z.infer<typeof sessionRow>): RunSession {
  return {
    session: row.session_id,
    state: row.state,
    attempt: orNull(row.run_attempt),
    principal: shortPrincipal(row),
    onBehalfOf: row.on_behalf_of,
    connection: row.connection,
    protocol: row.protocol,
    time: isoTime(row.began),
    ended: row.ended_at === '' ? null : isoTime(row.ended_at),
    lastTime: isoTime(row.last_at),
    reason: row.reason,
    error: orNull(row.error),
    statements: row.statements,
    denied: row.denied,
    rows: row.rows,
    touchedValues: row.touched_values,
    entities: row.entities,
    uninspectedBytes: row.uninspected_bytes,
  }
}

function shortPrincipal(row: Parameters<typeof principalOf>[0]) {
  const { groups: _groups, ...principal } = principalOf(row)
  return principal
}

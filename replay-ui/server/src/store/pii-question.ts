/**
 * "Which job touched PII on that day": touches grouped by run (provider, id, attempt) and principal, else by session, with
 * coverage and gaps of the same day. Design §6.
 */
import { touchOutcomes } from '@gatetrail/schemas'
import { z } from 'zod'
import {
  columnsMax,
  gapsMax,
  momentsPerSessionMax,
  sessionsPerRunMax,
  sessionsPerRunMin,
  sessionsShownMax,
  touchesPerSessionMax,
  touchesPerSessionMin,
  touchesShownMax,
} from '../limits.ts'
import type { PiiAnswer, PiiRun } from '@gatetrail/replay-api'
import { decodeCursor, encodeCursor } from './cursor.ts'
import type { Day } from './day.ts'
import { principalColumns, principalOf, principalRow, runOf } from './principal-rows.ts'
import { isoTime, storeTime, type Questions } from './question.ts'

/**
 * Who touched: one value per run and principal. A session has one run and one principal, so touches are first gathered by session,
 * which is one comparison each, and then sessions by run.
 */
const keyNames = ['run_provider', 'run_id', 'run_attempt', 'principal', 'on_behalf_of']
type WithWho = 'of_session' | 'sessions' | 'pii_touches'
const keyOf = (rows: WithWho) =>
  `sipHash128(${keyNames.map((name) => `${rows}.${name}`).join(', ')},
  if(${rows}.run_id = '' OR {group:String} = 'session', toString(${rows}.session), ''))`
const keyHex = (rows: WithWho) => `hex(${keyOf(rows)})`
const runKey = (rows: WithWho) => `${keyHex(rows)} AS run_key`
const whoOf = (names: readonly string[]) =>
  names.map((name) => `any(${name}) AS ${name}`).join(', ')
const whoNames = principalColumns.split(/,\s*/)
const keyRow = { run_key: z.string() }

const ofDay = `tenant = {tenant:String} AND time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}
  AND toStartOfHour(time) >= toStartOfHour({from:DateTime64(6, 'UTC')}) AND toStartOfHour(time) <= {to:DateTime64(6, 'UTC')}`

/**
 * The time in a session's id (its key, so that other months are not read), an hour's difference of clocks allowed. A session lives
 * for at most 168 hours (`identity.sessionHoursMax`); a system session, which gaps are in, as long as its process.
 */
const begunBefore = `UUIDv7ToDateTime(session, 'UTC') <= toDateTime({to:DateTime64(6, 'UTC')}, 'UTC') + INTERVAL 1 HOUR`
const aliveOn = `${begunBefore}
      AND UUIDv7ToDateTime(session, 'UTC') >= toDateTime({from:DateTime64(6, 'UTC')}, 'UTC') - INTERVAL 169 HOUR`

/** What is summed: all values, and those of each outcome. */
const counters = ['touched', ...touchOutcomes] as const
type Counter = (typeof counters)[number]
const sums = Object.fromEntries(
  counters.flatMap((name) => [name, `all_${name}`]).map((name) => [name, z.int()]),
) as Record<Counter | `all_${Counter}`, z.ZodInt>
const runRow = z.object({
  ...principalRow,
  ...keyRow,
  ...sums,
  all_runs: z.int(),
  connections: z.array(z.string()),
  session_count: z.int(),
  first_time: z.string(),
  last_time: z.string(),
})
const columnRow = z.object({
  ...keyRow,
  place: z.string(),
  entity: z.string(),
  outcome: z.enum(touchOutcomes),
  level: z.string(),
  retrospective: z.int(),
  touched: z.int(),
})
/** Of the touches: time, seq of the statement (-1: none), values, outcome, entity. */
const touchTuple = z.tuple([z.string(), z.int(), z.int(), z.string(), z.string()])
const momentRow = z.object({ ...keyRow, session_id: z.string(), touches: z.array(touchTuple) })
const coverageRow = z.object({
  ...keyRow,
  groups: z.array(z.string()),
  inspected: z.int(),
  uninspected_sum: z.int(),
  reasons: z.record(z.string(), z.int()),
  sessions: z.int(),
})
const gapRow = z.object({ time: z.string(), body: z.string() })
const gapBody = z.looseObject({
  writer: z.string(),
  fromPosition: z.int(),
  toPosition: z.int(),
  reason: z.string(),
})

export type PiiPage = { group: 'run' | 'session'; limit: number; cursor?: string | undefined }

/** Runs of an answer are counted from its first one: their order is the same as long as nothing is added. */
const place = z.tuple([z.int().min(0)])

/** @throws GatetrailError REQUEST_INVALID for a cursor that is none */
export async function answerPii(
  questions: Questions,
  day: Day,
  { group, limit, cursor }: PiiPage,
  ingest: object,
): Promise<PiiAnswer> {
  const range = { from: storeTime(day.from), to: storeTime(day.to), group }
  const [skipped] = cursor === undefined ? [0] : decodeCursor(cursor, place)
  const found = await questions.rows(
    `SELECT ${runKey('of_session')}, ${whoOf(whoNames.filter((name) => name !== 'connection'))},
      groupUniqArray(100)(of_session.connection) AS connections, count() AS session_count,
      toString(min(first_touch)) AS first_time, toString(max(last_touch)) AS last_time,
      ${counters.map((name) => `sum(session_${name}) AS ${name}`).join(', ')},
      count() OVER () AS all_runs, ${counters.map((name) => `sum(${name}) OVER () AS all_${name}`).join(', ')}
    FROM (
      SELECT session, ${whoOf(whoNames)}, min(time) AS first_touch, max(time) AS last_touch, sum(count) AS session_touched,
        ${touchOutcomes.map((outcome) => `sumIf(count, outcome = '${outcome}') AS session_${outcome}`).join(', ')}
      FROM pii_touches WHERE ${ofDay} GROUP BY session
    ) AS of_session
    GROUP BY run_key ORDER BY revealed DESC, touched DESC, first_time, run_key
    LIMIT {limit:UInt32} OFFSET {skipped:UInt32}`,
    { ...range, limit: limit + 1, skipped },
    runRow,
  )
  const runs = found.slice(0, limit)
  const parameters = { ...range, keys: runs.map(({ run_key }) => run_key) }
  // Of the runs of this page alone.
  const ofPage = `${keyOf('pii_touches')} IN (SELECT toFixedString(unhex(arrayJoin({keys:Array(String)})), 16))`
  const [columns, moments, covered, gaps] = await Promise.all([
    questions.rows(
      `SELECT ${runKey('pii_touches')}, place, entity, outcome, level, retrospective, sum(count) AS touched
      FROM pii_touches WHERE ${ofDay} AND ${ofPage}
      GROUP BY run_key, place, entity, outcome, level, retrospective
      ORDER BY place, entity, outcome, level, retrospective LIMIT ${columnsMax + 1}`,
      parameters,
      columnRow,
    ),
    questions.rows(
      `SELECT any(${keyHex('pii_touches')}) AS run_key, toString(session) AS session_id,
        arrayMap(touch -> (touch.1, touch.2, touch.3, toString(touch.4), toString(touch.5)),
          groupArraySorted(${touchesPerSession(runs)})((time, toInt64(ifNull(statement, -1)), count, outcome, entity))) AS touches
      FROM pii_touches WHERE ${ofDay} AND ${ofPage} GROUP BY session
      ORDER BY min(time), session LIMIT ${sessionsPerRun(runs.length)} BY run_key`,
      parameters,
      momentRow,
    ),
    // One row of all other runs together, with an empty key.
    questions.rows(
      `SELECT if(${keyOf('sessions')} IN (SELECT toFixedString(unhex(arrayJoin({keys:Array(String)})), 16)), ${keyHex('sessions')}, '') AS run_key,
        any(groups) AS groups, sum(inspected_bytes) AS inspected, sum(uninspected_bytes) AS uninspected_sum,
        sumMap(uninspected) AS reasons, count() AS sessions
      FROM sessions WHERE tenant = {tenant:String} AND ${aliveOn} AND sessions.time < {to:DateTime64(6, 'UTC')}
        AND last_time >= {from:DateTime64(6, 'UTC')}
      GROUP BY run_key`,
      parameters,
      coverageRow,
    ),
    questions.rows(
      `SELECT toString(time) AS time, body FROM events WHERE tenant = {tenant:String} AND kind = 'gatetrail.gap.found'
        AND ${begunBefore} AND events.time >= {from:DateTime64(6, 'UTC')} AND events.time < {to:DateTime64(6, 'UTC')}
      ORDER BY events.time LIMIT ${gapsMax}`,
      range,
      gapRow,
    ),
  ])
  const more = found.length > limit
  return {
    on: day.on,
    tz: day.timeZone,
    from: day.from.toISOString(),
    to: day.to.toISOString(),
    totals: totalsIn(found[0]),
    runs: assemble(runs, columns, moments, covered),
    nextCursor: more ? encodeCursor([skipped + limit]) : null,
    truncated: more || columns.length > columnsMax,
    coverage: coverageOf(covered),
    gaps: gaps.map(({ time, body }) => {
      const { writer, fromPosition, toPosition, reason } = gapBody.parse(JSON.parse(body))
      return { time: isoTime(time), writer, fromPosition, toPosition, reason }
    }),
    ingest: { ...ingest },
  }
}

/** Of a page of many runs the first few of each: `sessionCount` says how many there are. */
function sessionsPerRun(runs: number): number {
  const share = Math.floor(sessionsShownMax / Math.max(1, runs))
  return Math.max(sessionsPerRunMin, Math.min(sessionsPerRunMax, share))
}

/** Of a day with many sessions the first few of each: who wants all asks for the session. */
function touchesPerSession(runs: readonly z.infer<typeof runRow>[]): number {
  const most = sessionsPerRun(runs.length)
  const sessions = runs.reduce((sum, { session_count }) => sum + Math.min(session_count, most), 1)
  const share = Math.floor(touchesShownMax / sessions)
  return Math.max(touchesPerSessionMin, Math.min(touchesPerSessionMax, share))
}

function assemble(
  runs: readonly z.infer<typeof runRow>[],
  columns: readonly z.infer<typeof columnRow>[],
  moments: readonly z.infer<typeof momentRow>[],
  covered: readonly z.infer<typeof coverageRow>[],
): PiiRun[] {
  const byKey = new Map<string, PiiRun>()
  for (const row of runs) {
    byKey.set(row.run_key, {
      run: runOf(row),
      principal: principalOf(row),
      onBehalfOf: row.on_behalf_of,
      connections: row.connections.sort(),
      sessionCount: row.session_count,
      sessions: [],
      columns: [],
      values: row.touched, masked: row.masked, revealed: row.revealed, late: row.late, written: row.written, filtered: row.filtered,
      inspectedBytes: 0, uninspectedBytes: 0, uninspected: {},
      firstTime: isoTime(row.first_time),
      lastTime: isoTime(row.last_time),
    }) // prettier-ignore
  }
  for (const row of columns) {
    const run = byKey.get(row.run_key)
    if (run === undefined) continue
    const { place, entity, outcome, level, touched } = row
    const retrospective = row.retrospective === 1
    run.columns.push({ place, entity, outcome, level, retrospective, count: touched })
  }
  for (const row of moments) {
    const run = byKey.get(row.run_key)
    const first = row.touches[0]
    if (run === undefined || first === undefined) continue
    const statements = statementsOf(row.touches)
    run.sessions.push({ session: row.session_id, firstTime: isoTime(first[0]), statements })
  }
  for (const row of covered) {
    const run = byKey.get(row.run_key)
    if (run === undefined) continue
    run.principal.groups = row.groups
    run.inspectedBytes = row.inspected
    run.uninspectedBytes = row.uninspected_sum
    run.uninspected = row.reasons
  }
  return [...byKey.values()]
}

type Moment = PiiRun['sessions'][number]['statements'][number]

/** Touches in the order of time → the first statements to jump to, each with what it touched. */
function statementsOf(touches: readonly z.infer<typeof touchTuple>[]): Moment[] {
  const statements = new Map<number, Moment>()
  for (const [time, statement, count, outcome, entity] of touches) {
    let moment = statements.get(statement)
    if (moment === undefined) {
      if (statements.size >= momentsPerSessionMax) break
      const seq = statement < 0 ? null : statement
      moment = { seq, time: isoTime(time), values: 0, revealed: 0, entities: [] }
      statements.set(statement, moment)
    }
    moment.values += count
    if (outcome === 'revealed') moment.revealed += count
    if (!moment.entities.includes(entity)) moment.entities.push(entity)
  }
  return [...statements.values()]
}

/** Of all pages: every row says it. */
function totalsIn(row: z.infer<typeof runRow> | undefined): PiiAnswer['totals'] {
  if (row === undefined)
    return { runs: 0, values: 0, masked: 0, revealed: 0, late: 0, written: 0, filtered: 0 }
  return {
    runs: row.all_runs,
    values: row.all_touched,
    masked: row.all_masked,
    revealed: row.all_revealed,
    late: row.all_late,
    written: row.all_written,
    filtered: row.all_filtered,
  }
}

function coverageOf(covered: readonly z.infer<typeof coverageRow>[]): PiiAnswer['coverage'] {
  const uninspected: Record<string, number> = {}
  const sum = { inspectedBytes: 0, uninspectedBytes: 0, sessions: 0 }
  for (const row of covered) {
    sum.inspectedBytes += row.inspected
    sum.uninspectedBytes += row.uninspected_sum
    sum.sessions += row.sessions
    for (const [reason, bytes] of Object.entries(row.reasons)) {
      uninspected[reason] = (uninspected[reason] ?? 0) + bytes
    }
  }
  return { ...sum, uninspected }
}

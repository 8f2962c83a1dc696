/**
 * "Which job touched PII on that day": touches grouped by run (provider, id, attempt) and principal, else by session, with
 * coverage and gaps of the same day. Design §6.
 */
import { z } from 'zod'
import {
  columnsMax,
  gapsMax,
  momentsPerSessionMax,
  runsMax,
  sessionsMax,
  sessionsPerRunMax,
  touchesPerSessionMax,
} from '../limits.ts'
import type { PiiAnswer, PiiRun } from '../shapes.ts'
import type { Day } from './day.ts'
import { principalColumns, principalOf, principalRow, runOf } from './principal-rows.ts'
import { isoTime, storeTime, type Questions } from './question.ts'

const keyColumns = `run_provider, run_id, run_attempt, principal, on_behalf_of,
  if(run_id = '' OR {group:String} = 'session', toString(session), '') AS alone`
const keyRow = {
  run_provider: z.string(),
  run_id: z.string(),
  run_attempt: z.string(),
  principal: z.string(),
  on_behalf_of: z.array(z.string()),
  alone: z.string(),
}
type Key = z.infer<z.ZodObject<typeof keyRow>>

const ofDay = `tenant = {tenant:String} AND time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}
  AND toStartOfHour(time) >= toStartOfHour({from:DateTime64(6, 'UTC')}) AND toStartOfHour(time) <= {to:DateTime64(6, 'UTC')}`

const runRow = z.object({
  ...principalRow,
  ...keyRow,
  connections: z.array(z.string()),
  session_count: z.int(),
  first_time: z.string(),
  last_time: z.string(),
})
const columnRow = z.object({
  ...keyRow,
  place: z.string(),
  entity: z.string(),
  outcome: z.enum(['masked', 'revealed', 'late', 'written', 'filtered']),
  level: z.string(),
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

export async function answerPii(
  questions: Questions,
  day: Day,
  group: 'run' | 'session',
  ingest: object,
): Promise<PiiAnswer> {
  const parameters = { from: storeTime(day.from), to: storeTime(day.to), group }
  const others = principalColumns
    .split(/,\s*/)
    .filter((name) => !(name in keyRow) && name !== 'connection')
    .map((name) => `any(${name}) AS ${name}`)
    .join(', ')
  const runs = await questions.rows(
    `SELECT ${keyColumns}, ${others}, groupUniqArray(100)(connection) AS connections,
      uniqExact(session) AS session_count, toString(min(time)) AS first_time, toString(max(time)) AS last_time
    FROM pii_touches WHERE ${ofDay}
    GROUP BY run_provider, run_id, run_attempt, principal, on_behalf_of, alone
    ORDER BY sumIf(count, outcome = 'revealed') DESC, sum(count) DESC, first_time LIMIT ${runsMax + 1}`,
    parameters,
    runRow,
  )
  const columns = await questions.rows(
    `SELECT ${keyColumns}, place, entity, outcome, level, sum(count) AS touched
    FROM pii_touches WHERE ${ofDay}
    GROUP BY run_provider, run_id, run_attempt, principal, on_behalf_of, alone, place, entity, outcome, level
    ORDER BY place, entity, outcome, level LIMIT ${columnsMax + 1}`,
    parameters,
    columnRow,
  )
  const moments = await questions.rows(
    `SELECT ${keyColumns}, toString(session) AS session_id, groupArraySorted(${touchesPerSessionMax})(
        (time, toInt64(ifNull(statement, -1)), count, toString(outcome), toString(entity))) AS touches
    FROM pii_touches WHERE ${ofDay}
    GROUP BY run_provider, run_id, run_attempt, principal, on_behalf_of, alone, session
    ORDER BY min(time), session LIMIT ${sessionsPerRunMax} BY run_provider, run_id, run_attempt, principal, on_behalf_of, alone
    LIMIT ${sessionsMax}`,
    parameters,
    momentRow,
  )
  const covered = await questions.rows(
    `SELECT ${keyColumns}, any(groups) AS groups, sum(inspected_bytes) AS inspected,
      sum(uninspected_bytes) AS uninspected_sum, sumMap(uninspected) AS reasons, count() AS sessions
    FROM sessions WHERE tenant = {tenant:String} AND sessions.time < {to:DateTime64(6, 'UTC')}
      AND last_time >= {from:DateTime64(6, 'UTC')}
    GROUP BY run_provider, run_id, run_attempt, principal, on_behalf_of, alone LIMIT ${columnsMax}`,
    parameters,
    coverageRow,
  )
  const gaps = await questions.rows(
    `SELECT toString(time) AS time, body FROM events WHERE tenant = {tenant:String} AND kind = 'gatetrail.gap.found'
      AND events.time >= {from:DateTime64(6, 'UTC')} AND events.time < {to:DateTime64(6, 'UTC')}
    ORDER BY events.time LIMIT ${gapsMax}`,
    parameters,
    gapRow,
  )
  return {
    on: day.on,
    tz: day.timeZone,
    from: day.from.toISOString(),
    to: day.to.toISOString(),
    runs: assemble(runs.slice(0, runsMax), columns, moments, covered),
    truncated: runs.length > runsMax || columns.length > columnsMax,
    coverage: totals(covered),
    gaps: gaps.map(({ time, body }) => {
      const { writer, fromPosition, toPosition, reason } = gapBody.parse(JSON.parse(body))
      return { time: isoTime(time), writer, fromPosition, toPosition, reason }
    }),
    ingest: { ...ingest },
  }
}

function assemble(
  runs: readonly z.infer<typeof runRow>[],
  columns: readonly z.infer<typeof columnRow>[],
  moments: readonly z.infer<typeof momentRow>[],
  covered: readonly z.infer<typeof coverageRow>[],
): PiiRun[] {
  const byKey = new Map<string, PiiRun>()
  for (const row of runs) {
    byKey.set(keyOf(row), {
      run: runOf(row),
      principal: principalOf(row),
      onBehalfOf: row.on_behalf_of,
      connections: row.connections.sort(),
      sessionCount: row.session_count,
      sessions: [],
      columns: [],
      values: 0, masked: 0, revealed: 0, late: 0, written: 0, filtered: 0,
      inspectedBytes: 0, uninspectedBytes: 0, uninspected: {},
      firstTime: isoTime(row.first_time),
      lastTime: isoTime(row.last_time),
    }) // prettier-ignore
  }
  for (const row of columns) {
    const run = byKey.get(keyOf(row))
    if (run === undefined) continue
    const { place, entity, outcome, level, touched } = row
    run.columns.push({ place, entity, outcome, level, count: touched })
    run.values += touched
    run[outcome] += touched
  }
  for (const row of moments) {
    const run = byKey.get(keyOf(row))
    const first = row.touches[0]
    if (run === undefined || first === undefined) continue
    const statements = statementsOf(row.touches)
    run.sessions.push({ session: row.session_id, firstTime: isoTime(first[0]), statements })
  }
  for (const row of covered) {
    const run = byKey.get(keyOf(row))
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

function totals(covered: readonly z.infer<typeof coverageRow>[]): PiiAnswer['coverage'] {
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

function keyOf(key: Key): string {
  const { run_provider, run_id, run_attempt, principal, on_behalf_of, alone } = key
  return JSON.stringify([run_provider, run_id, run_attempt, principal, on_behalf_of, alone])
}

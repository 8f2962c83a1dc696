/**
 * "Which job touched PII on that day": touches grouped by run (provider, id, attempt) and principal, else by session, with
 * coverage and gaps of the same day. Design §6.
 */
import type { PiiAnswer } from '@gatetrail/replay-api'
import { ofScan, runKey, touchOutcomes } from '@gatetrail/schemas'
import { z } from 'zod'
import {
  columnsMax,
  connectionsPerRunMax,
  sessionsPerRunMax,
  sessionsPerRunMin,
  sessionsShownMax,
  touchesPerSessionMax,
  touchesPerSessionMin,
  touchesShownMax,
} from '../limits.ts'
import { aliveIn, between, coverageColumns, gapsOf } from './coverage-question.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import type { Day } from './day.ts'
import {
  columnsRow,
  counters,
  coverageOf,
  momentRow,
  runCoverageRow,
  runRow,
  runsOf,
  totalsIn,
  whoRow,
} from './pii-runs.ts'
import { principalColumns } from './principal-rows.ts'
import { storeTime, type Questions } from './question.ts'

/**
 * Not through the view of touches: to know each of its columns takes as long as to read a day. Nor with the view's setting, which keeps
 * months apart: a day lies in one, or two.
 */
const touches = 'pii_touches_rows FINAL'
/** One value per run and principal; a session without a run, or where each is asked for, stands for itself. */
const keyOf = { run: 'pii_touches_rows.run_key', session: 'UUIDToNum(session)' } as const
const ofKeys = `(SELECT toFixedString(unhex(arrayJoin({keys:Array(String)})), 16))`
const whoNames = principalColumns.split(/,\s*/).filter((name) => name !== 'connection')

const ofDay = `tenant = {tenant:String} AND time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}
  AND toStartOfHour(time) >= toStartOfHour({from:DateTime64(6, 'UTC')}) AND toStartOfHour(time) <= {to:DateTime64(6, 'UTC')}`

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
  const key = keyOf[group]
  const gapsAsked = gapsOf(questions, day)
  gapsAsked.catch(() => undefined) // Awaited below.
  const found = await questions.rows(
    `SELECT hex(key) AS run_key, count() AS session_count, toString(min(first_touch)) AS first_time,
      toString(max(last_touch)) AS last_time, ${counters.map((name) => `sum(session_${name}) AS ${name}`).join(', ')},
      count() OVER () AS all_runs, ${counters.map((name) => `sum(${name}) OVER () AS all_${name}`).join(', ')}
    FROM (
      SELECT session, any(${key}) AS key, min(time) AS first_touch, max(time) AS last_touch, sum(count) AS session_touched,
        ${touchOutcomes.map((outcome) => `sumIf(count, outcome = '${outcome}') AS session_${outcome}`).join(', ')}
      FROM ${touches} WHERE ${ofDay} GROUP BY session
    )
    GROUP BY key ORDER BY revealed DESC, touched DESC, first_time, run_key
    LIMIT {limit:UInt32} OFFSET {skipped:UInt32}`,
    { ...range, limit: limit + 1, skipped },
    runRow,
  )
  const runs = found.slice(0, limit)
  const parameters = { ...range, keys: runs.map(({ run_key }) => run_key) }
  // Of the runs of this page alone.
  const ofPage = `${ofDay} AND ${key} IN ${ofKeys}`
  const ofRuns = <Row>(query: string, row: z.ZodType<Row>): Promise<Row[]> =>
    runs.length === 0 ? Promise.resolve([]) : questions.rows(query, parameters, row)
  // Two at a time, in this order: what takes longest first.
  const [moments, columns, who, covered, gaps] = await Promise.all([
    ofRuns(
      `SELECT hex(key) AS run_key, arrayMap(one -> (toString(one.2), toString(one.1), arrayMap(
          touch -> (toString(touch.1), touch.2, touch.3, toString(touch.4), toString(touch.5)), one.3)),
        arraySort(groupArray((first_touch, session, touches)))) AS sessions
      FROM (
        SELECT session, any(${key}) AS key, min(time) AS first_touch,
          groupArraySorted(${touchesPerSession(runs)})((time, toInt64(ifNull(statement, -1)), count, outcome, entity)) AS touches
        FROM ${touches} WHERE ${ofPage} GROUP BY session
        ORDER BY first_touch, session LIMIT ${sessionsPerRun(runs.length)} BY key
      ) GROUP BY key`,
      momentRow,
    ),
    ofRuns(
      `SELECT hex(key) AS run_key, arraySort(groupArray((toString(place), toString(entity), toString(outcome), toString(level),
        retrospective, touched))) AS columns
      FROM (
        SELECT ${key} AS key, place, entity, outcome, level, ${ofScan} AS retrospective, sum(count) AS touched
        FROM ${touches} WHERE ${ofPage}
        GROUP BY key, place, entity, outcome, level, retrospective
        ORDER BY place, entity, outcome, level, retrospective LIMIT ${columnsMax + 1}
      ) GROUP BY key`,
      columnsRow,
    ),
    ofRuns(
      `SELECT hex(${key}) AS run_key, ${whoNames.map((name) => `any(${name}) AS ${name}`).join(', ')},
        arraySort(groupUniqArray(${connectionsPerRunMax})(connection)) AS connections
      FROM ${touches} WHERE ${ofPage} GROUP BY ${key}`,
      whoRow,
    ),
    coverageByRun(questions, day, group, parameters.keys),
    gapsAsked,
  ])
  const columnsFound = columns.reduce((sum, row) => sum + row.columns.length, 0)
  const more = found.length > limit
  return {
    on: day.on,
    tz: day.timeZone,
    from: day.from.toISOString(),
    to: day.to.toISOString(),
    totals: totalsIn(found[0]),
    runs: runsOf(runs, { who, columns, moments, covered }),
    nextCursor: more ? encodeCursor([skipped + limit]) : null,
    truncated: more || columnsFound > columnsMax,
    coverage: coverageOf(covered),
    gaps,
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

/** Of the sessions that were alive on the day: a row for each run of the page, and one of all others together, with an empty key. */
function coverageByRun(
  questions: Questions,
  day: Day,
  group: PiiPage['group'],
  keys: readonly string[],
) {
  // Less is read so; a version of a row that is left out here is older than one that counts, give or take an hour of clocks.
  const near = `last_time >= {from:DateTime64(6, 'UTC')} - INTERVAL 1 HOUR AND time < {to:DateTime64(6, 'UTC')} + INTERVAL 1 HOUR`
  return questions.rows(
    `SELECT if(key IN ${ofKeys}, hex(key), '') AS run_key, any(groups) AS groups, ${coverageColumns}
    FROM (
      SELECT ${group === 'run' ? runKey : keyOf.session} AS key, groups, inspected_bytes, uninspected_bytes, uninspected
      FROM sessions_rows FINAL PREWHERE ${near}
      WHERE tenant = {tenant:String} AND ${aliveIn} AND sessions_rows.time < {to:DateTime64(6, 'UTC')}
        AND last_time >= {from:DateTime64(6, 'UTC')}
    )
    GROUP BY run_key`,
    { ...between(day), keys },
    runCoverageRow,
  )
}

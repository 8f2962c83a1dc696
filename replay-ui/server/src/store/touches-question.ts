/**
 * Personal data touched, grouped by one of who, where, what or when, and filtered by all of them. Groups are paged by their order, so
 * that an export reads all of them without holding them. Design §6.
 */
import type {
  TouchCounts,
  TouchesAnswer,
  TouchGroup,
  TouchKey,
  TouchRow,
} from '@gatetrail/replay-api'
import { touchOutcomes, unreachable } from '@gatetrail/schemas'
import { z } from 'zod'
import {
  addWho,
  aliveIn,
  between,
  coverageOf,
  gapsOf,
  type WhoFilter,
} from './coverage-question.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { orNull, principalColumns, principalRow, runOf } from './principal-rows.ts'
import { Conditions, isoTime, type Questions } from './question.ts'
import { shownRange, type Range } from './range.ts'

export type TouchFilter = WhoFilter & {
  place?: string | undefined
  entity?: string | undefined
  outcome?: string | undefined
  policy?: string | undefined
}

/** One question about touches: everything that its queries have in common. */
export type TouchQuestion = { by: TouchGroup; range: Range; filter: TouchFilter }

const whoNames = principalColumns.split(/,\s*/)
const noSession = '00000000-0000-0000-0000-000000000000'
/** A session has one run, one principal and one connection: touches are first gathered by session, which is one comparison each. */
const sessionColumns = `session, ${whoNames.map((name) => `any(${name}) AS any_${name}`).join(', ')},
  sum(count) AS of_touched, ${touchOutcomes.map((outcome) => `sumIf(count, outcome = '${outcome}') AS of_${outcome}`).join(', ')},
  uniqExactIf(assumeNotNull(statement), isNotNull(statement)) AS of_statements, groupUniqArray(place) AS of_places,
  groupUniqArray(100)(entity) AS of_entities, min(time) AS of_first, max(time) AS of_last`
const countColumns = `sum(of_touched) AS touched, ${touchOutcomes.map((outcome) => `sum(of_${outcome}) AS ${outcome}`).join(', ')},
  count() AS session_count,
  uniqExact(any_run_provider, any_run_id, any_run_attempt, if(any_run_id = '', session, toUUID('${noSession}'))) AS run_count,
  uniqExact(any_principal) AS principal_count, sum(of_statements) AS statement_count, uniqExactArray(of_places) AS place_count,
  groupUniqArrayArray(100)(of_entities) AS entities, groupUniqArray(100)(any_connection) AS connections`
const countRow = {
  touched: z.int(),
  masked: z.int(),
  revealed: z.int(),
  late: z.int(),
  written: z.int(),
  filtered: z.int(),
  session_count: z.int(),
  run_count: z.int(),
  principal_count: z.int(),
  statement_count: z.int(),
  place_count: z.int(),
  entities: z.array(z.string()),
  connections: z.array(z.string()),
}
const totalsRow = z.object(countRow)
const groupRow = z.object({
  ...countRow,
  ...principalRow,
  group_key: z.string(),
  connection: z.string(),
  session_id: z.string(),
  first_time: z.string(),
  last_time: z.string(),
})
type GroupRow = z.infer<typeof groupRow>

/** What of a touch itself makes its group, as text; nothing where its session does. */
function partOf(by: TouchGroup): string {
  switch (by) {
    case 'day':
      return 'toString(toDate(toTimeZone(time, {tz:String})))'
    case 'place':
    case 'entity':
    case 'connection':
    case 'policy':
      return `toString(${by})`
    case 'run':
    case 'session':
    case 'principal':
    case 'workflow':
      return `''`
    default:
      return unreachable(by)
  }
}

/** What makes a group. A run and a principal are one, as in the answer about a day; a session without a run stands for itself. */
function keyOf(by: TouchGroup): string {
  switch (by) {
    case 'run':
      return `hex(sipHash128(any_run_provider, any_run_id, any_run_attempt, any_principal, any_on_behalf_of,
        if(any_run_id = '', toString(session), '')))`
    case 'session':
      return 'toString(session)'
    case 'principal':
      return 'toString(any_principal)'
    case 'workflow':
      return 'hex(sipHash128(any_run_provider, any_run_repository, any_run_workflow))'
    case 'day':
    case 'place':
    case 'entity':
    case 'connection':
    case 'policy':
      return 'part'
    default:
      return unreachable(by)
  }
}

const position = z.object({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  revealed: z.int(),
  touched: z.int(),
  key: z.string(),
})
type Position = z.infer<typeof position>

/** Of the page before: the same time, whatever the clock says now. */
export function rangeOfCursor(cursor: string, range: Range): Range {
  const { from, to } = decodeCursor(cursor, position)
  return { ...range, from: new Date(from), to: new Date(to) }
}

export async function answerTouches(
  questions: Questions,
  question: TouchQuestion,
  page: { cursor?: string | undefined; limit: number },
  ingest: object,
): Promise<TouchesAnswer> {
  const { by, range, filter } = question
  const [groups, totals, coverage, gaps] = await Promise.all([
    listTouchGroups(questions, question, page),
    questions.row(
      `SELECT ${countColumns} FROM (${sessionsOf('run', filter)})`,
      parametersOf(question),
      totalsRow,
    ),
    coverageOf(questions, range, filter),
    gapsOf(questions, range),
  ])
  return {
    by,
    range: shownRange(range),
    rows: groups.rows,
    totals: countsOf(totals),
    truncated: groups.nextCursor !== null,
    nextCursor: groups.nextCursor,
    coverage,
    gaps,
    ingest: { ...ingest },
  }
}

/** Most revealed, then most values first; days: newest first. */
export async function listTouchGroups(
  questions: Questions,
  question: TouchQuestion,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<{ rows: TouchRow[]; nextCursor: string | null }> {
  const { by, range, filter } = question
  const after = cursor === undefined ? undefined : decodeCursor(cursor, position)
  const order = by === 'day' ? 'group_key DESC' : 'revealed DESC, touched DESC, group_key'
  const rows = await questions.rows(
    `SELECT * EXCEPT (${whoNames.map((name) => `some_${name}`).join(', ')}), ${whoNames.map((name) => `some_${name} AS ${name}`).join(', ')}
    FROM (
      SELECT ${keyOf(by)} AS group_key, ${whoNames.map((name) => `any(any_${name}) AS some_${name}`).join(', ')},
        toString(any(session)) AS session_id, toString(min(of_first)) AS first_time, toString(max(of_last)) AS last_time, ${countColumns}
      FROM (${sessionsOf(by, filter)}) GROUP BY group_key
      ${after === undefined ? '' : `HAVING ${behind(by)}`}
      ORDER BY ${order} LIMIT {limit:UInt32}
    ) ORDER BY ${order}`,
    {
      ...parametersOf(question),
      ...(after !== undefined && {
        revealed: after.revealed,
        touched: after.touched,
        key: after.key,
      }),
      limit: limit + 1,
    },
    groupRow,
  )
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const { from, to } = range
  return {
    rows: shown.map((row) => ({
      key: touchKeyOf(by, row),
      ...countsOf(row),
      firstTime: isoTime(row.first_time),
      lastTime: isoTime(row.last_time),
    })),
    nextCursor:
      rows.length > limit && last !== undefined
        ? encodeCursor({
            from: from.toISOString(),
            to: to.toISOString(),
            revealed: last.revealed,
            touched: last.touched,
            key: last.group_key,
          } satisfies Position)
        : null,
  }
}

/** Behind the last group of the page before, in their order. */
function behind(by: TouchGroup): string {
  if (by === 'day') return 'group_key < {key:String}'
  return `(revealed, touched) < ({revealed:UInt64}, {touched:UInt64})
        OR ((revealed, touched) = ({revealed:UInt64}, {touched:UInt64}) AND group_key > {key:String})`
}

/** The sessions of these touches, each with what of it belongs to one group. */
function sessionsOf(by: TouchGroup, filter: TouchFilter): string {
  return `SELECT ${partOf(by)} AS part, ${sessionColumns} FROM (${touchesOf(by, filter)}) GROUP BY session, part`
}

/** The touches that count, as a query. By policy, one row per policy that decided the statement. */
function touchesOf(by: TouchGroup, filter: TouchFilter): string {
  const { where } = conditionsOf(filter)
  const all = `SELECT * FROM pii_touches WHERE ${where}`
  if (by !== 'policy') {
    if (filter.policy === undefined) return all
    const decidedBy = (which: string) =>
      `(SELECT session, toNullable(seq) FROM (${decidedOf(all)}) WHERE ${which})`
    return filter.policy === ''
      ? `${all} AND (isNull(statement) OR (session, statement) NOT IN ${decidedBy('notEmpty(policies)')})`
      : `${all} AND (session, statement) IN ${decidedBy('has(policies, {policy:String})')}`
  }
  const decided = `SELECT touched.*, arrayJoin(if(empty(decided.policies), [''], decided.policies)) AS policy
    FROM (${all}) AS touched LEFT JOIN (${decidedOf(all)}) AS decided
      ON touched.session = decided.session AND touched.statement = decided.seq`
  return filter.policy === undefined
    ? decided
    : `SELECT * FROM (${decided}) WHERE policy = {policy:String}`
}

/** Which policies decided the statements of these touches. */
function decidedOf(touches: string): string {
  return `SELECT session, seq, arrayMap(policy -> toString(policy), policies) AS policies FROM statements
    WHERE tenant = {tenant:String} AND ${aliveIn}
      AND (session, seq) IN (SELECT session, assumeNotNull(statement) FROM (${touches}) WHERE isNotNull(statement))`
}

export const inRange = `time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}
  AND toStartOfHour(time) >= toStartOfHour({from:DateTime64(6, 'UTC')}) AND toStartOfHour(time) <= {to:DateTime64(6, 'UTC')}`

function conditionsOf(filter: TouchFilter): Conditions {
  const conditions = new Conditions('tenant = {tenant:String}', inRange)
  addWho(conditions, filter)
  conditions.add('place', 'place = {place:String}', filter.place)
  conditions.add('entity', 'entity = {entity:String}', filter.entity)
  conditions.add('outcome', 'outcome = {outcome:String}', filter.outcome)
  return conditions
}

function parametersOf({ range, filter }: TouchQuestion) {
  return {
    ...conditionsOf(filter).parameters,
    ...between(range),
    tz: range.tz,
    policy: filter.policy ?? '',
  }
}

function countsOf(row: z.infer<typeof totalsRow> | undefined): TouchCounts {
  return {
    values: row?.touched ?? 0,
    masked: row?.masked ?? 0,
    revealed: row?.revealed ?? 0,
    late: row?.late ?? 0,
    written: row?.written ?? 0,
    filtered: row?.filtered ?? 0,
    sessions: row?.session_count ?? 0,
    runs: row?.run_count ?? 0,
    principals: row?.principal_count ?? 0,
    statements: row?.statement_count ?? 0,
    entities: row?.entities.sort() ?? [],
    connections: row?.connections.sort() ?? [],
    places: row?.place_count ?? 0,
  }
}

function touchKeyOf(by: TouchGroup, row: GroupRow): TouchKey {
  const { principal: name, principal_kind: kind, issuer, subject, on_behalf_of: onBehalfOf } = row
  const principal = { id: name, kind, issuer, subject }
  const { group_key: key, session_id: session, connection } = row
  const run = runOf(row)
  switch (by) {
    case 'run':
      return { by, run, session: row.run_id === '' ? session : null, principal, onBehalfOf }
    case 'session':
      return { by, session, connection, run, principal, onBehalfOf }
    case 'principal':
      return { by, principal }
    case 'workflow':
      return {
        by,
        provider: orNull(row.run_provider),
        repository: orNull(row.run_repository),
        workflow: orNull(row.run_workflow),
      }
    case 'place':
      return { by, place: key }
    case 'entity':
      return { by, entity: key }
    case 'connection':
      return { by, connection: key }
    case 'policy':
      return { by, policy: orNull(key) }
    case 'day':
      return { by, day: key }
    default:
      return unreachable(by)
  }
}

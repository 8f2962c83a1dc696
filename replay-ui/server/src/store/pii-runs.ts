/**
 * Rows of the question about a day → its runs, each with what it touched, where to jump to, and what was not inspected; and what all
 * pages have in common. Pure.
 */
import type { PiiAnswer, PiiRun } from '@gatetrail/replay-api'
import { touchOutcomes } from '@gatetrail/schemas'
import { z } from 'zod'
import { momentsPerSessionMax } from '../limits.ts'
import { coverageRow } from './coverage-question.ts'
import { principalOf, principalRow, runOf } from './principal-rows.ts'
import { isoTime } from './question.ts'

const keyRow = { run_key: z.string() }

/** What is summed: all values, and those of each outcome. */
export const counters = ['touched', ...touchOutcomes] as const
type Counter = (typeof counters)[number]
const sums = Object.fromEntries(
  counters.flatMap((name) => [name, `all_${name}`]).map((name) => [name, z.int()]),
) as Record<Counter | `all_${Counter}`, z.ZodInt>
export const runRow = z.object({
  ...keyRow,
  ...sums,
  all_runs: z.int(),
  session_count: z.int(),
  first_time: z.string(),
  last_time: z.string(),
})
/** Place, entity, outcome, level, whether a later scan found it, values. */
const columnTuple = z.tuple([
  z.string(),
  z.string(),
  z.enum(touchOutcomes),
  z.string(),
  z.int(),
  z.int(),
])
export const columnsRow = z.object({ ...keyRow, columns: z.array(columnTuple) })
/** Of the touches: time, seq of the statement (-1: none), values, outcome, entity. */
const touchTuple = z.tuple([z.string(), z.int(), z.int(), z.string(), z.string()])
/** Of a session: its id, when it touched first, and its first touches. */
const shownTuple = z.tuple([z.string(), z.string(), z.array(touchTuple)])
export const whoRow = z.object({ ...keyRow, ...principalRow, connections: z.array(z.string()) })
export const momentRow = z.object({
  ...keyRow,
  sessions: z.array(shownTuple),
})
type Shown = z.infer<typeof shownTuple>
export const runCoverageRow = z.object({
  ...keyRow,
  groups: z.array(z.string()),
  ...coverageRow.shape,
})
type RunRows = {
  who: readonly z.infer<typeof whoRow>[]
  columns: readonly z.infer<typeof columnsRow>[]
  moments: readonly z.infer<typeof momentRow>[]
  covered: readonly z.infer<typeof runCoverageRow>[]
}

/** In the order of `runs`. */
export function runsOf(
  runs: readonly z.infer<typeof runRow>[],
  { who, columns, moments, covered }: RunRows,
): PiiRun[] {
  const counted = new Map(runs.map((row) => [row.run_key, row]))
  const byKey = new Map<string, PiiRun>()
  for (const row of who) {
    const sums = counted.get(row.run_key)
    if (sums !== undefined) byKey.set(row.run_key, runWith(sums, row))
  }
  for (const row of moments) {
    const run = byKey.get(row.run_key)
    if (run !== undefined) run.sessions = row.sessions.map(sessionWith)
  }
  for (const row of columns) {
    const run = byKey.get(row.run_key)
    if (run !== undefined) run.columns = row.columns.map(columnWith)
  }
  for (const row of covered) {
    const run = byKey.get(row.run_key)
    if (run === undefined) continue
    run.principal.groups = row.groups
    run.inspectedBytes = row.inspected
    run.uninspectedBytes = row.uninspected_sum
    run.uninspected = row.reasons
  }
  return runs.flatMap(({ run_key }) => byKey.get(run_key) ?? [])
}

function runWith(row: z.infer<typeof runRow>, who: z.infer<typeof whoRow>): PiiRun {
  return {
    run: runOf(who),
    principal: principalOf(who),
    onBehalfOf: who.on_behalf_of,
    connections: who.connections,
    sessionCount: row.session_count,
    sessions: [],
    columns: [],
    values: row.touched, masked: row.masked, revealed: row.revealed, late: row.late, written: row.written, filtered: row.filtered,
    inspectedBytes: 0, uninspectedBytes: 0, uninspected: {},
    firstTime: isoTime(row.first_time),
    lastTime: isoTime(row.last_time),
  } // prettier-ignore
}

function sessionWith([session, first, touches]: Shown): PiiRun['sessions'][number] {
  return { session, firstTime: isoTime(first), statements: statementsOf(touches) }
}

function columnWith([
  place, entity, outcome, level, retrospective, count,
]: z.infer<typeof columnTuple>): PiiRun['columns'][number] {
  return { place, entity, outcome, level, retrospective: retrospective === 1, count }
} // prettier-ignore

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
export function totalsIn(row: z.infer<typeof runRow> | undefined): PiiAnswer['totals'] {
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

export function coverageOf(
  covered: readonly z.infer<typeof runCoverageRow>[],
): PiiAnswer['coverage'] {
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

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
  TouchSumRow,
  TouchSums,
  TouchSumsAnswer,
} from '@gatetrail/replay-api'
import { unreachable } from '@gatetrail/schemas'
import { z } from 'zod'
import { groupedTouches, parametersOf, touchesOf, type TouchQuestion } from './asked-touches.ts'
import { coverageOf, gapsOf } from './coverage-question.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { orNull, runOf } from './principal-rows.ts'
import { isoTime, type Questions } from './question.ts'
import { shownRange, type Range } from './range.ts'
import {
  countColumns,
  groupingOf,
  groupRow,
  groupsQuery,
  sumColumns,
  sumGroupRow,
  sumTotalsRow,
  totalsRow,
  type SumGroupRow,
} from './touch-groups.ts'

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
  page: TouchPage,
  ingest: object,
): Promise<TouchesAnswer> {
  const { by, range, filter } = question
  const touches = await touchesOf(questions, question)
  const [groups, totals, coverage, gaps] = await Promise.all([
    listGroups(questions, question, touches, page),
    hasTotalsOfItsOwn(by) ? totalsOf(questions, question, touches) : undefined,
    coverageOf(questions, range, filter),
    gapsOf(questions, range),
  ])
  return {
    by,
    range: shownRange(range),
    rows: groups.rows,
    totals: countsOf(totals ?? groups.total),
    truncated: groups.nextCursor !== null,
    nextCursor: groups.nextCursor,
    coverage,
    gaps,
    ingest: { ...ingest },
  }
}

/** The first rows of `answerTouches`, with sums alone: to tell apart sessions, runs and statements takes most of its time. */
export async function answerTouchSums(
  questions: Questions,
  question: TouchQuestion,
  limit: number,
): Promise<TouchSumsAnswer> {
  const { by, range } = question
  const touches = await touchesOf(questions, question)
  const parameters = parametersOf(question)
  const [found, totals] = await Promise.all([
    questions.rows(
      groupsQuery(by, groupedTouches(question, touches), sumColumns, false),
      { ...parameters, limit: limit + 1 },
      sumGroupRow,
    ),
    hasTotalsOfItsOwn(by)
      ? questions.row(`SELECT ${sumColumns} FROM (${touches})`, parameters, sumTotalsRow)
      : undefined,
  ])
  const rows = found.filter(({ is_total }) => is_total === 0)
  return {
    by,
    range: shownRange(range),
    rows: rows.slice(0, limit).map((row) => ({ ...touchedOf(by, row), ...sumsOf(row) })),
    totals: sumsOf(totals ?? found.find(({ is_total }) => is_total === 1)),
    truncated: rows.length > limit,
  }
}

/** A touch of several policies counts once in all of them. */
function hasTotalsOfItsOwn(by: TouchGroup): boolean {
  return groupingOf(by).many || by === 'policy'
}

type TouchPage = { cursor?: string | undefined; limit: number }

export async function listTouchGroups(
  questions: Questions,
  question: TouchQuestion,
  page: TouchPage,
): Promise<{ rows: TouchRow[]; nextCursor: string | null }> {
  const touches = await touchesOf(questions, question)
  return listGroups(questions, question, touches, page)
}

type Groups = {
  rows: TouchRow[]
  /** Of all pages, where it comes with a page. */
  total: z.infer<typeof totalsRow> | undefined
  nextCursor: string | null
}

/** Most revealed, then most values first; days: newest first. `touches`: a query. */
async function listGroups(
  questions: Questions,
  question: TouchQuestion,
  touches: string,
  { cursor, limit }: TouchPage,
): Promise<Groups> {
  const { by, range } = question
  const after = cursor === undefined ? undefined : decodeCursor(cursor, position)
  const found = await questions.rows(
    groupsQuery(by, groupedTouches(question, touches), countColumns, after !== undefined),
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
  const rows = found.filter(({ is_total }) => is_total === 0)
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const { from, to } = range
  return {
    rows: shown.map((row) => ({ ...touchedOf(by, row), ...countsOf(row) })),
    total: found.find(({ is_total }) => is_total === 1),
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

function totalsOf(questions: Questions, question: TouchQuestion, touches: string) {
  return questions.row(
    `SELECT ${countColumns} FROM (${touches})`,
    parametersOf(question),
    totalsRow,
  )
}

function touchedOf(
  by: TouchGroup,
  row: SumGroupRow,
): Pick<TouchSumRow, 'key' | 'firstTime' | 'lastTime'> {
  return {
    key: touchKeyOf(by, row),
    firstTime: isoTime(row.first_time),
    lastTime: isoTime(row.last_time),
  }
}

function sumsOf(row: z.infer<typeof sumTotalsRow> | undefined): TouchSums {
  return {
    values: row?.touched ?? 0,
    masked: row?.masked ?? 0,
    revealed: row?.revealed ?? 0,
    late: row?.late ?? 0,
    written: row?.written ?? 0,
    filtered: row?.filtered ?? 0,
  }
}

function countsOf(row: z.infer<typeof totalsRow> | undefined): TouchCounts {
  return {
    ...sumsOf(row),
    sessions: row?.session_count ?? 0,
    runs: row?.run_count ?? 0,
    principals: row?.principal_count ?? 0,
    statements: row?.statement_count ?? 0,
    entities: row?.entities.sort() ?? [],
    connections: row?.connections.sort() ?? [],
    places: row?.place_count ?? 0,
  }
}

function touchKeyOf(by: TouchGroup, row: SumGroupRow): TouchKey {
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

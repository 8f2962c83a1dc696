/**
 * Words in everything on record, newest first. Looked for backwards in time, in spans that grow, so that what is recent is found without
 * a look at all years; each span once per kind, by the index of its words. Whether a row is the last version of itself is decided before
 * its words are: what was masked later is not found by its old form.
 */
import type { SearchKind } from '@gatetrail/replay-api'
import { isGatetrailError } from '@gatetrail/schemas'
import { z } from 'zod'
import { searchMs, searchRowsReadMax } from '../limits.ts'
import { patternOf, prefixes, wholeWords, type Term } from '../search/terms.ts'
import { storeTime, type Questions } from './question.ts'

export type SearchFilter = {
  from?: Date | undefined
  to?: Date | undefined
  connection?: string | undefined
  principal?: string | undefined
  provider?: string | undefined
  run?: string | undefined
}

/** A record with the words. */
export type Found = { kind: SearchKind; session: string; seq: number; at: string }

export type Search = {
  found: Found[]
  /** There is more, from the last one on. */
  more: boolean
  searchedFrom: Date
  stopped: 'time' | 'rows' | null
}

/** Which column of which table holds what is looked for. */
export const searchColumns = {
  statement: { table: 'statements_rows', column: 'text' },
  shown: { table: 'chunks_rows', column: 'shown' },
  sent: { table: 'chunks_rows', column: 'sent' },
  error: { table: 'chunks_rows', column: 'errors' },
  claim: { table: 'events_rows', column: 'claims' },
} as const satisfies Record<SearchKind, { table: string; column: string }>

const foundRow = z.object({
  kind: z.enum(['statement', 'shown', 'sent', 'error', 'claim']),
  session_id: z.string(),
  seq: z.int(),
  at: z.string(),
})

const dayMs = 86_400_000
/** Of spans that follow each other; after them all that is left. */
const spansMs = [2 * dayMs, 30 * dayMs]
/** By which clocks of recorders may be ahead. */
const aheadMs = dayMs

/** `after`: what was found last before. */
export async function searchRecords(
  questions: Questions,
  terms: readonly Term[],
  kinds: readonly SearchKind[],
  filter: SearchFilter,
  { after, limit, nowMs }: { after: Found | undefined; limit: number; nowMs: () => number },
): Promise<Search> {
  const startedMs = nowMs()
  const first = filter.from ?? new Date(0)
  let until = filter.to ?? new Date(startedMs + aheadMs)
  // The cursor's own moment is asked for again: others may have happened in it.
  if (after !== undefined) until = new Date(Math.min(until.getTime(), momentAfter(after.at)))
  const found: Found[] = []
  for (let span = 0; until > first; span++) {
    const ms = spansMs[span]
    const from =
      ms === undefined ? first : new Date(Math.max(first.getTime(), until.getTime() - ms))
    const secondsLeft = (searchMs - (nowMs() - startedMs)) / 1_000
    // Less would be written as 0, which is no limit.
    if (secondsLeft < 0.1) return { found, more: false, searchedFrom: until, stopped: 'time' }
    const wanted = limit + 1 - found.length
    const search = searchOf(terms, kinds, filter, { from, until, after, limit: wanted })
    try {
      const rows = await questions.rows(
        `${search.query}
        SETTINGS max_execution_time = ${secondsLeft.toFixed(1)}, max_rows_to_read = ${searchRowsReadMax}`,
        search.parameters,
        foundRow,
      )
      for (const { kind, session_id: session, seq, at } of rows)
        found.push({ kind, session, seq, at })
    } catch (error) {
      const stopped = boundMet(error)
      if (stopped === undefined) throw error
      return { found, more: false, searchedFrom: until, stopped }
    }
    until = from
    if (found.length > limit)
      return { found: found.slice(0, limit), more: true, searchedFrom: from, stopped: null }
  }
  return { found, more: false, searchedFrom: until, stopped: null }
}

type Span = { from: Date; until: Date; after: Found | undefined; limit: number }

function searchOf(
  terms: readonly Term[],
  kinds: readonly SearchKind[],
  filter: SearchFilter,
  { from, until, after, limit }: Span,
) {
  const words = wholeWords(terms)
  const beginnings = prefixes(terms)
  const patterns = terms.map(patternOf).filter((pattern) => pattern !== undefined)
  const parameters: Record<string, string | number> = {
    from: storeTime(from),
    until: storeTime(until),
    limit,
    ...(words.length > 0 && { words: words.join(' ') }),
    ...Object.fromEntries(beginnings.map((text, index) => [`beginning${index}`, `%${text}%`])),
    ...Object.fromEntries(patterns.map((text, index) => [`pattern${index}`, text])),
  }
  const sessions = sessionsOf(filter, parameters)
  const isAfter = afterOf(after, parameters)
  const selects = kinds.map((kind) => {
    const { table, column } = searchColumns[kind]
    const conditions = [
      'tenant = {tenant:String}',
      `time >= {from:DateTime64(6, 'UTC')} AND time < {until:DateTime64(6, 'UTC')}`,
      // A session begins before what is recorded in it: no later ones are read.
      `UUIDv7ToDateTime(session, 'UTC') <= {until:DateTime64(6, 'UTC')} + INTERVAL 1 HOUR`,
      ...(words.length > 0 ? [`hasAllTokens(${column}, {words:String})`] : []),
      ...beginnings.map((_text, index) => `${column} ILIKE {beginning${index}:String}`),
      ...patterns.map((_text, index) => `match(lowerUTF8(${column}), {pattern${index}:String})`),
      ...sessions,
      ...(isAfter === undefined ? [] : [`(time, session, seq, '${kind}') < ${isAfter}`]),
    ]
    return `SELECT '${kind}' AS kind, session, seq, time FROM ${table} FINAL WHERE ${conditions.join(' AND ')}
      ORDER BY time DESC, session DESC, seq DESC LIMIT {limit:UInt32}`
  })
  const query = `SELECT kind, toString(session) AS session_id, seq, toString(time) AS at FROM (
      ${selects.map((select) => `SELECT * FROM (${select})`).join('\n UNION ALL ')})
    ORDER BY time DESC, session DESC, seq DESC, kind DESC LIMIT {limit:UInt32}`
  return { query, parameters }
}

/** Whose sessions, as conditions. */
function sessionsOf(filter: SearchFilter, parameters: Record<string, string | number>): string[] {
  const conditions: string[] = []
  const add = (name: 'connection' | 'principal' | 'provider' | 'run', condition: string): void => {
    const value = filter[name]
    if (value === undefined) return
    parameters[name] = value
    conditions.push(condition)
  }
  add('connection', 'connection = {connection:String}')
  add('principal', '(principal = {principal:String} OR subject = {principal:String})')
  add('provider', 'run_provider = {provider:String}')
  add('run', 'run_id = {run:String}')
  if (conditions.length === 0) return []
  return [
    `session GLOBAL IN (SELECT session FROM sessions_rows WHERE tenant = {tenant:String} AND ${conditions.join(' AND ')}
      AND last_time >= {from:DateTime64(6, 'UTC')} AND time < {until:DateTime64(6, 'UTC')})`,
  ]
}

function afterOf(
  after: Found | undefined,
  parameters: Record<string, string | number>,
): string | undefined {
  if (after === undefined) return undefined
  parameters['afterTime'] = after.at
  parameters['afterSession'] = after.session
  parameters['afterSeq'] = after.seq
  parameters['afterKind'] = after.kind
  return "({afterTime:DateTime64(6, 'UTC')}, {afterSession:UUID}, {afterSeq:UInt32}, {afterKind:String})"
}

/** Of a time as the store prints it: a whole millisecond behind it. */
function momentAfter(at: string): number {
  return Date.parse(`${at.slice(0, 23).replace(' ', 'T')}Z`) + 1
}

/** Which of our bounds ended a question; undefined: something else did. */
function boundMet(error: unknown): 'time' | 'rows' | undefined {
  for (let one = error; one instanceof Error; one = one.cause) {
    const code: unknown = Reflect.get(one, 'code')
    if (code === '159') return 'time' // TIMEOUT_EXCEEDED
    if (code === '158') return 'rows' // TOO_MANY_ROWS
    if (isGatetrailError(one) && one.code !== 'STORE_UNAVAILABLE') return undefined
  }
  return undefined
}

const unsearchedRow = z.object({ records: z.int() })

/** Records of that time of which there are no texts yet. */
export async function unsearchedRecords(
  questions: Questions,
  kinds: readonly SearchKind[],
  { from = new Date(0), to }: SearchFilter,
  nowMs: number,
): Promise<number> {
  const tables = new Set(
    kinds.map((kind) => searchColumns[kind].table).filter((table) => table !== 'statements_rows'),
  )
  let records = 0
  for (const table of tables) {
    const row = await questions.row(
      `SELECT count() AS records FROM ${table} WHERE tenant = {tenant:String} AND searched = 0
        AND time >= {from:DateTime64(6, 'UTC')} AND time < {until:DateTime64(6, 'UTC')}`,
      { from: storeTime(from), until: storeTime(to ?? new Date(nowMs + aheadMs)) },
      unsearchedRow,
    )
    records += row?.records ?? 0
  }
  return records
}

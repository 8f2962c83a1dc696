/**
 * Words in everything on record, newest first. Looked for backwards in time, in spans that grow, so that what is recent is found without
 * a look at all years; each span once per kind, by the index of its words. Whether a row is the last version of itself is decided before
 * its words are: what was masked later is not found by its old form. Of what results showed, the index is of the bytes of frames: whether
 * a person saw the words there is decided by the text itself.
 */
import type { SearchKind } from '@gatetrail/replay-api'
import { backendTypes } from '@gatetrail/protocols'
import { indexedTexts, isGatetrailError } from '@gatetrail/schemas'
import { z } from 'zod'
import { searchMs, searchRowsReadMax } from '../limits.ts'
import {
  loosePatternOf,
  patternOf,
  placesOf,
  prefixes,
  wholeWords,
  type Term,
} from '../search/terms.ts'
import { storeTime, type Questions } from './question.ts'
import { keyOf } from './record-keys.ts'
import { shownTexts } from './shown-texts.ts'

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
  /** Of those that were shown, by `keyOf`: their texts. */
  shown: ReadonlyMap<string, string>
  /** There is more, from the last one on. */
  more: boolean
  searchedFrom: Date
  stopped: 'time' | 'rows' | null
}

/** Which column of which table holds what is looked for. What results showed lies among frames: shown-texts.ts. */
export const searchColumns = {
  statement: { table: 'statements_rows', column: 'text' },
  shown: { table: 'chunks_rows', column: 'payload' },
  sent: { table: 'chunks_rows', column: 'sent' },
  error: { table: 'chunks_rows', column: 'errors' },
  claim: { table: 'events_rows', column: 'claims' },
} as const satisfies Record<SearchKind, { table: string; column: string }>

/** In small letters, as it is indexed; the index of another column makes them itself. */
function indexedTextOf(kind: SearchKind): string | undefined {
  if (kind === 'statement') return indexedTexts.statements
  return kind === 'shown' ? indexedTexts.shown : undefined
}

const foundRow = z.object({
  kind: z.enum(['statement', 'shown', 'sent', 'error', 'claim']),
  session_id: z.string(),
  seq: z.int(),
  at: z.string(),
})

/** Looked at in one round, and of these, texts that are in memory at once: 64 KiB each. */
const candidatesMax = 400
const textsPerQuery = 50

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
  const secondsLeft = () => (searchMs - (nowMs() - startedMs)) / 1_000
  const first = filter.from ?? new Date(0)
  let until = filter.to ?? new Date(startedMs + aheadMs)
  // The cursor's own moment is asked for again: others may have happened in it.
  if (after !== undefined) until = new Date(Math.min(until.getTime(), momentAfter(after.at)))
  const found: Found[] = []
  const shown = new Map<string, string>()
  const endedAt = (searchedFrom: Date, stopped: Search['stopped']): Search => ({
    ...{ found: found.slice(0, limit), shown, more: found.length > limit, searchedFrom, stopped },
  })
  for (let span = 0; until > first; span++) {
    const ms = spansMs[span]
    const from =
      ms === undefined ? first : new Date(Math.max(first.getTime(), until.getTime() - ms))
    let behind = after
    // Ends: each round goes on behind the last record that was looked at, as long as there is time.
    for (let wanted = limit + 1 - found.length; ; wanted = Math.min(candidatesMax, wanted * 4)) {
      const search = searchOf(terms, kinds, filter, { from, until, after: behind, limit: wanted })
      const asked = await inTime(secondsLeft(), (seconds) =>
        candidatesOf(questions, search, seconds),
      )
      const candidates = asked.answer ?? []
      const kept = await keepShown(questions, candidates, terms, shown, limit + 1, secondsLeft)
      const { checked } = kept
      found.push(...checked.filter((one) => one.kind !== 'shown' || shown.has(keyOf(one))))
      behind = checked.at(-1) ?? behind
      const stopped = asked.stopped ?? kept.stopped
      if (stopped !== null)
        return endedAt(
          behind === undefined || behind === after ? until : timeOf(behind.at),
          stopped,
        )
      if (found.length > limit || candidates.length < wanted) break
    }
    until = from
    if (found.length > limit) return endedAt(from, null)
  }
  return endedAt(until, null)
}

/** Records that have the words somewhere among their bytes: where frames are, it is not said yet that a person saw them. */
async function candidatesOf(
  questions: Questions,
  { query, parameters }: ReturnType<typeof searchOf>,
  secondsMax: number,
): Promise<Found[]> {
  const rows = await questions.rows(
    `${query}
    SETTINGS max_execution_time = ${secondsMax.toFixed(1)}, max_rows_to_read = ${searchRowsReadMax}`,
    parameters,
    foundRow,
  )
  return rows.map(({ kind, session_id: session, seq, at }) => ({ kind, session, seq, at }))
}

type Checked = { checked: readonly Found[]; stopped: Search['stopped'] }

/** Adds the texts that really hold all terms, in order, until there are enough; candidates behind the bound it met are not checked. */
async function keepShown(
  questions: Questions,
  candidates: readonly Found[],
  terms: readonly Term[],
  shown: Map<string, string>,
  enough: number,
  secondsLeft: () => number,
): Promise<Checked> {
  const records = candidates.filter(({ kind }) => kind === 'shown')
  for (let at = 0; at < records.length && shown.size < enough; at += textsPerQuery) {
    const { answer, stopped } = await inTime(secondsLeft(), (seconds) =>
      shownTexts(questions, records.slice(at, at + textsPerQuery), seconds),
    )
    if (answer === undefined)
      return { checked: candidates.slice(0, candidates.indexOf(records[at]!)), stopped }
    for (const [key, text] of answer)
      if (terms.every((term) => placesOf(text, [term]).length > 0)) shown.set(key, text)
  }
  return { checked: candidates, stopped: null }
}

type InTime<Answer> =
  { answer: Answer; stopped: null } | { answer: undefined; stopped: 'time' | 'rows' }

/** Less would be written as 0, which is no limit. */
const secondsMin = 0.1

/** The answer of a question that is given the time that is left; or which bound ended it. */
async function inTime<Answer>(
  secondsLeft: number,
  ask: (secondsMax: number) => Promise<Answer>,
): Promise<InTime<Answer>> {
  if (secondsLeft < secondsMin) return { answer: undefined, stopped: 'time' }
  try {
    return { answer: await ask(secondsLeft), stopped: null }
  } catch (error) {
    const stopped = boundMet(error)
    if (stopped === undefined) throw error
    return { answer: undefined, stopped }
  }
}

/** Results, COPY out, notifications and the results of function calls: most chunks hold either these or what the client said. */
const showsSomething = `arrayExists((d, t) -> d = 'to_client' AND t IN (${[
  backendTypes.dataRow,
  backendTypes.rowDescription,
  backendTypes.copyData,
  backendTypes.notification,
  backendTypes.functionCallResponse,
].join(', ')}), directions, types)`

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
  const loosePatterns = terms.map(loosePatternOf).filter((pattern) => pattern !== undefined)
  const parameters: Record<string, string | number> = {
    from: storeTime(from),
    until: storeTime(until),
    limit,
    ...(words.length > 0 && { words: words.join(' ') }),
    ...Object.fromEntries(beginnings.map((text, index) => [`beginning${index}`, `%${text}%`])),
    ...Object.fromEntries(patterns.map((text, index) => [`pattern${index}`, text])),
    ...Object.fromEntries(loosePatterns.map((text, index) => [`loosePattern${index}`, text])),
  }
  const sessions = sessionsOf(filter, parameters)
  const isAfter = afterOf(after, parameters)
  const selects = kinds.map((kind) => {
    const { table, column } = searchColumns[kind]
    const indexed = indexedTextOf(kind)
    const conditions = [
      'tenant = {tenant:String}',
      `time >= {from:DateTime64(6, 'UTC')} AND time < {until:DateTime64(6, 'UTC')}`,
      // A session begins before what is recorded in it: no later ones are read.
      `UUIDv7ToDateTime(session, 'UTC') <= {until:DateTime64(6, 'UTC')} + INTERVAL 1 HOUR`,
      ...(words.length > 0 ? [`hasAllTokens(${indexed ?? column}, {words:String})`] : []),
      ...beginnings.map(
        (_text, index) =>
          `${indexed === undefined ? `${column} ILIKE` : `${indexed} LIKE`} {beginning${index}:String}`,
      ),
      ...patterns.map(
        (_text, index) =>
          `match(${indexed ?? `lowerUTF8(${column})`}, {${kind === 'shown' ? 'loosePattern' : 'pattern'}${index}:String})`,
      ),
      ...(kind === 'shown' ? [showsSomething] : []),
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

/** Of a time as the store prints it, to the millisecond. */
function timeOf(at: string): Date {
  return new Date(`${at.slice(0, 23).replace(' ', 'T')}Z`)
}

/** A whole millisecond behind it. */
function momentAfter(at: string): number {
  return timeOf(at).getTime() + 1
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

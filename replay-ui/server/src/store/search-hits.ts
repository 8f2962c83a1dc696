/** Records with the words → hits as they are shown: an excerpt, whose session it was, and the statement and page to open it at. */
import type { SearchHit } from '@gatetrail/replay-api'
import { z } from 'zod'
import { replayRowsPerPage, searchPageRecordsMax, searchPlacesPerQuery } from '../limits.ts'
import { excerptOf, rowsBefore } from '../search/excerpt.ts'
import type { Term } from '../search/terms.ts'
import { principalColumns, principalRow, runOf } from './principal-rows.ts'
import { isoTime, type Questions } from './question.ts'
import { searchColumns, type Found } from './search-question.ts'

/** What has expired since it was found is left out. */
export async function hitsOf(
  questions: Questions,
  found: readonly Found[],
  terms: readonly Term[],
): Promise<SearchHit[]> {
  const texts = await textsOf(questions, found)
  const owners = await ownersOf(questions, distinct(found.map(({ session }) => session)))
  const shown = found.flatMap((one) => {
    const text = texts.get(keyOf(one))
    const owner = owners.get(one.session)
    if (text === undefined || owner === undefined) return []
    const { at: textAt, ...excerpt } = excerptOf(text, terms)
    return [{ one, owner, excerpt, rows: rowsBefore(text, textAt) }]
  })
  const places: Place[] = []
  for (let at = 0; at < shown.length; at += searchPlacesPerQuery)
    places.push(...(await placesOf(questions, shown.slice(at, at + searchPlacesPerQuery))))
  return shown.map(({ one: { kind, session, seq, at }, owner, excerpt }, index) => ({
    ...{ kind, session, seq },
    ...places[index]!,
    time: isoTime(at),
    ...owner,
    ...excerpt,
  }))
}

function keyOf({ kind, session, seq }: Pick<Found, 'kind' | 'session' | 'seq'>): string {
  return `${kind}/${session}/${seq}`
}

const textRow = z.object({ session_id: z.string(), seq: z.int(), words: z.string() })

/** `session IN` with the times that these ids begin with, so that no more is read than can hold them. */
const ofSessions = `tenant = {tenant:String} AND session IN {sessions:Array(UUID)}
  AND UUIDv7ToDateTime(session, 'UTC') >= arrayMin(arrayMap(id -> UUIDv7ToDateTime(id, 'UTC'), {sessions:Array(UUID)}))
  AND UUIDv7ToDateTime(session, 'UTC') <= arrayMax(arrayMap(id -> UUIDv7ToDateTime(id, 'UTC'), {sessions:Array(UUID)}))`

async function textsOf(
  questions: Questions,
  found: readonly Found[],
): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  for (const kind of new Set(found.map((one) => one.kind))) {
    const some = found.filter((one) => one.kind === kind)
    const { table, column } = searchColumns[kind]
    const rows = await questions.rows(
      `SELECT toString(session) AS session_id, seq, ${table}.${column} AS words FROM ${table} FINAL
      WHERE ${ofSessions} AND seq IN {seqs:Array(UInt32)}
        AND (toString(session), seq) IN (SELECT arrayJoin(arrayZip({ids:Array(String)}, {seqs:Array(UInt32)})))`,
      {
        sessions: distinct(some.map(({ session }) => session)),
        ids: some.map(({ session }) => session),
        seqs: some.map(({ seq }) => seq),
      },
      textRow,
    )
    for (const { session_id: session, seq, words } of rows)
      if (words !== '') texts.set(keyOf({ kind, session, seq }), words)
  }
  return texts
}

type Owner = Pick<SearchHit, 'principal' | 'onBehalfOf' | 'run' | 'connection'>

const ownerRow = z.object({ ...principalRow, connection: z.string(), session_id: z.string() })

async function ownersOf(
  questions: Questions,
  sessions: readonly string[],
): Promise<Map<string, Owner>> {
  if (sessions.length === 0) return new Map()
  const rows = await questions.rows(
    `SELECT toString(session) AS session_id, ${principalColumns} FROM sessions_rows FINAL WHERE ${ofSessions}`,
    { sessions },
    ownerRow,
  )
  return new Map(
    rows.map((row) => {
      const { principal: id, principal_kind: kind, issuer, subject } = row
      const { on_behalf_of: onBehalfOf, connection } = row
      return [
        row.session_id,
        { principal: { id, kind, issuer, subject }, onBehalfOf, run: runOf(row), connection },
      ]
    }),
  )
}

type Place = Pick<SearchHit, 'statement' | 'page'>
type Shown = { one: Found; rows: number }

const statementRow = z.object({
  hit: z.int(),
  running: z.array(z.int()),
  before: z.array(z.int()),
  after: z.array(z.int()),
})
const rowsRow = z.object({ hit: z.int(), earlier: z.int() })

async function placesOf(questions: Questions, hits: readonly Shown[]): Promise<Place[]> {
  const statements = await statementsOf(questions, hits)
  const rows = await earlierRows(questions, hits, statements)
  return hits.map(({ one: { kind }, rows: inRecord }, index) => {
    const statement = statements[index] ?? null
    if (statement === null) return { statement, page: null }
    if (kind !== 'shown') return { statement, page: 0 }
    const earlier = rows.get(index)
    return {
      statement,
      page: earlier === undefined ? null : Math.floor((earlier + inRecord) / replayRowsPerPage),
    }
  })
}

/**
 * By what was running when the record was made: a statement is decided before it, and its end is on record behind the frames that
 * showed it. Of several that were sent at once it is the first; of values that were sent, that which was sent with them.
 */
async function statementsOf(
  questions: Questions,
  hits: readonly Shown[],
): Promise<(number | null)[]> {
  const statements = hits.map(({ one }) => (one.kind === 'statement' ? one.seq : null))
  const parameters: Record<string, string | number> = {}
  const selects = hits.flatMap(({ one: { kind, session, seq } }, hit) => {
    if (kind === 'statement' || kind === 'claim') return []
    parameters[`session${hit}`] = session
    parameters[`seq${hit}`] = seq
    const at = `{seq${hit}:UInt32}`
    const where = ofSession(hit)
    return [
      `SELECT ${hit} AS hit,
        (SELECT groupArray(of) FROM (SELECT assumeNotNull(statement) AS of FROM events_rows
          WHERE ${where} AND kind = 'gatetrail.statement.completed' AND seq > ${at} AND seq < ${at} + ${searchPageRecordsMax} AND statement < ${at}
          ORDER BY seq, row_version DESC LIMIT 1 BY seq LIMIT 64)) AS running,
        (SELECT groupArray(of) FROM (SELECT seq AS of FROM statements_rows WHERE ${where} AND seq < ${at} ORDER BY seq DESC LIMIT 1)) AS before,
        (SELECT groupArray(of) FROM (SELECT seq AS of FROM statements_rows WHERE ${where} AND seq > ${at} ORDER BY seq LIMIT 1)) AS after`,
    ]
  })
  if (selects.length === 0) return statements
  const rows = await questions.rows(selects.join('\nUNION ALL '), parameters, statementRow)
  for (const { hit, running, before, after } of rows) {
    const { one, rows: earlier } = hits[hit]!
    const sent = one.kind === 'sent' ? running[earlier] : undefined
    statements[hit] = sent ?? running[0] ?? before[0] ?? after[0] ?? null
  }
  return statements
}

/** How many rows a statement had shown before the record. */
async function earlierRows(
  questions: Questions,
  hits: readonly Shown[],
  statements: readonly (number | null)[],
): Promise<Map<number, number>> {
  const earlier = new Map<number, number>()
  const parameters: Record<string, string | number> = {}
  const selects = hits.flatMap(({ one: { kind, session, seq } }, hit) => {
    const statement = statements[hit] ?? seq
    const records = seq - statement - 1
    if (kind !== 'shown' || records > searchPageRecordsMax) return []
    earlier.set(hit, 0)
    if (records <= 0) return []
    parameters[`session${hit}`] = session
    parameters[`seq${hit}`] = seq
    parameters[`statement${hit}`] = statement
    return [
      `SELECT ${hit} AS hit, sum(arrayCount((d, t, l) -> d = 'to_client' AND t IN (68, 100) AND l, directions, types, last)) AS earlier
      FROM chunks_rows FINAL WHERE ${ofSession(hit)} AND seq > {statement${hit}:UInt32} AND seq < {seq${hit}:UInt32}`,
    ]
  })
  if (selects.length === 0) return earlier
  const rows = await questions.rows(selects.join('\nUNION ALL '), parameters, rowsRow)
  for (const { hit, earlier: before } of rows) earlier.set(hit, before)
  return earlier
}

function ofSession(hit: number): string {
  const session = `{session${hit}:UUID}`
  return `tenant = {tenant:String} AND UUIDv7ToDateTime(session, 'UTC') = UUIDv7ToDateTime(${session}, 'UTC') AND session = ${session}`
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}

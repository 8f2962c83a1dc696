/** Records with the words → hits as they are shown: an excerpt, whose session it was, and the statement and page to open it at. */
import type { SearchHit, SearchKind } from '@gatetrail/replay-api'
import { z } from 'zod'
import { replayRowsPerPage, searchPageRecordsMax, searchPlacesPerQuery } from '../limits.ts'
import { excerptOf, rowsBefore } from '../search/excerpt.ts'
import type { Term } from '../search/terms.ts'
import { principalColumns, principalRow, runOf } from './principal-rows.ts'
import { isoTime, type Questions } from './question.ts'
import { keyOf, ofSessions, parametersOf, theseRecords } from './record-keys.ts'
import { searchColumns, type Found, type Search } from './search-question.ts'

/** What has expired since it was found is left out. */
export async function hitsOf(
  questions: Questions,
  { found, shown: shownTexts }: Pick<Search, 'found' | 'shown'>,
  terms: readonly Term[],
): Promise<SearchHit[]> {
  const texts = new Map<SearchKind, ReadonlyMap<string, string>>([['shown', shownTexts]])
  for (const kind of new Set(found.map((one) => one.kind)))
    if (kind !== 'shown')
      texts.set(
        kind,
        await textsOf(
          questions,
          kind,
          found.filter((one) => one.kind === kind),
        ),
      )
  const owners = await ownersOf(questions, distinct(found.map(({ session }) => session)))
  const shown = found.flatMap((one) => {
    const text = texts.get(one.kind)?.get(keyOf(one)) ?? ''
    const owner = owners.get(one.session)
    if (text === '' || owner === undefined) return []
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

const textRow = z.object({ session_id: z.string(), seq: z.int(), words: z.string() })

/** By `keyOf`, of one kind. */
async function textsOf(
  questions: Questions,
  kind: Exclude<SearchKind, 'shown'>,
  found: readonly Found[],
): Promise<Map<string, string>> {
  const { table, column } = searchColumns[kind]
  const rows = await questions.rows(
    `SELECT toString(session) AS session_id, seq, ${table}.${column} AS words FROM ${table} FINAL
    WHERE ${ofSessions} AND ${theseRecords}`,
    parametersOf(found),
    textRow,
  )
  return new Map(
    rows.map(({ session_id: session, seq, words }) => [keyOf({ session, seq }), words]),
  )
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
  place: z.int(),
  ends: z.array(z.tuple([z.int(), z.int()])),
  decided: z.array(z.int()),
})
const rowsRow = z.object({ place: z.int(), earlier: z.array(z.int()) })

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

/** Of one session, with where they are among all. */
type SessionHits = { session: string; hits: { index: number; hit: Shown }[] }

function bySession(hits: readonly Shown[], wanted: (hit: Shown) => boolean): SessionHits[] {
  const sessions = new Map<string, SessionHits>()
  for (const [index, hit] of hits.entries()) {
    if (!wanted(hit)) continue
    const { session } = hit.one
    const of = sessions.get(session) ?? { session, hits: [] }
    of.hits.push({ index, hit })
    sessions.set(session, of)
  }
  return [...sessions.values()]
}

const endsMax = 4_096

/**
 * By what was running when the record was made: a statement is decided before it, and its end is on record behind the frames that
 * showed it. Of several that were sent at once it is the first; of values that were sent, that which was sent with them.
 */
async function statementsOf(
  questions: Questions,
  hits: readonly Shown[],
): Promise<(number | null)[]> {
  const statements = hits.map(({ one }) => (one.kind === 'statement' ? one.seq : null))
  const sessions = bySession(hits, ({ one: { kind } }) => kind !== 'statement' && kind !== 'claim')
  if (sessions.length === 0) return statements
  const parameters: Record<string, string | number> = {}
  const selects = sessions.map(({ session, hits: some }, place) => {
    const seqs = some.map(({ hit }) => hit.one.seq)
    parameters[`session${place}`] = session
    parameters[`first${place}`] = Math.min(...seqs)
    parameters[`last${place}`] = Math.max(...seqs)
    const [first, last] = [`{first${place}:UInt32}`, `{last${place}:UInt32}`]
    const where = ofSession(place)
    return `SELECT ${place} AS place,
      (SELECT groupArray((at, of)) FROM (SELECT seq AS at, assumeNotNull(statement) AS of FROM events_rows
        WHERE ${where} AND kind = 'gatetrail.statement.completed' AND seq > ${first} AND seq < ${last} + ${searchPageRecordsMax}
        ORDER BY seq, row_version DESC LIMIT 1 BY seq LIMIT ${endsMax})) AS ends,
      (SELECT arraySort(groupArray(seq)) FROM (
        SELECT seq FROM (SELECT seq FROM statements_rows WHERE ${where} AND seq < ${first} ORDER BY seq DESC LIMIT 1)
        UNION ALL SELECT seq FROM (SELECT DISTINCT seq FROM statements_rows WHERE ${where} AND seq > ${first} ORDER BY seq LIMIT ${endsMax}))) AS decided`
  })
  const rows = await questions.rows(selects.join('\nUNION ALL '), parameters, statementRow)
  for (const { place, ends, decided } of rows)
    for (const { index, hit } of sessions[place]!.hits) {
      const { kind, seq } = hit.one
      const running = ends.filter(([at, of]) => at > seq && of < seq).map(([, of]) => of)
      const sent = kind === 'sent' ? running[hit.rows] : undefined
      const before = decided.findLast((of) => of < seq)
      statements[index] = sent ?? running[0] ?? before ?? decided[0] ?? null
    }
  return statements
}

/** How many rows each statement had shown before the record. */
async function earlierRows(
  questions: Questions,
  hits: readonly Shown[],
  statements: readonly (number | null)[],
): Promise<Map<number, number>> {
  const earlier = new Map<number, number>()
  for (const [index, { one }] of hits.entries())
    if (one.kind === 'shown' && one.seq - (statements[index] ?? one.seq) <= 1) earlier.set(index, 0)
  const places = new Map(hits.map((hit, index) => [hit, index]))
  const sessions = bySession(hits, (hit) => {
    const index = places.get(hit)!
    const records = hit.one.seq - (statements[index] ?? hit.one.seq)
    return hit.one.kind === 'shown' && records > 1 && records <= searchPageRecordsMax
  })
  if (sessions.length === 0) return earlier
  const parameters: Record<string, string | number | number[]> = {}
  const selects = sessions.map(({ session, hits: some }, place) => {
    const after = some.map(({ index }) => statements[index] ?? 0)
    const until = some.map(({ hit }) => hit.one.seq)
    parameters[`session${place}`] = session
    parameters[`after${place}`] = after
    parameters[`until${place}`] = until
    parameters[`first${place}`] = Math.min(...after)
    parameters[`last${place}`] = Math.max(...until)
    return `SELECT ${place} AS place, sumForEach(arrayMap((after, until) -> if(seq > after AND seq < until, shown_rows, 0),
        {after${place}:Array(UInt32)}, {until${place}:Array(UInt32)})) AS earlier
      FROM (SELECT seq, arrayCount((d, t, l) -> d = 'to_client' AND t IN (68, 100) AND l, directions, types, last) AS shown_rows
        FROM chunks_rows FINAL WHERE ${ofSession(place)} AND seq > {first${place}:UInt32} AND seq < {last${place}:UInt32})`
  })
  const rows = await questions.rows(selects.join('\nUNION ALL '), parameters, rowsRow)
  for (const { place, earlier: counts } of rows)
    for (const [at, { index }] of sessions[place]!.hits.entries())
      earlier.set(index, counts[at] ?? 0)
  return earlier
}

function ofSession(place: number): string {
  const session = `{session${place}:UUID}`
  return `tenant = {tenant:String} AND UUIDv7ToDateTime(session, 'UTC') = UUIDv7ToDateTime(${session}, 'UTC') AND session = ${session}`
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}

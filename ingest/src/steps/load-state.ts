/**
 * Step 5 of 7. From drop-duplicates.ts, to shape-rows.ts. Brings into memory what the batch builds on and memory does not
 * hold: rows of its sessions, of statements decided in an earlier batch, descriptions, and where frames were cut. One query each, at most.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { ChunkIndex, isGatetrailError, type EventBody } from '@gatetrail/schemas'
import type { DecodedRecord } from '../batch.ts'
import { BoundedCache } from '../fold/bounded-cache.ts'
import { statementWeight } from '../fold/fold-statement.ts'
import { inSessions, literals, selectRows } from '../store/store.ts'
import { readRow } from '../store/table.ts'
import { sessionsTable, type SessionRow } from '../tables/sessions.ts'
import { statementsTable, type StatementRow } from '../tables/statements.ts'
import { goesOn, restWeight, textRestsBytesMax, type TextRests } from './shape-texts.ts'

export type Description = EventBody<'gatetrail.statement.described'>

export type FoldState = {
  sessions: BoundedCache<string, SessionRow>
  /** By `statementKey`. */
  statements: BoundedCache<string, StatementRow>
  /** By `descriptionKey`. */
  descriptions: BoundedCache<string, Description>
  textRests: TextRests
  /** Behind the names of the tables that it is loaded from: a rebuild has its own. */
  tableSuffix: string
}

const sessionsKeptMax = 20_000
const statementBytesKeptMax = 64 * 1024 * 1024
const descriptionBytesKeptMax = 64 * 1024 * 1024

export function createFoldState(tableSuffix = ''): FoldState {
  return {
    sessions: new BoundedCache(sessionsKeptMax),
    statements: new BoundedCache(statementBytesKeptMax),
    descriptions: new BoundedCache(descriptionBytesKeptMax),
    textRests: new BoundedCache(textRestsBytesMax),
    tableSuffix,
  }
}

/** Before a batch: what it uses is not forgotten until it is in the store. */
export function beginFold(state: FoldState): void {
  state.sessions.nextGeneration()
  state.statements.nextGeneration()
  state.descriptions.nextGeneration()
  state.textRests.nextGeneration()
}

/** When all but the current batch is in the store. */
export function trimFoldState(state: FoldState): void {
  state.sessions.trim()
  state.statements.trim()
  state.descriptions.trim()
  state.textRests.trim()
}

export function statementKey(session: string, seq: number): string {
  return `${session}:${seq}`
}

export function descriptionKey(session: string, description: string): string {
  return `${session}:${description}`
}

export function descriptionWeight(description: Description): number {
  return 1024 + description.text.length
}

export async function loadState(
  client: ClickHouseClient,
  records: readonly DecodedRecord[],
  state: FoldState,
  { withSessions = true }: { withSessions?: boolean } = {},
): Promise<void> {
  const missing = findMissing(records, state)
  for (const sessions of withSessions ? slices(missing.sessions) : []) {
    const rows = await selectRows(
      client,
      `SELECT * FROM sessions_rows${state.tableSuffix} FINAL WHERE ${inSessions(sessions)} AND row_version > 0`,
    )
    for (const json of rows) {
      const row = readRow(sessionsTable, json)
      state.sessions.set(row.session, row)
    }
  }
  for (const keys of slices(missing.statements)) {
    const rows = await selectRows(
      client,
      `SELECT * FROM statements_rows${state.tableSuffix} FINAL WHERE ${inPairs('seq', keys)}`,
    )
    for (const json of rows) {
      const row = readRow(statementsTable, json)
      state.statements.set(statementKey(row.session, row.seq), row, statementWeight(row))
    }
  }
  for (const keys of slices(missing.descriptions)) {
    const rows = await selectRows(
      client,
      `SELECT session, body FROM events_rows${state.tableSuffix} WHERE kind = 'gatetrail.statement.described' AND ${inPairs('description', keys)} ORDER BY row_version`,
    )
    for (const { session, body } of rows) {
      // The last of several versions is the redacted one. Stored by ingest, which had validated it.
      const description = JSON.parse(String(body)) as Description
      const key = descriptionKey(String(session), description.description)
      state.descriptions.set(key, description, descriptionWeight(description))
    }
  }
  if (withSessions) await loadTextRests(client, records, state)
}

const index = new ChunkIndex()

/** Of sessions whose first chunk here goes on with a frame that began in one before. */
async function loadTextRests(
  client: ClickHouseClient,
  records: readonly DecodedRecord[],
  { textRests, tableSuffix }: FoldState,
): Promise<void> {
  const met = new Set<string>()
  const wanted = new Map<string, number>()
  for (const { header, body, decoded } of records) {
    if (decoded.type !== 'chunk' || met.has(header.session)) continue
    met.add(header.session)
    if (!textRests.has(header.session) && header.seq > 0 && startsInFrame(body))
      wanted.set(header.session, header.seq)
  }
  for (const sessions of slices(new Set(wanted.keys()))) {
    const pairs = sessions.map((session) => `(${literals([session])}, ${wanted.get(session)!})`)
    const rows = await selectRows(
      client,
      `SELECT toString(session) AS id, argMax(text_rest, tuple(seq, row_version)) AS rest FROM chunks_rows${tableSuffix}
       WHERE ${inSessions(sessions)} AND arrayExists(before -> before.1 = toString(session) AND seq < before.2, [${pairs.join(', ')}])
       GROUP BY session`,
    )
    for (const { id, rest } of rows)
      textRests.set(String(id), String(rest), restWeight(String(rest)))
  }
}

function startsInFrame(body: Uint8Array): boolean {
  try {
    index.read(body)
    return goesOn(index)
  } catch (error) {
    if (!isGatetrailError(error)) throw error
    return false // A dead letter: shape-chunk.ts.
  }
}

type Missing = { sessions: Set<string>; statements: Set<string>; descriptions: Set<string> }

function findMissing(records: readonly DecodedRecord[], state: FoldState): Missing {
  const missing: Missing = { sessions: new Set(), statements: new Set(), descriptions: new Set() }
  const inBatch = new Set<string>()
  const wantStatement = (session: string, seq: number | undefined) => {
    if (seq === undefined) return
    const key = statementKey(session, seq)
    if (!inBatch.has(key) && !state.statements.has(key)) missing.statements.add(key)
  }
  const wantSession = (session: string) => {
    if (!state.sessions.has(session)) missing.sessions.add(session)
  }
  for (const { header, decoded } of records) {
    const { session, seq } = header
    if (decoded.type === 'chunk') wantSession(session)
    if (decoded.type !== 'event') continue
    const { event } = decoded
    switch (event.kind) {
      case 'gatetrail.session.aborted':
        wantSession(event.body.session)
        break
      case 'gatetrail.statement.described':
        inBatch.add(descriptionKey(session, event.body.description))
        break
      case 'gatetrail.statement.decided': {
        inBatch.add(statementKey(session, seq))
        const key = descriptionKey(session, event.body.description)
        if (!inBatch.has(key) && !state.descriptions.has(key)) missing.descriptions.add(key)
        wantSession(session)
        break
      }
      case 'gatetrail.statement.completed':
      case 'gatetrail.pii.touched':
        wantStatement(session, event.body.statement)
        wantSession(session)
        break
      default:
        if (opensRow(event.kind)) wantSession(session)
    }
  }
  return missing
}

/** Kinds that only a caller's session has: the first of them makes its row. A writer's system session has none. */
export function opensRow(kind: string): boolean {
  return sessionKinds.has(kind)
}

const sessionKinds: ReadonlySet<string> = new Set([
  'gatetrail.session.opened',
  'gatetrail.session.closed',
  'gatetrail.identity.verified',
  'gatetrail.credential.issued',
  'gatetrail.statement.described',
  'gatetrail.statement.decided',
  'gatetrail.statement.completed',
  'gatetrail.pii.touched',
  'gatetrail.pii.fingerprinted',
  'gatetrail.coverage.reported',
])

/** `session:rest` keys as a condition that the key of the table prunes by. */
function inPairs(column: string, keys: readonly string[]): string {
  const pairs = keys.map((key) => [key.slice(0, 36), key.slice(37)] as const)
  const sessions = new Set(pairs.map(([session]) => session))
  const tuples = pairs.map(([session, rest]) => `(${literals([session, rest])})`)
  return `${inSessions(sessions)} AND (toString(session), toString(${column})) IN (${tuples.join(', ')})`
}

/** Some 130 bytes each: servers take questions of 256 KiB. */
const queryKeysMax = 1_000

function* slices(keys: ReadonlySet<string>): Generator<string[]> {
  const all = [...keys]
  for (let at = 0; at < all.length; at += queryKeysMax) yield all.slice(at, at + queryKeysMax)
}

/**
 * Derives the rows of whole sessions anew, from `records.bytes` and from records that came late: after step 7 of pipeline.ts
 * for sessions with late records, and for all of them in rebuild.ts. Their rows win by version over those that knew less
 * (steps/drop-duplicates.ts). Sessions with a record whose bytes have expired keep their old rows.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { decodeRecord } from '@gatetrail/schemas'
import { noFindings, type DecodedRecord } from './batch.ts'
import { decodeBody } from './steps/decode-records.ts'
import { rowVersionOf } from './steps/drop-duplicates.ts'
import { insertRows } from './steps/insert-rows.ts'
import {
  beginFold,
  createFoldState,
  loadState,
  trimFoldState,
  type FoldState,
} from './steps/load-state.ts'
import { inSlices } from './slices.ts'
import { createShaping, shapeRows, type Shaping } from './steps/shape-rows.ts'
import { inSessions, selectRows, type Store } from './store/store.ts'
import { clearRows, createRowBuffers, type RowBuffers } from './tables/buffers.ts'

const pageRecordsMax = 20_000
const pageBytesMax = 32 * 1024 * 1024
const sessionsPerQuery = 1_000

/** What `records` holds of a session. */
export type SessionSize = {
  session: string
  records: number
  lastSeq: number
  bytes: number
  /** Records whose bytes are gone. */
  expired: number
  /** How often its records were redacted. */
  redactions: number
}

/** @throws GatetrailError STORE_UNAVAILABLE, STORE_REFUSED: done again from the beginning, it makes the same rows. */
export async function deriveSessions(
  store: Store,
  late: readonly DecodedRecord[],
  tenantOf: (writer: string) => string,
): Promise<void> {
  const sessions = [...new Set(late.map(({ header }) => header.session))]
  for (let at = 0; at < sessions.length; at += sessionsPerQuery) {
    const some = new Set(sessions.slice(at, at + sessionsPerQuery))
    const sizes = await sessionSizes(store, inSessions(some))
    const added = late.filter(({ header }) => some.has(header.session))
    await derivePages(store, { sizes, late: added, tenantOf, tableSuffix: '' })
    const derived = new Set(sizes.filter(isIntact).map(({ session }) => session))
    await addOnly(
      store,
      added.filter(({ header }) => !derived.has(header.session)),
      tenantOf,
    )
  }
}

export async function sessionSizes(store: Store, condition: string): Promise<SessionSize[]> {
  const rows = await selectRows(
    store.write,
    `SELECT session, count() AS records, max(seq) AS last, sum(length) AS bytes,
       countIf(length > 0 AND stored_records.bytes = '') AS expired, sum(row_version - 1) AS redactions
     FROM (SELECT * FROM records_rows FINAL WHERE ${condition}) AS stored_records GROUP BY session ORDER BY UUIDv7ToDateTime(session, 'UTC'), session`,
  )
  return rows.map(({ session, records, last, bytes, expired, redactions }) => ({
    session: String(session),
    records: Number(records),
    lastSeq: Number(last),
    bytes: Number(bytes),
    expired: Number(expired),
    redactions: Number(redactions),
  }))
}

export function isIntact({ expired }: SessionSize): boolean {
  return expired === 0
}

type Derivation = {
  sizes: readonly SessionSize[]
  /** Records that are not stored, or with other bytes, redacted: of both, these count. */
  late: readonly DecodedRecord[]
  /** Of late records; the others have theirs. */
  tenantOf: (writer: string) => string
  /** Behind the names of the tables that are filled. Empty: those in use, in which rows that know less are outdone. */
  tableSuffix: string
  onPage?: (records: number) => void
}

/** Page after page, so that a session of any size fits: its state goes on from one to the next. */
export async function derivePages(store: Store, derivation: Derivation): Promise<void> {
  const { sizes, late, tenantOf, tableSuffix, onPage } = derivation
  const state = createFoldState(tableSuffix)
  const rows = createRowBuffers(tableSuffix)
  const numbering = new Numbering(redactionsOf(sizes, late))
  for (const page of pages(sizes.filter(isIntact))) {
    const added = late.filter(inPage(page))
    const { records: stored, tenants } = await readPage(store.write, page)
    const records = numbering.number(merge(stored, added))
    beginFold(state)
    // Tables in use hold sessions that know of later records already: what comes now begins at the first.
    await loadState(store.write, records, state, { withSessions: tableSuffix !== '' })
    const isLate = new Set(added)
    const shaping = createShaping({
      state,
      rows,
      findings: noFindings(), // What did not decode is in dead_letters since it came.
      tenantOf: (writer) => tenants.get(writer) ?? tenantOf(writer),
      withRecord: (record) => isLate.has(record),
    })
    await shapeAll(records, shaping, rows)
    await insertRows(store, rows)
    clearRows(rows)
    trimFoldState(state)
    onPage?.(records.length)
  }
}

export async function shapeAll(
  records: readonly DecodedRecord[],
  shaping: Shaping,
  rows: RowBuffers,
): Promise<void> {
  await inSlices(records, (slice) => shapeRows(slice, shaping))
  await inSlices([...shaping.changed.statements], (slice) =>
    slice.forEach((row) => rows.statements.add(row)),
  )
  for (const row of shaping.changed.sessions) rows.sessions.add(row)
}

/** Late records of sessions that cannot be derived anew: they are kept, and what was derived before stays. */
async function addOnly(
  store: Store,
  late: readonly DecodedRecord[],
  tenantOf: (writer: string) => string,
): Promise<void> {
  if (late.length === 0) return
  const state: FoldState = createFoldState()
  const rows = createRowBuffers()
  beginFold(state)
  await loadState(store.write, late, state)
  const withRecord = () => true
  const shaping = createShaping({ state, rows, findings: noFindings(), tenantOf, withRecord })
  await inSlices(late, (slice) => shapeRows(slice, shaping))
  await insertRows(store, rows)
}

/** Gives each record the version of its rows: how many are missing before it is known now. */
class Numbering {
  readonly #redactions: ReadonlyMap<string, number>
  #session = ''
  #next = 0
  #missing = 0

  /** By session. */
  constructor(redactions: ReadonlyMap<string, number>) {
    this.#redactions = redactions
  }

  /** In the order of sessions and seqs. */
  number(records: DecodedRecord[]): DecodedRecord[] {
    for (const record of records) {
      const { session, seq } = record.header
      if (session !== this.#session) {
        this.#session = session
        this.#next = 0
        this.#missing = 0
      }
      this.#missing += seq - this.#next
      this.#next = seq + 1
      record.rowVersion = rowVersionOf(seq, this.#missing)
      record.sessionRedactions = this.#redactions.get(session) ?? 0
    }
    return records
  }
}

/** By session: those that are stored, and those that are about to be. */
function redactionsOf(
  sizes: readonly SessionSize[],
  late: readonly DecodedRecord[],
): Map<string, number> {
  const redactions = new Map(sizes.map((size) => [size.session, size.redactions]))
  for (const { header, redactions: times } of late)
    if (times !== undefined)
      redactions.set(header.session, (redactions.get(header.session) ?? 0) + 1)
  return redactions
}

/** Many small sessions, or a part of a large one. */
export type Page = { sessions: string[]; fromSeq: number; toSeq: number }

export function* pages(sizes: readonly SessionSize[]): Generator<Page> {
  const wholeSession = { fromSeq: 0, toSeq: 2 ** 32 }
  let small: string[] = []
  let records = 0
  let bytes = 0
  for (const size of sizes) {
    if (
      small.length === sessionsPerQuery ||
      (small.length > 0 &&
        (records + size.records > pageRecordsMax || bytes + size.bytes > pageBytesMax))
    ) {
      yield { sessions: small, ...wholeSession }
      small = []
      records = 0
      bytes = 0
    }
    const parts = Math.ceil(Math.max(size.records / pageRecordsMax, size.bytes / pageBytesMax))
    if (parts <= 1) {
      small.push(size.session)
      records += size.records
      bytes += size.bytes
      continue
    }
    if (small.length > 0) {
      yield { sessions: small, ...wholeSession }
      small = []
      records = 0
      bytes = 0
    }
    const step = Math.ceil((size.lastSeq + 1) / parts)
    for (let fromSeq = 0; fromSeq <= size.lastSeq; fromSeq += step)
      yield { sessions: [size.session], fromSeq, toSeq: fromSeq + step }
  }
  if (small.length > 0) yield { sessions: small, ...wholeSession }
}

function inPage({ sessions, fromSeq, toSeq }: Page): (record: DecodedRecord) => boolean {
  const known = new Set(sessions)
  return ({ header }) => known.has(header.session) && header.seq >= fromSeq && header.seq < toSeq
}

/** The store's records in its order, and late ones where they belong. */
function merge(stored: DecodedRecord[], late: readonly DecodedRecord[]): DecodedRecord[] {
  if (late.length === 0) return stored
  const order = new Map<string, number>()
  for (const { header } of stored)
    if (!order.has(header.session)) order.set(header.session, order.size)
  const replaced = new Set(late.map(({ header }) => `${header.session}:${header.seq}`))
  const kept = stored.filter(({ header }) => !replaced.has(`${header.session}:${header.seq}`))
  return [...kept, ...late].sort(
    ({ header: a }, { header: b }) =>
      (order.get(a.session) ?? 0) - (order.get(b.session) ?? 0) || a.seq - b.seq,
  )
}

type ReadPage = { records: DecodedRecord[]; tenants: Map<string, string> }

/** In order of session and seq. Those whose bytes have expired are not among them. */
export async function readPage(
  client: ClickHouseClient,
  { sessions, fromSeq, toSeq }: Page,
): Promise<ReadPage> {
  const range = sessions.length === 1 ? ` AND seq >= ${fromSeq} AND seq < ${toSeq}` : ''
  const condition = `${inSessions(sessions)}${range}`
  const rows = await selectRows(
    client,
    `SELECT tenant, base64Encode(bytes) AS encoded, lower(hex(leaf_hash)) AS leaf, toUnixTimestamp(stored) AS stored_seconds,
       row_version FROM records_rows FINAL WHERE ${condition} AND bytes != '' ORDER BY UUIDv7ToDateTime(session, 'UTC'), session, seq`,
  )
  const tenants = new Map<string, string>()
  const records = rows.map((row): DecodedRecord => {
    const record = decodeRecord(Buffer.from(String(row['encoded']), 'base64'))
    const { writer, position } = record.header
    const redactions = Number(row['row_version']) - 1
    tenants.set(writer, String(row['tenant']))
    return {
      ...record,
      partition: undefined,
      rowVersion: 0,
      ...(redactions > 0 && { redactions }),
      leaf: Buffer.from(String(row['leaf']), 'hex'),
      decoded: decodeBody({ writer, position, bytes: record.bytes }, record, noFindings()),
      storedSeconds: Number(row['stored_seconds']),
    }
  })
  return { records, tenants }
}

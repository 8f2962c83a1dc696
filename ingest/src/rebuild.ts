/**
 * Makes the derived tables anew from `records.bytes`, beside the old ones, and then exchanges each for its old one in one
 * step: a question never meets a half-made table. Sessions with a record whose bytes have expired keep their old rows.
 */
import { decodeRecord } from '@gatetrail/schemas'
import { noFindings, type DecodedRecord } from './batch.ts'
import type { Pipeline } from './pipeline.ts'
import { decodeBody } from './steps/decode-records.ts'
import { insertRows } from './steps/insert-rows.ts'
import { beginFold, createFoldState, loadState, trimFoldState } from './steps/load-state.ts'
import { inSlices } from './slices.ts'
import { createShaping, shapeRows } from './steps/shape-rows.ts'
import { literal, literals, runCommand, selectRows, type Store } from './store/store.ts'
import { clearRows, createRowBuffers } from './tables/buffers.ts'

export type RebuildProgress = {
  records: number
  recordsTotal: number
  /** Sessions whose rows were kept as they are, because bytes of theirs have expired. */
  sessionsKept: number
}

const suffix = '_rebuild'
const pageRecordsMax = 20_000
const pageBytesMax = 32 * 1024 * 1024
const derivedTables = [
  'events_rows',
  'chunks_rows',
  'statements_rows',
  'pii_touches_rows',
  'sessions_rows',
] as const

/** Sessions of which not all bytes are there. */
const expiredSessions = "SELECT session FROM records WHERE length > 0 AND bytes = ''"

/** @throws GatetrailError STORE_UNAVAILABLE: the old tables stay in place then. */
export async function rebuildDerived(
  { store }: Pick<Pipeline, 'store'>,
  onProgress: (progress: RebuildProgress) => void,
): Promise<RebuildProgress> {
  const client = store.write
  for (const table of derivedTables) {
    await runCommand(client, `DROP TABLE IF EXISTS ${table}${suffix} SYNC`)
    await runCommand(client, `CREATE TABLE ${table}${suffix} AS ${table}`)
  }
  const progress = await fill(store, onProgress)
  for (const table of derivedTables) {
    await runCommand(
      client,
      `INSERT INTO ${table}${suffix} SELECT * FROM ${table} FINAL WHERE session IN (${expiredSessions})`,
    )
    await runCommand(client, `EXCHANGE TABLES ${table} AND ${table}${suffix}`)
    await runCommand(client, `DROP TABLE ${table}${suffix} SYNC`)
  }
  return progress
}

async function fill(
  store: Store,
  onProgress: (progress: RebuildProgress) => void,
): Promise<RebuildProgress> {
  const sessions = await selectRows(
    store.write,
    `SELECT session, count() AS records, max(seq) AS last, sum(length) AS bytes,
       countIf(length > 0 AND records.bytes = '') AS expired
     FROM records GROUP BY session ORDER BY UUIDv7ToDateTime(session, 'UTC'), session`,
  )
  const intact = sessions.filter(({ expired }) => Number(expired) === 0)
  const progress: RebuildProgress = {
    records: 0,
    recordsTotal: sessions.reduce((sum, { records }) => sum + Number(records), 0),
    sessionsKept: sessions.length - intact.length,
  }
  const state = createFoldState(suffix)
  const rows = createRowBuffers(suffix)
  for (const condition of pages(intact)) {
    const page = await readPage(store, condition)
    beginFold(state)
    await loadState(store.write, page.records, state)
    const tenantOf = (writer: string) => page.tenants.get(writer) ?? ''
    // What did not decode is in dead_letters since it came.
    const findings = noFindings()
    const shaping = createShaping({ state, rows, findings, tenantOf, withRecords: false })
    await inSlices(page.records, (slice) => shapeRows(slice, shaping))
    await inSlices([...shaping.changed.statements], (slice) =>
      slice.forEach((row) => rows.statements.add(row)),
    )
    for (const row of shaping.changed.sessions) rows.sessions.add(row)
    await insertRows(store, rows)
    clearRows(rows)
    trimFoldState(state)
    progress.records += page.records.length
    onProgress({ ...progress })
  }
  return progress
}

/** Conditions on `records`, each for about one page: many small sessions, or a part of a large one. */
function* pages(sessions: readonly Record<string, unknown>[]): Generator<string> {
  let small: string[] = []
  let records = 0
  let bytes = 0
  const condition = () => `session IN (${literals(small)})`
  for (const session of sessions) {
    const sessionRecords = Number(session['records'])
    const sessionBytes = Number(session['bytes'])
    const parts = Math.ceil(Math.max(sessionRecords / pageRecordsMax, sessionBytes / pageBytesMax))
    if (
      small.length > 0 &&
      (records + sessionRecords > pageRecordsMax || bytes + sessionBytes > pageBytesMax)
    ) {
      yield condition()
      small = []
      records = 0
      bytes = 0
    }
    if (parts <= 1) {
      small.push(String(session['session']))
      records += sessionRecords
      bytes += sessionBytes
      continue
    }
    const step = Math.ceil((Number(session['last']) + 1) / parts)
    for (let from = 0; from <= Number(session['last']); from += step)
      yield `session = ${literal(String(session['session']))} AND seq >= ${from} AND seq < ${from + step}`
  }
  if (small.length > 0) yield condition()
}

type Page = { records: DecodedRecord[]; tenants: Map<string, string> }

async function readPage({ write }: Store, condition: string): Promise<Page> {
  const rows = await selectRows(
    write,
    `SELECT tenant, base64Encode(bytes) AS encoded, lower(hex(leaf_hash)) AS leaf, toUnixTimestamp(stored) AS stored_seconds
     FROM records WHERE ${condition} ORDER BY UUIDv7ToDateTime(session, 'UTC'), session, seq`,
  )
  const tenants = new Map<string, string>()
  const records = rows.map((row): DecodedRecord => {
    const record = decodeRecord(Buffer.from(String(row['encoded']), 'base64'))
    const { writer, position } = record.header
    tenants.set(writer, String(row['tenant']))
    return {
      ...record,
      leaf: Buffer.from(String(row['leaf']), 'hex'),
      decoded: decodeBody({ writer, position, bytes: record.bytes }, record, noFindings()),
      storedSeconds: Number(row['stored_seconds']),
    }
  })
  return { records, tenants }
}

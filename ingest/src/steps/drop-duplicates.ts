/**
 * Step 4 of 7. From check-chain.ts, to load-state.ts. A session's records come in the order of `seq`, and each counts once:
 * what is above everything that is stored of its session goes on; for the rest the store is asked, by key and leaf hash:
 * the same again is dropped, other bytes for a place that is taken are kept out, and what is not there came late.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import type { DecodedRecord, Findings } from '../batch.ts'
import { BoundedCache } from '../fold/bounded-cache.ts'
import { inSessions, literal, selectRows } from '../store/store.ts'

/** How far `records` holds a session, or will when the batches in hand are stored. */
type SessionSeqs = {
  next: number
  /** Below `next`, and not there. */
  missing: number
}

export type Seen = {
  seqs: BoundedCache<string, SessionSeqs>
  /** Of the batch that is being inserted: the store may not show it yet. */
  inHand: readonly DecodedRecord[]
}

const sessionsKeptMax = 200_000
const sessionsPerQuery = 2_000
const rangesPerQuery = 500
/** Seqs that nobody asked for between two that are asked for, in one range. */
const rangeHoleMax = 100

export function nothingSeen(): Seen {
  return { seqs: new BoundedCache(sessionsKeptMax), inHand: [] }
}

/**
 * The version of rows that this record changes. They are functions of the session's records up to it, so what knows more
 * of these must win: of a later record, and of the same record where fewer are missing before it.
 */
export function rowVersionOf(seq: number, missing: number): number {
  return (seq + 1) * 2 - missing
}

/** What the store knows of sessions that memory doesn't. */
export async function loadSeqs(
  client: ClickHouseClient,
  records: readonly DecodedRecord[],
  { seqs }: Seen,
): Promise<void> {
  const unknown = new Set<string>()
  for (const { header } of records)
    if (!unknown.has(header.session) && seqs.get(header.session) === undefined)
      unknown.add(header.session)
  for (const sessions of slices([...unknown], sessionsPerQuery)) {
    const rows = await selectRows(
      client,
      `SELECT session, max(seq) + 1 AS next, next - count() AS missing FROM records
       WHERE ${inSessions(sessions)} GROUP BY session`,
    )
    for (const { session, next, missing } of rows)
      seqs.set(String(session), { next: Number(next), missing: Number(missing) })
    for (const session of sessions)
      if (!seqs.has(session)) seqs.set(session, { next: 0, missing: 0 })
  }
}

/** Records that go on are put into `fresh`, with their version; those below what is known into `again`. Pure. */
export function sortBySeq(
  records: readonly DecodedRecord[],
  { seqs }: Seen,
  fresh: DecodedRecord[],
  again: DecodedRecord[],
  findings: Findings,
): void {
  for (const record of records) {
    const { session, seq } = record.header
    const known = seqs.get(session)!
    if (seq < known.next) {
      again.push(record)
      continue
    }
    if (seq > known.next) {
      known.missing += seq - known.next
      findings.seqsMissing += seq - known.next
    }
    known.next = seq + 1
    record.rowVersion = rowVersionOf(seq, known.missing)
    fresh.push(record)
  }
}

/**
 * Returns those of `again` that came late: the store does not have them. What is `redriven` counts as late too where it is
 * stored: it could not be interpreted then.
 */
export async function dropDuplicates(
  client: ClickHouseClient,
  again: readonly DecodedRecord[],
  fresh: readonly DecodedRecord[],
  seen: Seen,
  findings: Findings,
  { redriven = false }: { redriven?: boolean } = {},
): Promise<DecodedRecord[]> {
  if (again.length === 0) return []
  const stored = await loadLeaves(client, again)
  const sessions = new Set(again.map(({ header }) => header.session))
  for (const record of [...seen.inHand, ...fresh])
    if (sessions.has(record.header.session)) stored.set(keyOf(record), leafText(record))
  const late: DecodedRecord[] = []
  for (const record of again) {
    const leaf = stored.get(keyOf(record))
    if (leaf === undefined || (redriven && leaf === leafText(record))) {
      late.push(record)
      stored.set(keyOf(record), leafText(record))
    } else if (leaf === leafText(record)) countDuplicate(record, findings)
    else refuse(record, findings)
  }
  findings.late += late.length
  return late
}

function countDuplicate({ header }: DecodedRecord, { duplicates }: Findings): void {
  const { writer, position } = header
  const counted = duplicates.get(writer)
  if (counted === undefined) {
    duplicates.set(writer, { fromPosition: position, toPosition: position, count: 1 })
    return
  }
  counted.fromPosition = Math.min(counted.fromPosition, position)
  counted.toPosition = Math.max(counted.toPosition, position)
  counted.count++
}

/** The first record for a place stays; the second is kept aside and named. */
function refuse(record: DecodedRecord, findings: Findings): void {
  const { writer, position, session, seq } = record.header
  findings.gaps.push({
    writer,
    fromPosition: position,
    toPosition: position,
    reason: 'duplicate_differs',
  })
  findings.deadLetters.push({
    writer,
    position,
    reason: 'duplicate_differs',
    message: `${session}:${seq} is stored already, with other bytes`,
    bytes: record.bytes,
  })
}

/** Leaf hashes in the store, by key, of the ranges of seqs that these records are in. */
async function loadLeaves(
  client: ClickHouseClient,
  records: readonly DecodedRecord[],
): Promise<Map<string, string>> {
  const leaves = new Map<string, string>()
  for (const slice of slices(rangesOf(records), rangesPerQuery)) {
    const sessions = new Set(slice.map(({ session }) => session))
    const either = slice.map(
      ({ session, from, to }) =>
        `(session = ${literal(session)} AND seq >= ${from} AND seq <= ${to})`,
    )
    const rows = await selectRows(
      client,
      `SELECT session, seq, lower(hex(leaf_hash)) AS leaf FROM records
       WHERE ${inSessions(sessions)} AND (${either.join(' OR ')})`,
    )
    for (const { session, seq, leaf } of rows)
      leaves.set(`${String(session)}:${String(seq)}`, String(leaf))
  }
  return leaves
}

type Range = { session: string; from: number; to: number }

function rangesOf(records: readonly DecodedRecord[]): Range[] {
  const seqsOf = new Map<string, number[]>()
  for (const { header } of records) {
    const seqs = seqsOf.get(header.session)
    if (seqs === undefined) seqsOf.set(header.session, [header.seq])
    else seqs.push(header.seq)
  }
  const ranges: Range[] = []
  for (const [session, seqs] of seqsOf) {
    let range: Range | undefined
    for (const seq of seqs.sort((a, b) => a - b)) {
      if (range !== undefined && seq - range.to <= rangeHoleMax) range.to = seq
      else ranges.push((range = { session, from: seq, to: seq }))
    }
  }
  return ranges
}

function keyOf({ header }: DecodedRecord): string {
  return `${header.session}:${header.seq}`
}

function leafText({ leaf }: DecodedRecord): string {
  return Buffer.from(leaf.buffer, leaf.byteOffset, leaf.length).toString('hex')
}

function* slices<Item>(items: readonly Item[], length: number): Generator<Item[]> {
  for (let at = 0; at < items.length; at += length) yield items.slice(at, at + length)
}

/**
 * Step 4 of 7. From check-chain.ts, to load-state.ts. Drops records that are in `records` already (a batch that was read
 * again after a crash), and keeps out a second, different record for a place that is taken. Pure.
 */
import type { DecodedRecord, Findings } from '../batch.ts'
import type { BoundedCache } from '../fold/bounded-cache.ts'

export type Seen = {
  /** Per writer, leaf hashes by position of records that were stored after the committed position. */
  stored: Map<string, Map<number, string>>
  /** Per writer, the next position: what is below was handled by this process. */
  nextPositions: Map<string, number>
  /** Per session, the next seq of records in the store. */
  nextSeqs: BoundedCache<string, number>
}

export function dropDuplicates(
  records: readonly DecodedRecord[],
  seen: Seen,
  findings: Findings,
): DecodedRecord[] {
  return records.filter((record) => isNew(record, seen, findings))
}

function isNew(record: DecodedRecord, seen: Seen, findings: Findings): boolean {
  const { writer, position, session, seq } = record.header
  const nextPosition = seen.nextPositions.get(writer) ?? 0
  if (position < nextPosition) {
    findings.duplicates++
    return false
  }
  seen.nextPositions.set(writer, position + 1)
  const stored = seen.stored.get(writer)
  const storedLeaf = stored?.get(position)
  if (storedLeaf !== undefined) {
    stored?.delete(position)
    findings.duplicates++
    if (storedLeaf !== leafText(record)) refuse(record, findings)
    return false
  }
  const nextSeq = seen.nextSeqs.get(session) ?? 0
  if (seq < nextSeq) {
    refuse(record, findings)
    return false
  }
  seen.nextSeqs.set(session, seq + 1)
  return true
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

export function leafText(record: DecodedRecord): string {
  return Buffer.from(record.leaf).toString('hex')
}

/** Verifies journals where they lie: bytes, chain and signatures, and that no writer ends before what is known of it. */
import type { GapReason, Damage } from '../reader/batch.ts'
import { listWriters } from '../list-writers.ts'
import { readPosition } from '../positions.ts'
import { readJournal } from '../reader/read-journal.ts'
import { RecordVerifier, type VerifyOptions } from './record-verifier.ts'
import type { VerifyFailure, VerifyFailureKind, VerifyReport } from './report.ts'

export type VerifyJournalOptions = VerifyOptions & {
  /** Where ingest keeps its positions: what it took over must still be there, or have been removed from the front. */
  positionsDirectory?: string
  /** Only this writer. */
  writer?: string
}

/**
 * Re-derives every leaf hash, head and signature of a journal directory. A live writer's records since its last heartbeat
 * are checked for density only: `signedThrough` says how far signatures go.
 */
export async function verifyJournal(
  directory: string,
  options: VerifyJournalOptions,
): Promise<VerifyReport> {
  const expected = new Map(options.expectedLastPositions)
  const raise = (writer: string, position: number): void => {
    expected.set(writer, Math.max(position, expected.get(writer) ?? -1))
  }
  const takenOver = async (writer: string): Promise<number> => {
    if (options.positionsDirectory === undefined) return 0
    return (await readPosition(options.positionsDirectory, writer))?.nextPosition ?? 0
  }
  const writers = (await listWriters(directory)).filter(
    ({ writer }) => options.writer === undefined || options.writer === writer,
  )
  for (const { writer, finished } of writers) {
    if (finished !== undefined) raise(writer, finished.lastPosition)
    raise(writer, (await takenOver(writer)) - 1)
  }
  const verifier = new RecordVerifier({ ...options, expectedLastPositions: expected })
  for (const { writer } of writers) {
    let isFirst = true
    for await (const batch of readJournal(directory, { writer })) {
      // Asked after the first record was found: what is gone from before it had been taken over by then.
      if (isFirst && batch.firstPosition > 0)
        reportMissingFront(verifier, writer, batch.firstPosition, await takenOver(writer))
      isFirst = false
      addBatch(verifier, batch.records, batch.damage, writer)
    }
  }
  return verifier.finish()
}

function addBatch(
  verifier: RecordVerifier,
  records: readonly Uint8Array[],
  damage: readonly Damage[],
  writer: string,
): void {
  // Missing positions are seen again by the verifier itself, in order; only damage without any is told from here.
  for (const found of damage) {
    if (found.toPosition >= found.fromPosition && found.reason !== 'duplicate_differs') continue
    verifier.skip(asFailure(found), 0)
  }
  for (const bytes of records) verifier.add({ writer, bytes })
}

function asFailure(damage: Damage): VerifyFailure {
  const kinds: Partial<Record<GapReason, VerifyFailureKind>> = {
    duplicate_differs: 'record_misplaced',
  }
  return {
    kind: kinds[damage.reason] ?? 'journal_damaged',
    writer: damage.writer,
    position: damage.fromPosition,
    reason: `segment ${damage.segment}, byte ${damage.offset}: ${damage.reason}`,
  }
}

/** Segments may be gone from the front only as far as ingest has taken them over. */
function reportMissingFront(
  verifier: RecordVerifier,
  writer: string,
  firstPosition: number,
  takenOver: number,
): void {
  if (takenOver >= firstPosition) return
  verifier.skip(
    {
      kind: 'records_missing',
      writer,
      position: 0,
      toPosition: firstPosition - 1,
      reason: `positions 0 to ${firstPosition - 1} are gone, and nothing has taken them over`,
    },
    0,
  )
}

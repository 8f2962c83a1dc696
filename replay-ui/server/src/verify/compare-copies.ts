/**
 * Journal against store, one writer: both in order of position, merged. Each copy names the session and seq of what the
 * other one lacks, so an edit of either is found with the other untouched.
 */
import { leafHashInFrame, readJournal } from '@gatetrail/eventlog'
import { decodeRecord, type RecordHeader } from '@gatetrail/schemas'
import { verifyFailuresMax } from '../limits.ts'
import type { Failure } from './failure.ts'
import type { StoreRecord } from './store-records.ts'

type Copies = {
  writer: string
  journalDirectory: string
  records: AsyncGenerator<StoreRecord[], void, void>
  /** All before this is in the store. */
  committed: number
  /** Whether the journal of this writer is there at all. */
  journalPresent: boolean
  fail(failure: Failure): void
  onRecord(header: RecordHeader): void
}

export async function compareCopies(copies: Copies): Promise<void> {
  const { writer, fail, committed } = copies
  const store = new Cursor(copies.records)
  await store.next()
  let first = true
  if (copies.journalPresent) {
    for await (const batch of readJournal(copies.journalDirectory, { writer })) {
      for (const bytes of batch.records) {
        const { header } = decodeRecord(bytes)
        const { position } = header
        copies.onRecord(header)
        for (const record of await store.takeBefore(position)) {
          // What was removed from the front of the journal is in the store alone: that is the rule of removal.
          if (!first) fail(missingInJournal(writer, record))
        }
        first = false
        const record = store.at(position)
        if (record === undefined) {
          if (position < committed) fail(missingInStore(header))
          continue
        }
        if (!leafHashInFrame(bytes).equals(record.leafHash)) fail(differ(header, record))
        // A second row of the same position is a duplicate under another key: verify-trail.ts names it.
        await store.takeBefore(position + 1)
      }
    }
  }
  if (first) return
  // Only what ingest had taken over when we began: a live writer's journal and the store go on meanwhile.
  for (const record of await store.takeBefore(committed)) fail(missingInJournal(writer, record))
}

/** Store records in order, one of them in hand. */
class Cursor {
  readonly #batches: AsyncGenerator<StoreRecord[], void, void>
  #batch: StoreRecord[] = []
  #index = 0

  constructor(batches: AsyncGenerator<StoreRecord[], void, void>) {
    this.#batches = batches
  }

  at(position: number): StoreRecord | undefined {
    const record = this.#batch[this.#index]
    return record?.position === position ? record : undefined
  }

  async next(): Promise<void> {
    this.#index++
    if (this.#index < this.#batch.length) return
    const read = await this.#batches.next()
    this.#batch = read.done === true ? [] : read.value
    this.#index = 0
  }

  /** Passes over all before this position and gives them, at most `verifyFailuresMax`. */
  async takeBefore(position: number): Promise<StoreRecord[]> {
    const taken: StoreRecord[] = []
    for (;;) {
      const record = this.#batch[this.#index]
      if (record === undefined || record.position >= position) return taken
      if (taken.length < verifyFailuresMax) taken.push(record)
      await this.next()
    }
  }
}

function missingInStore(header: RecordHeader): Failure {
  const { writer, position, session, seq } = header
  return {
    where: 'store',
    kind: 'missing_in_store',
    writer,
    position,
    session,
    seq,
    ...(header.kind !== undefined && { recordKind: header.kind }),
    reason:
      'the journal has this record and ingest had stored it; the store does not have it any more',
  }
}

function missingInJournal(writer: string, record: StoreRecord): Failure {
  const { position, session, seq, kind } = record
  return {
    where: 'journal',
    kind: 'missing_in_journal',
    writer,
    position,
    session,
    seq,
    recordKind: kind,
    reason: 'the store has this record; the journal does not have it any more',
  }
}

function differ(header: RecordHeader, record: StoreRecord): Failure {
  return {
    where: 'store',
    kind: 'copies_differ',
    writer: header.writer,
    position: header.position,
    session: record.session,
    seq: record.seq,
    recordKind: record.kind,
    reason: 'the leaf hash in the store is not that of the record in the journal',
  }
}

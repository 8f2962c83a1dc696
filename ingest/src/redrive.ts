/**
 * Takes dead letters again, as if they had just come: records that an older release could not read, or that the store
 * refused. What cannot be read even now is a new dead letter.
 */
import type { DeadLetterReason } from '@gatetrail/schemas'
import type { DeadLetter, ReadBatch } from './batch.ts'
import { literal, selectRows, type Store } from './store/store.ts'
import { RowBuffer } from './store/table.ts'
import { redrivenLettersTable } from './tables/records.ts'

export type RedriveOptions = {
  /** Left out: all but those that differ from what is stored, which no release will take. */
  reason?: DeadLetterReason
}

export type RedriveProgress = {
  /** Letters that were taken again. */
  taken: number
  /** Of these, letters that are dead again. */
  returned: number
}

export type StoredLetter = DeadLetter & { tenant: string; timeMicros: number }

export type RedriveTarget = {
  store: Store
  nowMs: () => number
  /** Resolves when they are in the store, or dead again. */
  take(letters: readonly StoredLetter[]): Promise<void>
}

const lettersPerBatch = 1_000

/** @throws GatetrailError STORE_UNAVAILABLE: begun anew, it takes what was not taken. */
export async function redrive(
  { store, nowMs, take }: RedriveTarget,
  options: RedriveOptions,
  onProgress: (progress: RedriveProgress) => void,
): Promise<RedriveProgress> {
  const progress: RedriveProgress = { taken: 0, returned: 0 }
  const beforeMicros = nowMs() * 1000
  for (;;) {
    const letters = await openLetters(store, options, beforeMicros)
    if (letters.length === 0) return progress
    await take(letters)
    await markTaken(store, letters) // Behind it: what was not taken is still there for the next redrive.
    progress.taken += letters.length
    progress.returned += await countReturned(store, letters, beforeMicros)
    onProgress({ ...progress })
  }
}

/** As a batch of the pipeline; `commit` is called when it is stored. */
export function batchOfLetters(letters: readonly StoredLetter[], commit: () => void): ReadBatch {
  return {
    records: letters.map(({ writer, position, bytes }) => ({ writer, position, bytes })),
    gaps: [],
    malformed: [],
    redriven: true,
    commit: () => Promise.resolve(commit()),
  }
}

/** Those that were there when the redrive began: what comes back is not taken twice. */
async function openLetters(
  store: Store,
  { reason }: RedriveOptions,
  beforeMicros: number,
): Promise<StoredLetter[]> {
  const wanted =
    reason === undefined ? `reason != 'duplicate_differs'` : `reason = ${literal(reason)}`
  const rows = await selectRows(
    store.write,
    `SELECT tenant, writer, position, reason, message, base64Encode(bytes) AS encoded, toUnixTimestamp64Micro(time) AS micros
     FROM dead_letters WHERE open AND ${wanted} AND micros <= ${beforeMicros}
     ORDER BY writer, position LIMIT ${lettersPerBatch}`,
  )
  return rows.map((row) => ({
    tenant: String(row['tenant']),
    writer: String(row['writer']),
    position: Number(row['position']),
    reason: String(row['reason']) as DeadLetterReason,
    message: String(row['message']),
    bytes: Buffer.from(String(row['encoded']), 'base64'),
    timeMicros: Number(row['micros']),
  }))
}

async function markTaken(store: Store, letters: readonly StoredLetter[]): Promise<void> {
  const rows = new RowBuffer(redrivenLettersTable)
  for (const { tenant, writer, position, reason, timeMicros } of letters)
    rows.add({ tenant, writer, position, reason, time: timeMicros, row_version: timeMicros })
  await store.insert(rows)
}

async function countReturned(
  store: Store,
  letters: readonly StoredLetter[],
  sinceMicros: number,
): Promise<number> {
  const [row] = await selectRows(
    store.write,
    `SELECT uniqExact(writer, position) AS returned FROM dead_letters
     WHERE open AND toUnixTimestamp64Micro(time) > ${sinceMicros} AND ${inPlaces(letters)}`,
  )
  return Number(row?.['returned'] ?? 0)
}

/** A condition on `writer` and `position`. */
export function inPlaces(letters: readonly StoredLetter[]): string {
  const places = letters.map(({ writer, position }) => `(${literal(writer)}, ${position})`)
  return `(toString(writer), position) IN (${places.join(', ')})`
}

/**
 * Takes dead letters again, as if they had just come: records that an older release could not read, or that the store
 * refused. Each letter is on record as redriven first; what cannot be read even now is a new dead letter.
 */
import type { DeadLetter, DeadLetterReason, ReadBatch } from './batch.ts'
import { tenants, untilAnswered, type Pipeline } from './pipeline.ts'
import { literal, selectRows } from './store/store.ts'
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

const lettersPerBatch = 1_000

export async function redrive(
  pipeline: Pipeline,
  options: RedriveOptions,
  onProgress: (progress: RedriveProgress) => void,
  /** Puts a batch before those of the source; `commit` is called when it is stored. */
  inject: (read: ReadBatch) => void,
): Promise<RedriveProgress> {
  const progress: RedriveProgress = { taken: 0, returned: 0 }
  const beforeMicros = pipeline.nowMs() * 1000
  for (;;) {
    const letters = await openLetters(pipeline, options, beforeMicros)
    if (letters.length === 0) return progress
    await markTaken(pipeline, letters)
    await stored(letters, inject)
    progress.taken += letters.length
    progress.returned += await countReturned(pipeline, letters, beforeMicros)
    onProgress({ ...progress })
  }
}

/** Those that were there when the redrive began: what comes back is not taken twice. */
async function openLetters(
  { store }: Pipeline,
  { reason }: RedriveOptions,
  beforeMicros: number,
): Promise<DeadLetter[]> {
  const wanted =
    reason === undefined ? `reason != 'duplicate_differs'` : `reason = ${literal(reason)}`
  const rows = await selectRows(
    store.write,
    `SELECT writer, position, reason, message, base64Encode(bytes) AS encoded FROM dead_letters
     WHERE open AND ${wanted} AND toUnixTimestamp64Micro(time) <= ${beforeMicros}
     ORDER BY writer, position LIMIT ${lettersPerBatch}`,
  )
  return rows.map((row) => ({
    writer: String(row['writer']),
    position: Number(row['position']),
    reason: String(row['reason']) as DeadLetterReason,
    message: String(row['message']),
    bytes: Buffer.from(String(row['encoded']), 'base64'),
  }))
}

async function markTaken(pipeline: Pipeline, letters: readonly DeadLetter[]): Promise<void> {
  const rows = new RowBuffer(redrivenLettersTable)
  const tenantOf = tenants(pipeline)
  const nowMicros = pipeline.nowMs() * 1000
  for (const { writer, position, reason } of letters)
    rows.add({
      tenant: tenantOf(writer),
      writer,
      position,
      reason,
      time: nowMicros,
      row_version: nowMicros,
    })
  await untilAnswered(pipeline, () => pipeline.store.insert(rows))
}

function stored(letters: readonly DeadLetter[], inject: (read: ReadBatch) => void): Promise<void> {
  return new Promise((resolve) => {
    inject({
      records: letters.map(({ writer, position, bytes }) => ({ writer, position, bytes })),
      gaps: [],
      malformed: [],
      redriven: true,
      commit: () => Promise.resolve(resolve()),
    })
  })
}

async function countReturned(
  { store }: Pipeline,
  letters: readonly DeadLetter[],
  sinceMicros: number,
): Promise<number> {
  const places = letters.map(({ writer, position }) => `(${literal(writer)}, ${position})`)
  const [row] = await selectRows(
    store.write,
    `SELECT uniqExact(writer, position) AS returned FROM dead_letters
     WHERE open AND toUnixTimestamp64Micro(time) > ${sinceMicros} AND (toString(writer), position) IN (${places.join(', ')})`,
  )
  return Number(row?.['returned'] ?? 0)
}

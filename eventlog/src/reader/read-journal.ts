/** Reads what lies in a journal directory now, once, without positions of its own: for verify and for tools. */
import path from 'node:path'
import { listWriterNames } from '../list-writers.ts'
import type { JournalBatch } from './batch.ts'
import { WriterFollower } from './writer-follower.ts'

export type ReadJournalOptions = {
  /** Only this writer; left out: all, oldest first, one after the other. */
  writer?: string
  /** Only records from this position on. */
  fromPosition?: number
  batchBytesMax?: number
}

/**
 * Batches of records in order of position, with what was unreadable between them. Ends at what is there; a record that is
 * just being written is left out. What was removed before the first segment is not reported as damage.
 */
export async function* readJournal(
  directory: string,
  options: ReadJournalOptions = {},
): AsyncGenerator<JournalBatch, void, void> {
  const writers = options.writer === undefined ? await listWriterNames(directory) : [options.writer]
  const fromPosition = options.fromPosition ?? 0
  for (const writer of writers) {
    const follower = new WriterFollower({
      directory: path.join(directory, writer),
      writer,
      from: { nextPosition: 0, segment: 0, offset: 0 },
      live: false,
      startAnywhere: true,
      ...(options.batchBytesMax === undefined ? {} : { batchBytesMax: options.batchBytesMax }),
    })
    try {
      for (;;) {
        const batch = await follower.readBatch()
        if (batch === undefined) break
        const wanted = from(batch, fromPosition)
        if (wanted !== undefined) yield wanted
      }
    } finally {
      await follower.close()
    }
  }
}

function from(batch: JournalBatch, fromPosition: number): JournalBatch | undefined {
  if (batch.firstPosition >= fromPosition) return batch
  if (batch.lastPosition < fromPosition) return undefined
  // Positions of a batch may jump over damage: count from the end.
  const wanted = batch.lastPosition - fromPosition + 1
  const records = batch.records.length <= wanted ? batch.records : batch.records.slice(-wanted)
  const damage = batch.damage.filter(({ toPosition }) => toPosition >= fromPosition)
  return { ...batch, records, damage, firstPosition: Math.max(batch.firstPosition, fromPosition) }
}

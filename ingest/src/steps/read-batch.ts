/**
 * Step 1 of 7. To decode-records.ts. Collects what all writers have written since the cursors into one batch: at once when
 * there is much, after `lingerMs` when there is little, so that a quiet system makes few small parts.
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { openJournalReader, type JournalBatch, type JournalReader } from '@gatetrail/eventlog'
import { limits } from '@gatetrail/schemas'
import type { Logger } from 'pino'
import type { Gap, ReadBatch, ReadRecord } from '../batch.ts'

/** Where records come from: the journals of this machine, or Kafka (read-log.ts). */
export type RecordSource = {
  /**
   * The next batch; undefined if there is nothing within `waitMs`. Every record of a session in the order of `seq`; of
   * journals, every record of a writer in the order of positions.
   */
  next(waitMs: number): Promise<ReadBatch | undefined>
  lag(): { lagBytes: number; lagMessages: number; lagMs: number }
  /** Whether all that this source has to give has been handed out. */
  caughtUp(): boolean
  close(): Promise<void>
}

export type JournalSourceOptions = {
  /** `dataDir/journal` */
  directory: string
  /** `dataDir/ingest`: where the cursors are. */
  positionsDirectory: string
  keepHours: number
  log: Logger
}

const lingerMs = 250
const lagMeasureMs = 1_000

/** @throws GatetrailError DIRECTORY_IN_USE if another ingest follows these journals. */
export async function openJournalSource(options: JournalSourceOptions): Promise<RecordSource> {
  const { directory, positionsDirectory, keepHours, log } = options
  const reader = await openJournalReader({ directory, positionsDirectory, keepHours, log })
  return new JournalSource(reader, directory)
}

class JournalSource implements RecordSource {
  readonly #reader: JournalReader
  readonly #directory: string
  readonly #lagTimer: NodeJS.Timeout
  #lagBytes = 0
  /** When the oldest record of each batch was written that was handed out and not committed, ms since 1970. */
  readonly #inHand: number[] = []

  constructor(reader: JournalReader, directory: string) {
    this.#reader = reader
    this.#directory = directory
    this.#lagTimer = setInterval(() => void this.#measureLag(), lagMeasureMs)
    this.#lagTimer.unref()
  }

  async next(waitMs: number): Promise<ReadBatch | undefined> {
    const first = await this.#reader.next(waitMs)
    if (first === undefined) return undefined
    const deadline = performance.now() + (waitMs === 0 ? 0 : lingerMs)
    const batches = [first]
    let records = first.records.length
    let bytes = bytesOf(first)
    while (records < limits.ingest.batchRecordsMax && bytes < limits.ingest.batchBytesMax) {
      const more = await this.#reader.next(Math.max(0, deadline - performance.now()))
      if (more === undefined) break
      batches.push(more)
      records += more.records.length
      bytes += bytesOf(more)
    }
    return this.#merge(batches)
  }

  lag(): ReturnType<RecordSource['lag']> {
    const oldestMs = this.#inHand[0]
    if (oldestMs === undefined && this.#reader.caughtUp)
      return { lagBytes: 0, lagMessages: 0, lagMs: 0 }
    const lagMs = Math.max(0, Date.now() - (oldestMs ?? Date.now()))
    return { lagBytes: this.#lagBytes, lagMessages: 0, lagMs }
  }

  caughtUp(): boolean {
    return true // `next` looked at every journal before it gave nothing.
  }

  async close(): Promise<void> {
    clearInterval(this.#lagTimer)
    await this.#reader.close()
  }

  #merge(batches: readonly JournalBatch[]): ReadBatch {
    const records: ReadRecord[] = []
    const gaps: Gap[] = []
    const lastOfWriter = new Map<string, JournalBatch>()
    for (const batch of batches) {
      for (const bytes of batch.records)
        records.push({ writer: batch.writer, position: positionOf(bytes), bytes })
      for (const { writer, fromPosition, toPosition, segment, reason } of batch.damage)
        gaps.push({ writer, fromPosition, toPosition, segment: String(segment), reason })
      lastOfWriter.set(batch.writer, batch)
    }
    this.#inHand.push(oldestMsOf(batches))
    const commit = async () => {
      for (const batch of lastOfWriter.values()) await this.#reader.commit(batch)
      this.#inHand.shift()
      for (const batch of batches) this.#reader.release(batch)
    }
    return { records, gaps, malformed: [], commit }
  }

  /** Bytes in segments behind the committed positions. */
  async #measureLag(): Promise<void> {
    let bytes = 0
    for (const [writer, { segment, offset }] of this.#reader.positions()) {
      const directory = join(this.#directory, writer)
      for (const name of await readdir(directory).catch(() => [])) {
        const number = Number.parseInt(name, 10)
        if (!name.endsWith('.segment') || number < segment) continue
        const size = await stat(join(directory, name)).then(
          (file) => file.size,
          () => 0, // Removed meanwhile: taken over.
        )
        bytes += number === segment ? Math.max(0, size - offset) : size
      }
    }
    this.#lagBytes = bytes
  }
}

function bytesOf({ records }: JournalBatch): number {
  return records.reduce((sum, record) => sum + record.length, 0)
}

/** Records of a writer are in the order of time, but for steps of its clock. */
function oldestMsOf(batches: readonly JournalBatch[]): number {
  const times = batches.flatMap(({ records }) =>
    records[0] === undefined ? [] : [timeMsOf(records[0])],
  )
  return Math.min(Date.now(), ...times)
}

/** From the header (schemas/src/record.ts): positions between damage are not consecutive. */
function positionOf(bytes: Uint8Array): number {
  return uint64At(bytes, 40)
}

function timeMsOf(bytes: Uint8Array): number {
  return uint64At(bytes, 48) / 1000
}

function uint64At(bytes: Uint8Array, at: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4)
}

/**
 * Step 1 of 7, from Kafka. To decode-records.ts. Collects what the partitions of this member hold into one batch, as
 * read-batch.ts does of journals. Kafka out of reach is no reason to stop: nothing comes until it is back.
 */
import { isGatetrailError, limits } from '@gatetrail/schemas'
import type { ConsumedBatch, GroupProgress, RecordConsumer } from '@gatetrail/eventlog'
import type { Logger } from 'pino'
import type { DeadLetter, ReadBatch, ReadRecord } from '../batch.ts'
import type { RecordSource } from './read-batch.ts'

const lingerMs = 250
/** Behind it in `position` of a dead letter without a record stands the offset, before it the partition. */
const offsetsPerPartition = 2 ** 40
const noWriter = '00000000-0000-0000-0000-000000000000'

export type LogSourceParts = {
  consumer: RecordConsumer
  progress: Pick<GroupProgress, 'close'>
}

/** Closes both parts with itself. */
export function openLogSource(parts: LogSourceParts, log: Logger): RecordSource {
  return new LogSource(parts, log)
}

class LogSource implements RecordSource {
  readonly #consumer: RecordConsumer
  readonly #progress: Pick<GroupProgress, 'close'>
  readonly #log: Logger
  /** Set when partitions came or went, until the next batch tells. */
  #assigned: readonly number[] | undefined
  /** Taken from the consumer under an assignment that came while another batch was being collected. */
  #heldBack: ConsumedBatch | undefined
  readonly #inHand: number[] = []

  constructor({ consumer, progress }: LogSourceParts, log: Logger) {
    this.#consumer = consumer
    this.#progress = progress
    this.#log = log
    consumer.onAssignment((partitions) => (this.#assigned = [...partitions]))
  }

  async next(waitMs: number): Promise<ReadBatch | undefined> {
    const first = this.#heldBack ?? (await this.#consumer.next(waitMs))
    this.#heldBack = undefined
    const assigned = this.#assigned
    this.#assigned = undefined
    if (first === undefined) {
      // Partitions that went, or in which nothing comes: what is known of their writers must be forgotten all the same.
      return assigned === undefined ? undefined : this.#merge([], assigned)
    }
    const batches = [first]
    const deadline = performance.now() + (waitMs === 0 ? 0 : lingerMs)
    let { records, bytes } = sizeOf(first)
    while (records < limits.ingest.batchRecordsMax && bytes < limits.ingest.batchBytesMax) {
      const more = await this.#consumer.next(Math.max(0, deadline - performance.now()))
      if (more === undefined) break
      if (this.#assigned !== undefined) {
        this.#heldBack = more // Of the new assignment: memory is forgotten before it.
        break
      }
      batches.push(more)
      records += sizeOf(more).records
      bytes += sizeOf(more).bytes
    }
    return this.#merge(batches, assigned)
  }

  lag(): ReturnType<RecordSource['lag']> {
    const { messages, ms } = this.#consumer.lag()
    const oldestMs = this.#inHand[0]
    const inHandMs = oldestMs === undefined ? 0 : Math.max(0, Date.now() - oldestMs)
    return { lagBytes: 0, lagMessages: messages, lagMs: Math.max(ms, inHandMs) }
  }

  caughtUp(): boolean {
    return this.#consumer.lag().messages === 0
  }

  async close(): Promise<void> {
    await this.#consumer.close()
    await this.#progress.close()
  }

  #merge(batches: readonly ConsumedBatch[], assigned: readonly number[] | undefined): ReadBatch {
    const records: ReadRecord[] = []
    const malformed: DeadLetter[] = []
    let oldestMs = Date.now()
    for (const batch of batches) {
      for (const { writer, position, bytes, partition } of batch.records)
        records.push({ writer, position, bytes, partition })
      for (const { bytes, partition, offset, message } of batch.malformed)
        malformed.push({
          writer: noWriter,
          position: partition * offsetsPerPartition + Number(offset),
          reason: 'message_malformed',
          message: `partition ${partition}, offset ${offset}: ${message}`,
          bytes,
        })
      oldestMs = Math.min(oldestMs, batch.oldestMs)
    }
    this.#inHand.push(oldestMs)
    const commit = async () => {
      for (const batch of batches) await this.#commit(batch)
      this.#inHand.shift()
    }
    return { records, malformed, gaps: [], commit, ...(assigned !== undefined && { assigned }) }
  }

  /** What is not committed is read again by whoever has the partition then, and counted once. */
  async #commit(batch: ConsumedBatch): Promise<void> {
    try {
      await batch.commit()
    } catch (error) {
      if (!isGatetrailError(error) || error.code !== 'KAFKA_UNAVAILABLE') throw error
      this.#log.warn({ error: error.message }, 'offsets could not be committed: they will be later')
    }
  }
}

function sizeOf({ records, malformed }: ConsumedBatch): { records: number; bytes: number } {
  const sum = (total: number, { bytes }: { bytes: Uint8Array }) => total + bytes.length
  return {
    records: records.length + malformed.length,
    bytes: records.reduce(sum, malformed.reduce(sum, 0)),
  }
}

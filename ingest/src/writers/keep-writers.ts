import type { DecodedRecord, ReadRecord } from '../batch.ts'
import type { RowBuffers } from '../tables/buffers.ts'
export type WriterKeeper = {
  assign(partitions: readonly number[]): Promise<void>
  take(
    fresh: readonly DecodedRecord[],
    read: readonly ReadRecord[],
    rows: RowBuffers,
  ): Promise<void>
  start(): void
  positions(): Record<string, number>
  checksPending(): number
  writersMissed(): number
  close(): Promise<void>
}

/**
 * Blocks that journals are read into, used again: memory of megabytes that is allocated for each read keeps the collector busy and
 * has to be given pages by the kernel each time. Only for a reader who says when it is done with a batch.
 */
import { limits } from '@gatetrail/schemas'
import { frameBytesMax } from '../frame.ts'

/** As long as what a reader holds at once; a whole frame fits. */
const blockBytes = Math.max(frameBytesMax, limits.journal.batchBytesMax)
/** For less a block of its own is made: what a quiet writer has written since the last look. */
const recycledBytesMin = 256 * 1024
/** Of two batches of ingest. */
const blocksKeptMax = 8

export class ReadBlocks {
  readonly #free: Buffer[] = []

  /** At least `bytes` long. */
  take(bytes: number): Buffer {
    if (bytes < recycledBytesMin || bytes > blockBytes) return Buffer.allocUnsafeSlow(bytes)
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(blockBytes)
  }

  /** Nobody looks at what lies in it any more. */
  give(block: Buffer): void {
    if (block.length !== blockBytes || this.#free.includes(block)) return
    if (this.#free.length < blocksKeptMax) this.#free.push(block)
  }

  /** There is nothing to read: the memory is of more use elsewhere. */
  clear(): void {
    this.#free.length = 0
  }
}

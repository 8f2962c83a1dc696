/**
 * The memory that rows are written to, in blocks that all tables share and use again: to grow one buffer per table would copy its rows
 * each time, and what is let go makes V8 collect all of the heap.
 */
export const blockBytes = 256 * 1024
/** 64 MiB: what the rows of two batches take. */
const freeBlocksMax = 256

const free: Buffer[] = []

export function takeBlock(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(blockBytes)
}

/** Nobody looks at what lies in them any more. */
export function giveBlocks(blocks: readonly Buffer[]): void {
  for (const block of blocks) {
    if (free.length >= freeBlocksMax) return
    free.push(block)
  }
}

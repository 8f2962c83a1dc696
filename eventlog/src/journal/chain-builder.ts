/**
 * The chain of one writer (schemas/src/chain.ts), computed behind the hot path: leaf hashes in slices where the records
 * lie, the link over them incrementally, so that a heartbeat only has to finish it.
 */
import { createHash, hash, type Hash } from 'node:crypto'
import { emptyHead, hashBytes } from '@gatetrail/schemas'
import { frameHeaderBytes } from '../frame.ts'
import type { RecordBuffer } from './record-buffer.ts'

const leavesMax = 1024
const linkPrefix = Uint8Array.of(1)

export type Link = {
  fromPosition: number
  toPosition: number
  previousHead: Buffer
  head: Buffer
}

export class ChainBuilder {
  #previousHead: Buffer = Buffer.from(emptyHead)
  #link: Hash = beginLink(emptyHead)
  readonly #leaves = Buffer.allocUnsafeSlow(leavesMax * hashBytes)
  #leafCount = 0
  #fromPosition = 0
  #nextPosition = 0

  /** Hashes records of `buffer` up to `limit`, at most about `bytesMax` bytes of them, in order. */
  hash(buffer: RecordBuffer, limit: number, bytesMax: number): void {
    let at = buffer.hashed
    const stop = Math.min(limit, at + bytesMax)
    while (at < stop) {
      const start = at + frameHeaderBytes
      const end = start + buffer.view.getUint32(at)
      // As a string of bytes: the only form in which Node 20 returns a digest without making an object for it.
      const leaf = hash('sha256', buffer.bytes.subarray(start, end), 'binary')
      this.#leaves.write(leaf, this.#leafCount * hashBytes, 'latin1')
      if (++this.#leafCount === leavesMax) this.#drainLeaves()
      this.#nextPosition++
      at = end
    }
    buffer.hashed = at
  }

  /** Closes the link over everything hashed since the last one and begins the next. */
  seal(): Link {
    this.#drainLeaves()
    const link: Link = {
      fromPosition: this.#fromPosition,
      toPosition: this.#nextPosition - 1,
      previousHead: this.#previousHead,
      head: this.#link.digest(),
    }
    this.#previousHead = link.head
    this.#link = beginLink(link.head)
    this.#fromPosition = this.#nextPosition
    return link
  }

  #drainLeaves(): void {
    if (this.#leafCount === 0) return
    this.#link.update(this.#leaves.subarray(0, this.#leafCount * hashBytes))
    this.#leafCount = 0
  }
}

function beginLink(previousHead: Uint8Array): Hash {
  return createHash('sha256').update(linkPrefix).update(previousHead)
}

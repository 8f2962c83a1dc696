/**
 * What waits to be written to one socket until it is on record. Ranges of the buffers that it came in, merged where they
 * touch, so that a piece of input that passes as a whole is written as one buffer, not copied.
 */
import type { Duplex } from 'node:stream'

/** Larger frames are not moved together with what stands before them. */
const moveBytesMax = 8 * 1024

export class Outbox {
  readonly #socket: Duplex
  readonly #buffers: Buffer[] = []
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  /** Ranges per sealed batch, oldest first. */
  readonly #batches: number[] = []
  #sealed = 0
  /** Not written yet. */
  pendingBytes = 0

  constructor(socket: Duplex) {
    this.#socket = socket
  }

  /** Pending, and waiting in the socket. */
  get waitingBytes(): number {
    return this.pendingBytes + this.#socket.writableLength
  }

  /**
   * Takes `start` to `end` of `buffer`, which must not be changed by others any more. Returns where these bytes begin now, to stay there
   * until they are written.
   */
  add(buffer: Buffer, start: number, end: number): number {
    this.pendingBytes += end - start
    const last = this.#buffers.length - 1
    if (last >= this.#sealed && this.#buffers[last] === buffer) {
      const lastEnd = this.#ends[last]!
      if (lastEnd === start) {
        this.#ends[last] = end
        return start
      }
      if (lastEnd < start && end - start <= moveBytesMax) {
        buffer.copyWithin(lastEnd, start, end)
        this.#ends[last] = lastEnd + end - start
        return lastEnd
      }
    }
    this.#buffers.push(buffer)
    this.#starts.push(start)
    this.#ends.push(end)
    return start
  }

  /** Closes a batch: `release` will write it. False if nothing was added since the last one. */
  seal(): boolean {
    const count = this.#buffers.length - this.#sealed
    if (count === 0) return false
    this.#sealed += count
    this.#batches.push(count)
    return true
  }

  /** Writes the oldest sealed batch. */
  release(): void {
    const count = this.#batches.shift()
    if (count === undefined) return
    const socket = this.#socket
    const writable = socket.writable
    if (count > 1 && writable) socket.cork()
    for (let index = 0; index < count; index++) {
      const buffer = this.#buffers[index]!
      const start = this.#starts[index]!
      const end = this.#ends[index]!
      this.pendingBytes -= end - start
      if (!writable) continue
      socket.write(start === 0 && end === buffer.length ? buffer : buffer.subarray(start, end))
    }
    if (count > 1 && writable) socket.uncork()
    this.#sealed -= count
    if (count === 1 && this.#buffers.length === 1) {
      this.#buffers.pop()
      this.#starts.pop()
      this.#ends.pop()
    } else {
      this.#buffers.splice(0, count)
      this.#starts.splice(0, count)
      this.#ends.splice(0, count)
    }
  }

  /** Forgets what was not written. */
  clear(): void {
    this.#buffers.length = 0
    this.#starts.length = 0
    this.#ends.length = 0
    this.#batches.length = 0
    this.#sealed = 0
    this.pendingBytes = 0
  }
}

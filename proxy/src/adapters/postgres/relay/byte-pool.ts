/** A budget of bytes that the sessions of this process share, for frames that are too large for a session's own. */
import { limits } from '@gatetrail/schemas'

export class BytePool {
  #free: number

  constructor(bytesMax: number) {
    this.#free = bytesMax
  }

  tryAcquire(bytes: number): boolean {
    if (bytes > this.#free) return false
    this.#free -= bytes
    return true
  }

  release(bytes: number): void {
    this.#free += bytes
  }
}

export const inspectedFrames = new BytePool(limits.session.inspectedFramePoolBytesMax)

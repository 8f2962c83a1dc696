/** What one leg of a session holds of the bytes that all sessions share (byte-pool.ts): taken before a large frame is put together. */
import { inspectedFrames } from './byte-pool.ts'

export class FramePool {
  /** Of complete frames, given back when all is forwarded. */
  #taken = 0
  /** For a frame that is not complete. */
  #assembling = 0

  /** Takes the bytes of a frame that will be put together; false: there are not enough. */
  tryAssemble(totalLength: number): boolean {
    if (!inspectedFrames.tryAcquire(totalLength)) return false
    this.#assembling = totalLength
    return true
  }

  /** A frame is complete; if bytes were taken for it, they are given back when it is forwarded. */
  assembled(): void {
    if (this.#assembling === 0) return
    this.#taken += this.#assembling
    this.#assembling = 0
  }

  /** All that this leg took in is forwarded. */
  forwarded(): void {
    if (this.#taken === 0) return
    inspectedFrames.release(this.#taken)
    this.#taken = 0
  }

  /** The session ends: nothing of the pool stays taken. */
  release(): void {
    inspectedFrames.release(this.#taken + this.#assembling)
    this.#taken = 0
    this.#assembling = 0
  }
}

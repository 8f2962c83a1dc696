/**
 * The bytes of a stream that are still needed, in one piece: those that are held back, and some before them, for context. Places are
 * counted from the begin of the stream. Grows with what is held, which is bounded (finding-stream.ts).
 */
const bytesAtFirst = 2048

export class StreamWindow {
  bytes: Uint8Array = new Uint8Array(bytesAtFirst)
  /** Place of `bytes[0]`. */
  base = 0
  /** Place behind the last byte. */
  end = 0

  /** `needed`: nothing before this place is looked at any more. */
  append(chunk: Uint8Array, needed: number): void {
    const used = this.end - this.base
    if (used + chunk.length > this.bytes.length) {
      const kept = this.bytes.subarray(needed - this.base, used)
      const length = kept.length + chunk.length
      // At most half full then: moved bytes are paid for by as many new ones.
      if (2 * length > this.bytes.length) {
        const larger = new Uint8Array(2 * length)
        larger.set(kept)
        this.bytes = larger
      } else this.bytes.copyWithin(0, needed - this.base, used)
      this.base = needed
    }
    this.bytes.set(chunk, this.end - this.base)
    this.end += chunk.length
  }
}

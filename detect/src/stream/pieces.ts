/** The chunks of a stream that have not gone on yet, as the caller gave them: what nothing was found in goes on uncopied. */
import type { Span } from '../ruleset.ts'

/** What stands in place of a finding; `undefined`: it is shown as it is. `bytes` is a copy of its own. */
export type MaskFinding = (bytes: Uint8Array, span: Span) => Uint8Array | undefined

/** A stretch that is masked. */
export type Hidden = {
  readonly start: number
  readonly end: number
  readonly mask: (bytes: Uint8Array) => Uint8Array | undefined
}

export class Pieces {
  #chunks: Uint8Array[] = []
  /** Chunks of `#chunks` that have gone on. */
  #gone = 0
  /** Place of the first byte of the first chunk. */
  #at = 0

  push(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#chunks.push(chunk)
  }

  /** The bytes up to `to`; `hidden` lie among them, in order. */
  take(to: number, hidden: readonly Hidden[]): Uint8Array[] {
    const out: Uint8Array[] = []
    for (const { start, end, mask } of hidden) {
      this.#moveTo(start, out)
      const original: Uint8Array[] = []
      this.#moveTo(end, original)
      const masked = mask(copyOf(original, end - start))
      if (masked === undefined) out.push(...original)
      else if (masked.length > 0) out.push(masked)
    }
    this.#moveTo(to, out)
    return out
  }

  #moveTo(place: number, out: Uint8Array[]): void {
    while (this.#at < place) {
      const chunk = this.#chunks[this.#gone]!
      const wanted = place - this.#at
      if (wanted >= chunk.length) {
        out.push(chunk)
        this.#at += chunk.length
        this.#gone++
      } else {
        out.push(chunk.subarray(0, wanted))
        this.#chunks[this.#gone] = chunk.subarray(wanted)
        this.#at = place
      }
    }
    if (2 * this.#gone > this.#chunks.length) {
      this.#chunks = this.#chunks.slice(this.#gone)
      this.#gone = 0
    }
  }
}

function copyOf(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

/**
 * Masks findings within JSON so that it stays JSON: characters of a string become `*`, an escape with all that belongs to
 * it; a number becomes 0, filled up with blanks. It can go on in the next piece of a long value. Pure.
 */
import { maskWhole, type Span } from '@gatetrail/detect'

const quote = 0x22
const backslash = 0x5c
const asterisk = 0x2a
const letterU = 0x75
const zero = 0x30
const blank = 0x20
const minus = 0x2d
const plus = 0x2b
const dot = 0x2e

export class JsonFindings {
  /** Within a string, where the next piece begins. */
  #inString = false

  /** Masks the spans, which are in order, between `start` and `end`. A string may be open at both. */
  mask(bytes: Uint8Array, start: number, end: number, spans: readonly Span[]): void {
    let next = 0
    let at = start
    while (at < end) {
      while (next < spans.length && spans[next]!.end <= at) next++
      const tokenEnd = this.#tokenEnd(bytes, at, end)
      const found = next < spans.length && spans[next]!.start < tokenEnd
      if (found) this.#maskToken(bytes, at, tokenEnd, spans[next]!)
      if (bytes[at] === quote) this.#inString = !this.#inString
      at = tokenEnd
    }
  }

  /** Where the escape, the number or else the byte at `at` ends. */
  #tokenEnd(bytes: Uint8Array, at: number, end: number): number {
    const byte = bytes[at]!
    if (this.#inString) {
      if (byte !== backslash) return at + 1
      return Math.min(end, at + (bytes[at + 1] === letterU ? 6 : 2))
    }
    let to = at
    while (to < end && isOfNumber(bytes[to]!)) to++
    return Math.max(to, at + 1)
  }

  #maskToken(bytes: Uint8Array, start: number, end: number, span: Span): void {
    if (bytes[start] === quote) return
    if (!this.#inString && isOfNumber(bytes[start]!)) {
      bytes.fill(blank, start, end)
      bytes[start] = zero
    } else if (bytes[start] === backslash) bytes.fill(asterisk, start, end)
    // Outside of strings only where this is no JSON: of COPY the escapes are doubled.
    else if (start >= span.start) maskWhole(bytes, start, end)
  }
}

function isOfNumber(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    byte === minus ||
    byte === plus ||
    byte === dot ||
    byte === 0x65 ||
    byte === 0x45
  )
}

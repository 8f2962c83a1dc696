/**
 * Masks findings within JSON so that it stays JSON: in a string by the style of the entity, an escape with all that belongs to
 * it by `*`; a number becomes a number, filled up with blanks. It can go on in the next piece of a long value. Pure.
 */
import { maskWhole, nullMask, sameLength, type Masking, type Span } from '@gatetrail/detect'
import { isPlainNumber } from './masks/styled-numbers.ts'

const quote = 0x22
const backslash = 0x5c
const asterisk = 0x2a
const letterU = 0x75
const zero = 0x30
const blank = 0x20
const minus = 0x2d
const plus = 0x2b
const dot = 0x2e
const colon = 0x3a
const nullWord = [0x6e, 0x75, 0x6c, 0x6c]

export class JsonFindings {
  readonly #masking: Masking
  /** Within a string, where the next piece begins. */
  #inString = false
  /** Where the string begins that is open; -1: in a piece before. */
  #stringStart = -1
  /** Of an escape that is cut, how many of its bytes were in the pieces before. */
  #escapeBytes = 0

  constructor(masking: Masking = sameLength) {
    this.#masking = masking
  }

  /** Masks the spans, which are in order, between `start` and `end`. A string may be open at both. */
  mask(bytes: Uint8Array, start: number, end: number, spans: readonly Span[]): void {
    let next = 0
    let at = Math.min(end, start + this.#escapeLeft(bytes, start, end))
    while (at < end) {
      while (next < spans.length && spans[next]!.end <= at) next++
      const span = spans[next]
      if (this.#inString && span?.start === at && span.end <= end && isPlain(bytes, span)) {
        if (at === this.#stringStart && span.end < end && bytes[span.end] === quote) {
          // It may be shorter now: then blanks follow up to where it ended.
          this.#maskString(bytes, span, end)
          this.#inString = false
          at = span.end + 1
        } else {
          this.#masking.of(span.entity).inText(bytes, span.start, span.end)
          at = span.end
        }
        continue
      }
      const tokenEnd = this.#tokenEnd(bytes, at, end)
      if (span !== undefined && span.start < tokenEnd) this.#maskToken(bytes, at, tokenEnd, span)
      if (bytes[at] === quote) {
        this.#inString = !this.#inString
        this.#stringStart = tokenEnd
      }
      at = tokenEnd
    }
    this.#stringStart = -1
  }

  /** Where the escape, the number or else the byte at `at` ends. */
  #tokenEnd(bytes: Uint8Array, at: number, end: number): number {
    const byte = bytes[at]!
    if (this.#inString) {
      if (byte !== backslash) return at + 1
      const tokenEnd = at + (at + 1 < end && bytes[at + 1] === letterU ? 6 : 2)
      if (tokenEnd > end) this.#escapeBytes = end - at
      return Math.min(end, tokenEnd)
    }
    let to = at
    while (to < end && isOfNumber(bytes[to]!)) to++
    return Math.max(to, at + 1)
  }

  /** How much of this piece belongs to the escape that was cut before it. No finding is cut, so none is in it. */
  #escapeLeft(bytes: Uint8Array, start: number, end: number): number {
    const before = this.#escapeBytes
    if (before === 0 || start === end) return 0
    const left = before > 1 || bytes[start] === letterU ? 6 - before : 1
    this.#escapeBytes = left > end - start ? before + end - start : 0
    return left
  }

  #maskToken(bytes: Uint8Array, start: number, end: number, span: Span): void {
    if (bytes[start] === quote) return
    if (!this.#inString && isOfNumber(bytes[start]!)) this.#maskNumber(bytes, start, end, span)
    else if (bytes[start] === backslash) bytes.fill(asterisk, start, end)
    // Outside of strings only where this is no JSON: of COPY the escapes are doubled.
    else if (start >= span.start) maskWhole(bytes, start, end)
  }

  /** A value that is nothing but the finding: what stands there instead may be shorter, blanks follow. */
  #maskString(bytes: Uint8Array, span: Span, end: number): void {
    const { start, end: stringEnd } = span
    const mask = this.#masking.of(span.entity)
    const maskedEnd = isKey(bytes, stringEnd + 1, end) ? undefined : mask.whole(bytes, start, stringEnd) // prettier-ignore
    if (maskedEnd === undefined) mask.inText(bytes, start, stringEnd)
    else if (maskedEnd !== nullMask) {
      bytes[maskedEnd] = quote
      bytes.fill(blank, maskedEnd + 1, stringEnd + 1)
    } else writeNull(bytes, start - 1, stringEnd + 1)
  }

  #maskNumber(bytes: Uint8Array, start: number, end: number, { entity }: Span): void {
    const mask = this.#masking.of(entity)
    if (mask.style === 'null' && end - start >= nullWord.length) {
      writeNull(bytes, start, end)
      return
    }
    const first = bytes[start] === minus ? start + 1 : start
    const maskedEnd = isPlainNumber(bytes, start, end)
      ? mask.formed('number', bytes, first, end)
      : undefined
    if (maskedEnd === undefined) {
      bytes.fill(blank, start, end)
      bytes[start] = zero
    } else bytes.fill(blank, maskedEnd, end)
  }
}

/** `null`, and blanks up to the end. */
function writeNull(bytes: Uint8Array, start: number, end: number): void {
  bytes.fill(blank, start, end)
  bytes.set(nullWord, start)
}

/** Without escapes and quotes: what stands there is what is meant. */
function isPlain(bytes: Uint8Array, { start, end }: Span): boolean {
  for (let at = start; at < end; at++) {
    if (bytes[at] === backslash || bytes[at] === quote) return false
  }
  return true
}

/** Behind it a colon follows, or it can't be seen what does. */
function isKey(bytes: Uint8Array, at: number, end: number): boolean {
  while (at < end && bytes[at]! <= blank) at++
  return at >= end || bytes[at] === colon
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

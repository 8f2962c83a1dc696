/**
 * Where a byte of a text stands: its line, and its offset in Unicode code points. Counted along as the text comes. What is no UTF-8
 * counts as whoever reads the text with replacement characters sees it: one for each longest begin of a character (Unicode,
 * section 3.9, as browsers and Python do), so that in a file of another encoding too offsets are of use.
 */
const newline = 0x0a
const [continuationMin, continuationMax] = [0x80, 0xbf]

export class TextPosition {
  /** From 1. */
  line = 1
  /** Code points before. */
  offset = 0
  /** Bytes that the character may still have, and the range of the next one. */
  #wanted = 0
  #min = continuationMin
  #max = continuationMax

  /** Goes over `bytes` from `from` to `to`. */
  advance(bytes: Uint8Array, from: number, to: number): void {
    let { line, offset } = this
    for (let at = from; at < to; at++) {
      const byte = bytes[at]!
      if (byte < 0x80) {
        this.#wanted = 0
        offset++
        if (byte === newline) line++
      } else if (this.#begins(byte)) offset++
    }
    this.line = line
    this.offset = offset
  }

  /** Whether a character, or what is replaced by one, begins with this byte, which is no ASCII. */
  #begins(byte: number): boolean {
    const isNext = this.#wanted > 0 && byte >= this.#min && byte <= this.#max
    if (isNext) this.#wanted--
    else this.#wanted = byte < 0xc2 || byte > 0xf4 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
    // No longer form than needed, no surrogates, nothing beyond U+10FFFF: table 3-7.
    this.#min = isNext ? continuationMin : byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : continuationMin // prettier-ignore
    this.#max = isNext ? continuationMax : byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : continuationMax // prettier-ignore
    return !isNext
  }
}

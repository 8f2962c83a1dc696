/**
 * Where a byte of a text stands: its line, and its offset in Unicode code points. Counted along as the text comes. In UTF-8 every
 * byte but the continuation bytes (10xxxxxx) begins a code point; bytes that are no UTF-8 are counted by the same rule, so
 * that no input fails.
 */
const newline = 0x0a

export class TextPosition {
  /** From 1. */
  line = 1
  /** Code points before. */
  offset = 0

  /** Goes over `bytes` from `from` to `to`. */
  advance(bytes: Uint8Array, from: number, to: number): void {
    let { line, offset } = this
    for (let at = from; at < to; at++) {
      const byte = bytes[at]!
      if ((byte & 0xc0) !== 0x80) offset++
      if (byte === newline) line++
    }
    this.line = line
    this.offset = offset
  }
}

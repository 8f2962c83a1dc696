/** Fields of CSV as COPY writes it, found wherever the stream is cut: quotes hide delimiters and line ends. Pure. */
import type { CopyFieldTarget } from '@gatetrail/protocols'

const newline = 0x0a

export class CopyCsvFields {
  readonly #delimiter: number
  readonly #quote: number
  readonly #escape: number
  #column = 0
  #quoted = false
  /** Within quotes, behind an escape that is no quote: the next byte belongs to the value. */
  #escaped = false
  #open = false
  rows = 0

  constructor(delimiter: number, quote: number, escape: number) {
    this.#delimiter = delimiter
    this.#quote = quote
    this.#escape = escape
  }

  each(bytes: Uint8Array, start: number, end: number, field: CopyFieldTarget): void {
    let fieldStart = start
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!
      if (this.#escaped) this.#escaped = false
      else if (this.#quoted && byte === this.#escape && byte !== this.#quote) this.#escaped = true
      // A doubled quote ends the quotes and begins them again.
      else if (byte === this.#quote) this.#quoted = !this.#quoted
      else if (!this.#quoted && (byte === this.#delimiter || byte === newline)) {
        field(this.#column, fieldStart, at, !this.#open, true)
        this.#open = false
        fieldStart = at + 1
        if (byte === newline) {
          this.#column = 0
          this.rows++
        } else this.#column++
      }
    }
    if (fieldStart < end) {
      field(this.#column, fieldStart, end, !this.#open, false)
      this.#open = true
    }
  }
}

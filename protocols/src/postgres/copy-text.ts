/**
 * Fields of COPY text, found wherever the stream is cut: a delimiter ends a field, a newline ends a row, and a backslash
 * takes the byte after it into the field. PostgreSQL documentation, "COPY", "Text Format". Pure.
 */

const newline = 0x0a
const backslash = 0x5c
export const copyTab = 0x09

/** Called for each piece of a field that lies in the pushed bytes. `first`: it begins here; `last`: it ends here. */
export type CopyFieldTarget = (
  column: number,
  start: number,
  end: number,
  first: boolean,
  last: boolean,
) => void

export class CopyTextFields {
  readonly #delimiter: number
  #column = 0
  #escaped = false
  /** Inside a field whose beginning lay in earlier bytes. */
  #open = false
  /** Rows ended so far. */
  rows = 0

  constructor(delimiter: number = copyTab) {
    this.#delimiter = delimiter
  }

  each(bytes: Uint8Array, start: number, end: number, field: CopyFieldTarget): void {
    const delimiter = this.#delimiter
    let fieldStart = start
    let escaped = this.#escaped
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!
      if (escaped) {
        escaped = false
      } else if (byte === backslash) {
        escaped = true
      } else if (byte === delimiter || byte === newline) {
        field(this.#column, fieldStart, at, !this.#open, true)
        this.#open = false
        fieldStart = at + 1
        if (byte === newline) {
          this.#column = 0
          this.rows++
        } else {
          this.#column++
        }
      }
    }
    this.#escaped = escaped
    if (fieldStart < end) {
      field(this.#column, fieldStart, end, !this.#open, false)
      this.#open = true
    }
  }
}

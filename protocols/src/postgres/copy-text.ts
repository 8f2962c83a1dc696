/**
 * Fields of COPY text, found wherever the stream is cut: a delimiter ends a field, a newline ends a row, and a backslash
 * takes the byte after it into the field. PostgreSQL documentation, "COPY", "Text Format". Pure.
 */

const newline = 0x0a
const backslash = 0x5c
export const copyTab = 0x09

/**
 * Called for each piece of a field that lies in the pushed bytes. `first`: it begins here; `last`: it ends here. `escapes`: there is a
 * backslash in this piece; only text says so.
 */
export type CopyFieldTarget = (
  column: number,
  start: number,
  end: number,
  first: boolean,
  last: boolean,
  escapes?: boolean,
) => void

export class CopyTextFields {
  /** By byte: 1 where it ends a field or escapes. */
  readonly #marks = new Uint8Array(256)
  #column = 0
  #escaped = false
  /** Inside a field whose beginning lay in earlier bytes. */
  #open = false
  /** Rows ended so far. */
  rows = 0

  constructor(delimiter: number = copyTab) {
    for (const byte of [delimiter, newline, backslash]) this.#marks[byte] = 1
  }

  each(bytes: Uint8Array, start: number, end: number, field: CopyFieldTarget): void {
    let column = this.#column
    let isOpen = this.#open
    let fieldStart = start
    let escapes = false
    let at = start
    if (this.#escaped && at < end) {
      this.#escaped = false
      at++
    }
    for (;;) {
      at = this.#nextMark(bytes, at, end)
      if (at >= end) break
      const byte = bytes[at]!
      if (byte === backslash) {
        escapes = true
        // The byte behind it is the field's, and may be still to come.
        if (++at === end) this.#escaped = true
        at++
        continue
      }
      field(column, fieldStart, at, !isOpen, true, escapes)
      isOpen = false
      if (byte === newline) {
        column = 0
        this.rows++
      } else column++
      fieldStart = ++at
      escapes = false
    }
    if (fieldStart < end) {
      field(column, fieldStart, end, !isOpen, false, escapes)
      isOpen = true
    }
    this.#column = column
    this.#open = isOpen
  }

  /** Where the next byte is that ends a field or escapes; four at once: these are most of what a COPY costs. */
  #nextMark(bytes: Uint8Array, start: number, end: number): number {
    const marks = this.#marks
    let at = start
    const last = end - 4
    while (
      at <= last &&
      (marks[bytes[at]!]! |
        marks[bytes[at + 1]!]! |
        marks[bytes[at + 2]!]! |
        marks[bytes[at + 3]!]!) ===
        0
    )
      at += 4
    while (at < end && marks[bytes[at]!] === 0) at++
    return at
  }
}

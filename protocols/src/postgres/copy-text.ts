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

const markOf = { none: 0, end: 1, escape: 2 } as const

export class CopyTextFields {
  /** By byte: {@link markOf}. */
  readonly #marks = new Uint8Array(256)
  #column = 0
  #escaped = false
  /** Inside a field whose beginning lay in earlier bytes. */
  #open = false
  /** Rows ended so far. */
  rows = 0

  constructor(delimiter: number = copyTab) {
    this.#marks[delimiter] = markOf.end
    this.#marks[newline] = markOf.end
    this.#marks[backslash] = markOf.escape
  }

  each(bytes: Uint8Array, start: number, end: number, field: CopyFieldTarget): void {
    const marks = this.#marks
    let fieldStart = start
    let escapes = false
    let at = start
    if (this.#escaped && at < end) {
      this.#escaped = false
      at++
    }
    while (at < end) {
      const mark = marks[bytes[at]!]!
      if (mark === markOf.end) {
        field(this.#column, fieldStart, at, !this.#open, true, escapes)
        this.#open = false
        if (bytes[at] === newline) {
          this.#column = 0
          this.rows++
        } else this.#column++
        fieldStart = at + 1
        escapes = false
      } else if (mark === markOf.escape) {
        escapes = true
        // The byte behind it is the field's, and may be still to come.
        if (++at === end) this.#escaped = true
      }
      at++
    }
    if (fieldStart < end) {
      field(this.#column, fieldStart, end, !this.#open, false, escapes)
      this.#open = true
    }
  }
}

/**
 * Fields of COPY's binary format, found wherever the stream is cut: 11 bytes of signature, i32 flags, i32 length of an
 * extension and the extension; per row i16 fields, per field i32 length (-1: NULL) and bytes; i16 -1 at the end. Pure.
 */
import { readInt32, readUint16, type CopyFieldTarget } from '@gatetrail/protocols'

const signatureAndFlagsBytes = 15

type Step = 'header' | 'extension_length' | 'extension' | 'count' | 'length' | 'value' | 'end'

export class CopyBinaryFields {
  rows = 0
  /** Fields of the row at hand. */
  fieldCount = 0
  #step: Step = 'header'
  /** Bytes of this step that are still to come. */
  #rest = signatureAndFlagsBytes
  #number = 0
  #column = 0
  #first = true

  /** Whether from `start` to `end` lies one row, neither more nor less. */
  isRow(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#isBetweenRows && start < end && wholeRowEnd(bytes, start, end) === end
  }

  get #isBetweenRows(): boolean {
    return this.#step === 'count' && this.#rest === 2
  }

  each(bytes: Uint8Array, start: number, end: number, field: CopyFieldTarget): void {
    let at = start
    while (at < end) {
      if (this.#isBetweenRows) {
        const rowEnd = wholeRowEnd(bytes, at, end)
        if (rowEnd > at) {
          this.#wholeRow(bytes, at, field)
          at = rowEnd
          continue
        }
      }
      const count = Math.min(this.#rest, end - at)
      switch (this.#step) {
        case 'header':
        case 'extension':
          break
        case 'value':
          field(this.#column, at, at + count, this.#first, count === this.#rest)
          this.#first = false
          break
        case 'end':
          return
        default:
          for (let index = at; index < at + count; index++) {
            this.#number = (this.#number << 8) | bytes[index]!
          }
      }
      at += count
      this.#rest -= count
      if (this.#rest === 0) this.#next()
    }
  }

  /** Mostly a message is a row. */
  #wholeRow(bytes: Uint8Array, start: number, field: CopyFieldTarget): void {
    const columns = readUint16(bytes, start)
    this.fieldCount = columns
    let at = start + 2
    for (let column = 0; column < columns; column++) {
      const first = at + 4
      const length = readInt32(bytes, at)
      at = first + Math.max(0, length)
      if (length > 0) field(column, first, at, true, true)
    }
    this.rows++
  }

  #next(): void {
    const number = this.#number
    this.#number = 0
    switch (this.#step) {
      case 'header':
        this.#begin('extension_length', 4)
        return
      case 'extension_length':
        if (number > 0) this.#begin('extension', number)
        else this.#begin('count', 2)
        return
      case 'extension':
        this.#begin('count', 2)
        return
      case 'count':
        this.#column = 0
        this.fieldCount = (number << 16) >> 16
        if (this.fieldCount < 0) this.#begin('end', Infinity)
        else if (this.fieldCount === 0) this.#endRow()
        else this.#begin('length', 4)
        return
      case 'length':
        this.#first = true
        if (number > 0) this.#begin('value', number)
        else this.#endField()
        return
      case 'value':
        this.#endField()
        return
      default:
    }
  }

  #endField(): void {
    if (++this.#column < this.fieldCount) this.#begin('length', 4)
    else this.#endRow()
  }

  #endRow(): void {
    this.rows++
    this.#begin('count', 2)
  }

  #begin(step: Step, rest: number): void {
    this.#step = step
    this.#rest = rest
  }
}

const columnsMax = 0x7fff
const nullLength = -1

/** Where the row at `start` ends; `start` if it is not there whole, or none: also where a length is neither one nor that of NULL. */
function wholeRowEnd(bytes: Uint8Array, start: number, end: number): number {
  if (start + 2 > end) return start
  const columns = readUint16(bytes, start)
  if (columns > columnsMax) return start
  let at = start + 2
  for (let column = 0; column < columns; column++) {
    if (at + 4 > end) return start
    const length = readInt32(bytes, at)
    if (length < nullLength) return start
    at += 4 + Math.max(0, length)
    if (at > end) return start
  }
  return at
}

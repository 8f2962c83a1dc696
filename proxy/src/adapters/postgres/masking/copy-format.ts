/**
 * The lines of a COPY, as its options say: where fields are, and how a value stands in one. PostgreSQL documentation,
 * "COPY", "File Formats". From copy-plan.ts, to copy-out-mask.ts and client-record.ts. Pure.
 */
import { CopyTextFields, type CopyFieldTarget } from '@gatetrail/protocols'
import type { CopyDescription } from '../facts/copy.ts'
import { CopyBinaryFields } from './copy-binary-fields.ts'
import { CopyCsvFields } from './copy-csv-fields.ts'
import {
  lettersOfEscapes,
  needsEscapes,
  noLetters,
  unescape,
  unquote,
  writeCsv,
  writeRaw,
  writeText,
} from './copy-written.ts'
import { nullValue, type ValueMask } from './masks/value-mask.ts'

export type CopyFormat = {
  readonly format: 'text' | 'csv' | 'binary'
  readonly delimiter: number
  readonly quote: number
  readonly escape: number
  readonly nullBytes: Uint8Array
  /** The first line names the columns. */
  readonly header: boolean
}

/** Finds fields wherever the stream is cut. */
export type CopyFields = {
  each(bytes: Uint8Array, start: number, end: number, field: CopyFieldTarget): void
  /** Rows ended so far. */
  readonly rows: number
}

const tab = 0x09
const comma = 0x2c
const quote = 0x22
const asterisk = 0x2a
const blank = 0x20
const encoder = new TextEncoder()

export function copyFormat(copy: CopyDescription | undefined, binary: boolean): CopyFormat {
  const format = binary ? 'binary' : copy?.format === 'csv' ? 'csv' : 'text'
  const isCsv = format === 'csv'
  const quoteByte = firstByte(copy?.quote, quote)
  return {
    format,
    delimiter: firstByte(copy?.delimiter, isCsv ? comma : tab),
    quote: quoteByte,
    escape: firstByte(copy?.escape, quoteByte),
    nullBytes: encoder.encode(copy?.nullText ?? (isCsv ? '' : '\\N')),
    header: copy?.header === true,
  }
}

function firstByte(text: string | undefined, otherwise: number): number {
  return text === undefined || text === '' ? otherwise : encoder.encode(text)[0]!
}

export function copyFields(format: CopyFormat): CopyFields {
  switch (format.format) {
    case 'binary':
      return new CopyBinaryFields()
    case 'csv':
      return new CopyCsvFields(format.delimiter, format.quote, format.escape)
    case 'text':
      return new CopyTextFields(format.delimiter)
    default:
      throw new Error('no such format')
  }
}

/** Guessing at values by NULL '…' shall tell nothing: what could be a value is one. */
const trustedNullBytesMax = 4

export function isNullField(
  format: CopyFormat,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  // There a NULL is a length, and has no field.
  if (format.format === 'binary') return false
  const { nullBytes } = format
  if (end - start !== nullBytes.length) return false
  if (format.format === 'text' && !isTrustedNull(nullBytes)) return false
  return nullBytes.every((byte, index) => bytes[start + index] === byte)
}

function isTrustedNull(nullBytes: Uint8Array): boolean {
  return (
    nullBytes.length <= trustedNullBytesMax &&
    nullBytes.every((byte) => !(byte >= 0x30 && byte <= 0x39))
  )
}

/** Of one field, while it is masked: almost every value fits. */
const scratch = new Uint8Array(4096)

/**
 * Masks a field of text or CSV that lies there whole, and writes it at `to`. `written`: see {@link isWritten}. Returns its new end, never
 * beyond `end`.
 */
export function maskField(
  format: CopyFormat,
  mask: ValueMask,
  bytes: Uint8Array,
  start: number,
  end: number,
  to: number,
  written: boolean,
): number {
  if (format.format === 'text' && !written) return maskPlain(format, mask, bytes, start, end, to)
  const value = end - start <= scratch.length ? scratch : new Uint8Array(end - start)
  const isCsv = format.format === 'csv'
  const quoted = isCsv && bytes[start] === format.quote
  const plainEnd = isCsv
    ? unquote(format, bytes, start, end, value)
    : unescape(bytes, start, end, value)
  const maskedEnd = plainEnd === 0 ? 0 : mask(value, 0, plainEnd)
  const newEnd =
    maskedEnd === nullValue
      ? writeRaw(format.nullBytes, bytes, to, end)
      : isCsv
        ? writeCsv(format, quoted, value.subarray(0, maskedEnd), bytes, to, end)
        : writeText(format, noLetters, value, maskedEnd, bytes, to, end)
  if (newEnd !== nullValue) return newEnd
  const length = end - start
  bytes.copyWithin(to, start, end)
  new PieceMask(format).mask(bytes, to, to + length, true)
  return to + length
}

/** A field of text without escapes is its value: it is masked where it shall stand. */
function maskPlain(
  format: CopyFormat,
  mask: ValueMask,
  bytes: Uint8Array,
  start: number,
  end: number,
  to: number,
): number {
  if (to !== start) bytes.copyWithin(to, start, end)
  const length = end - start
  const maskedEnd = mask(bytes, to, to + length)
  let newEnd: number
  if (maskedEnd === nullValue) newEnd = writeRaw(format.nullBytes, bytes, to, end)
  else if (!needsEscapes(format, bytes, to, maskedEnd)) return maskedEnd
  else {
    // A copy: `slice` of a Buffer is a view, and what is written is longer than what is read.
    const value = new Uint8Array(bytes.subarray(to, maskedEnd))
    newEnd = writeText(format, lettersOfEscapes, value, value.length, bytes, to, end)
  }
  if (newEnd !== nullValue) return newEnd
  bytes.fill(asterisk, to, to + length)
  return to + length
}

/**
 * Looks into a field that lies there whole, and in which the value stands otherwise than it is: between quotes, or with escapes.
 * `find` masks in the value, same length, and says whether it did; then the value is written again. Returns the new end, never
 * beyond `end`.
 */
export function findInField(
  format: CopyFormat,
  bytes: Uint8Array,
  start: number,
  end: number,
  find: (value: Uint8Array, valueEnd: number) => boolean,
): number {
  const value = end - start <= scratch.length ? scratch : new Uint8Array(end - start)
  const isCsv = format.format === 'csv'
  const valueEnd = isCsv
    ? unquote(format, bytes, start, end, value)
    : unescape(bytes, start, end, value)
  if (!find(value, valueEnd)) return end
  const written = isCsv
    ? writeCsv(format, true, value.subarray(0, valueEnd), bytes, start, end)
    : writeText(format, lettersOfEscapes, value, valueEnd, bytes, start, end)
  if (written !== nullValue) return written
  new PieceMask(format).mask(bytes, start, end, true)
  return end
}

/** Whether what stands in the field is not the value as it is. `escapes`: in text, it has a backslash. */
export function isWritten(
  { format, delimiter, quote: mark }: CopyFormat,
  bytes: Uint8Array,
  start: number,
  escapes: boolean,
): boolean {
  if (format === 'binary') return false
  // Masks of JSON have blanks.
  if (delimiter === blank) return true
  return format === 'csv' ? bytes[start] === mark : escapes
}

/** Where each byte of the value stands in its field, and where the field ends. */
export function placesInField(
  format: CopyFormat,
  bytes: Uint8Array,
  start: number,
  end: number,
): Int32Array {
  const places = new Int32Array(end - start + 1)
  const value = new Uint8Array(end - start)
  const valueEnd =
    format.format === 'csv'
      ? unquote(format, bytes, start, end, value, places)
      : unescape(bytes, start, end, value, places)
  places[valueEnd] = end
  return places
}

/** Masks fields of which only pieces are there, same length, so that lines stay lines. */
export class PieceMask {
  readonly #format: CopyFormat
  /** The last byte of the piece before was a quote that may be the first of two, or an escape. */
  #pending: 'quote' | 'escape' | undefined

  constructor(format: CopyFormat) {
    this.#format = format
  }

  mask(bytes: Uint8Array, start: number, end: number, first: boolean): void {
    switch (this.#format.format) {
      case 'binary':
        bytes.fill(0, start, end)
        return
      case 'csv':
        if (first) this.#pending = undefined
        this.#csv(bytes, start, end, first)
        return
      default:
        bytes.fill(asterisk, start, end)
    }
  }

  /** Quotes around a value stay; one within it goes with its escape, or stays with it where both were cut apart. */
  #csv(bytes: Uint8Array, start: number, end: number, first: boolean): void {
    const { quote: mark, escape } = this.#format
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!
      const pending = this.#pending
      this.#pending = undefined
      if (pending === 'quote' && byte === mark) continue
      if (first && at === start && byte === mark) continue
      if (pending === 'escape') bytes[at] = asterisk
      else if (byte === escape && escape !== mark) {
        bytes[at] = asterisk
        this.#pending = 'escape'
      } else if (byte !== mark) bytes[at] = asterisk
      else if (at + 1 === end) this.#pending = 'quote'
      else if (bytes[at + 1] === mark) {
        bytes[at++] = asterisk
        bytes[at] = asterisk
      }
    }
  }
}

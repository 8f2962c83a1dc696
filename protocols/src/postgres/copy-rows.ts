/**
 * The data of a COPY → its rows, however the stream was cut: text with its escapes, CSV with its quotes, binary with its
 * lengths. For replay: of a field only the beginning is kept, and what does not fit its format is shown as it came.
 * PostgreSQL documentation, "COPY", "File Formats". Used by session-transcript.ts. Pure.
 */
import type { CopyOptions } from './copy-options.ts'
import { CopyBinaryRows } from './copy-rows-binary.ts'
import { CopyField, fieldsMax, type CopyRowTarget } from './copy-field.ts'
import type { RecordedValue } from './session-messages.ts'

export type CopyRows = {
  /** `cut`: bytes that followed these in their message and are not on record. */
  push(bytes: Uint8Array, cut: number): void
  /** Nothing more comes: a row that was not ended is given as far as it is there. */
  end(): void
  /** Whether what comes next is the beginning of a row. */
  readonly betweenRows: boolean
}

export function copyRows(options: CopyOptions, target: CopyRowTarget): CopyRows {
  return options.format === 'binary' ? new CopyBinaryRows(target) : new CopyLines(options, target)
}

const newline = 0x0a
const carriageReturn = 0x0d
const backslash = 0x5c
const encoder = new TextEncoder()

class CopyLines implements CopyRows {
  readonly #csv: boolean
  readonly #delimiter: number
  readonly #quote: number
  readonly #escape: number
  readonly #nullBytes: Uint8Array
  readonly #target: CopyRowTarget
  readonly #field = new CopyField()
  #fields: RecordedValue[] = []
  /** Inside quotes; a byte that takes the next one with it came before. */
  #quoted = false
  #wasQuoted = false
  #escaped = false
  #began = false
  /** After bytes that are missing: up to the end of the line nothing can be read. */
  #lost = false

  constructor(options: CopyOptions, target: CopyRowTarget) {
    this.#csv = options.format === 'csv'
    this.#delimiter = encoder.encode(options.delimiter)[0] ?? 0x09
    this.#quote = encoder.encode(options.quote)[0] ?? 0x22
    this.#escape = encoder.encode(options.escape)[0] ?? this.#quote
    this.#nullBytes = encoder.encode(options.nullText)
    this.#target = target
  }

  get betweenRows(): boolean {
    return !this.#began
  }

  push(bytes: Uint8Array, cut: number): void {
    for (const byte of bytes) {
      if (this.#lost) this.#lost = byte !== newline
      else if (this.#csv) this.#csvByte(byte)
      else this.#textByte(byte)
    }
    if (cut === 0) return
    this.#field.miss(cut)
    this.#began = true
    this.#endRow()
    this.#lost = true
  }

  end(): void {
    if (this.#began) this.#endRow()
  }

  #textByte(byte: number): void {
    if (this.#escaped) {
      this.#escaped = false
      this.#field.add(byte)
    } else if (byte === newline) {
      this.#endRow()
      return
    } else if (byte === this.#delimiter) this.#endField()
    else {
      this.#escaped = byte === backslash
      this.#field.add(byte)
    }
    this.#began = true
  }

  #csvByte(byte: number): void {
    if (this.#escaped) {
      this.#escaped = false
      if (byte === this.#quote || byte === this.#escape) return this.#field.add(byte)
      // It was no escape but the closing quote, or a character like any other.
      if (this.#escape === this.#quote) this.#quoted = false
      else this.#field.add(this.#escape)
    }
    if (this.#quoted) {
      if (byte === this.#escape) this.#escaped = true
      else if (byte === this.#quote) this.#quoted = false
      else this.#field.add(byte)
      return
    }
    if (byte === newline) return this.#endRow()
    this.#began = true
    if (byte === this.#delimiter) this.#endField()
    else if (byte === this.#quote) {
      this.#quoted = true
      this.#wasQuoted = true
    } else this.#field.add(byte)
  }

  #endField(): void {
    const value = this.#field.take()
    const quoted = this.#wasQuoted
    this.#wasQuoted = false
    if (this.#fields.length >= fieldsMax) return
    const isNull = !quoted && value.cut === 0 && sameBytes(value.bytes, this.#nullBytes)
    if (isNull) this.#fields.push({ bytes: undefined, cut: 0 })
    else
      this.#fields.push(this.#csv ? value : { bytes: withoutEscapes(value.bytes), cut: value.cut })
  }

  #endRow(): void {
    this.#escaped = false
    this.#quoted = false
    if (!this.#wasQuoted) this.#field.dropLast(carriageReturn)
    const endMark = this.#fields.length === 0 && !this.#wasQuoted && this.#field.is('\\.')
    this.#endField()
    this.#began = false
    const fields = this.#fields
    this.#fields = []
    if (!endMark) this.#target(fields)
  }
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}

const controlLetters: ReadonlyMap<number, number> = new Map([
  [0x62, 0x08], [0x66, 0x0c], [0x6e, 0x0a], [0x72, 0x0d], [0x74, 0x09], [0x76, 0x0b],
]) // prettier-ignore

/** Backslash sequences of the text format; what is none of them is the character itself. */
function withoutEscapes(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(backslash)) return bytes
  const out = new Uint8Array(bytes.length)
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    const next = bytes[at + 1]
    if (byte !== backslash || next === undefined) {
      out[length++] = byte
      continue
    }
    const digits =
      next === 0x78
        ? digitsAt(bytes, at + 2, 2, /[0-9a-fA-F]/)
        : digitsAt(bytes, at + 1, 3, /[0-7]/)
    if (digits === '') {
      out[length++] = controlLetters.get(next) ?? next
      at++
    } else {
      out[length++] = parseInt(digits, next === 0x78 ? 16 : 8) & 0xff
      at += digits.length + (next === 0x78 ? 1 : 0)
    }
  }
  return out.subarray(0, length)
}

function digitsAt(bytes: Uint8Array, from: number, most: number, digit: RegExp): string {
  let digits = ''
  while (digits.length < most && from + digits.length < bytes.length) {
    const character = String.fromCharCode(bytes[from + digits.length]!)
    if (!digit.test(character)) break
    digits += character
  }
  return digits
}

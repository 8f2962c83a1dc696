/** How a value stands in a field of COPY: with escapes in text, between quotes in CSV. From copy-format.ts. Pure. */
import type { CopyFormat } from './copy-format.ts'
import { nullValue } from './masks/value-mask.ts'

const backslash = 0x5c
const newline = 0x0a
const carriageReturn = 0x0d
const blank = 0x20

const escapeLetters: ReadonlyMap<number, number> = new Map(
  Object.entries({ b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 }).map(([letter, byte]) => [
    letter.charCodeAt(0),
    byte,
  ]),
)

export const noLetters: ReadonlyMap<number, number> = new Map()
export const lettersOfEscapes: ReadonlyMap<number, number> = new Map(
  [...escapeLetters].map(([letter, byte]) => [byte, letter]),
)

/** PostgreSQL writes no octal or hexadecimal escapes. */
export function unescape(
  bytes: Uint8Array,
  start: number,
  end: number,
  value: Uint8Array,
  places?: Int32Array,
): number {
  let to = 0
  for (let at = start; at < end; at++) {
    if (places !== undefined) places[to] = at
    let byte = bytes[at]!
    if (byte === backslash && at + 1 < end) {
      byte = bytes[++at]!
      byte = escapeLetters.get(byte) ?? byte
    }
    value[to++] = byte
  }
  return to
}

export function unquote(
  format: CopyFormat,
  bytes: Uint8Array,
  start: number,
  end: number,
  value: Uint8Array,
  places?: Int32Array,
): number {
  let to = 0
  let quoted = false
  for (let at = start; at < end; at++) {
    if (places !== undefined) places[to] = at
    const byte = bytes[at]!
    const next = at + 1 < end ? bytes[at + 1]! : undefined
    if (
      quoted &&
      byte === format.escape &&
      next !== undefined &&
      (next === format.quote || next === format.escape)
    ) {
      value[to++] = next
      at++
    } else if (byte === format.quote) quoted = !quoted
    else value[to++] = byte
  }
  return to
}

export function writeRaw(value: Uint8Array, bytes: Uint8Array, to: number, end: number): number {
  if (to + value.length > end) return nullValue
  bytes.set(value, to)
  return to + value.length
}

/** Whether a value of text can't stand there as it is. */
export function needsEscapes(
  { delimiter }: CopyFormat,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte === backslash || byte === delimiter || (byte < blank && lettersOfEscapes.has(byte)))
      return true
  }
  return false
}

/** `letters`: of escapes, by the byte that they stand for; `lettersOfEscapes` is what PostgreSQL writes. */
export function writeText(
  { delimiter }: CopyFormat,
  letters: ReadonlyMap<number, number>,
  value: Uint8Array,
  valueEnd: number,
  bytes: Uint8Array,
  to: number,
  end: number,
): number {
  let length = valueEnd
  for (let index = 0; index < valueEnd; index++) {
    const byte = value[index]!
    if (byte === backslash || byte === delimiter || letters.has(byte)) length++
  }
  if (to + length > end) return nullValue
  let at = to
  for (let index = 0; index < valueEnd; index++) {
    const byte = value[index]!
    const letter = letters.get(byte)
    if (letter !== undefined || byte === backslash || byte === delimiter) bytes[at++] = backslash
    bytes[at++] = letter ?? byte
  }
  return at
}

export function writeCsv(
  format: CopyFormat,
  wasQuoted: boolean,
  value: Uint8Array,
  bytes: Uint8Array,
  to: number,
  end: number,
): number {
  const { delimiter, escape, nullBytes } = format
  const escaped = (byte: number): boolean => byte === format.quote || byte === escape
  const quotes =
    wasQuoted ||
    value.some((byte) => escaped(byte) || byte === delimiter || byte === newline || byte === carriageReturn) ||
    (value.length === nullBytes.length && value.every((byte, index) => byte === nullBytes[index])) // prettier-ignore
  const length = quotes
    ? value.reduce((sum, byte) => sum + (escaped(byte) ? 2 : 1), 2)
    : value.length
  if (to + length > end) return nullValue
  if (!quotes) return writeRaw(value, bytes, to, end)
  let at = to
  bytes[at++] = format.quote
  for (const byte of value) {
    if (escaped(byte)) bytes[at++] = escape
    bytes[at++] = byte
  }
  bytes[at++] = format.quote
  return at
}

/**
 * Masks of arrays and rows in text format: each element is masked by its own type, its quoting is taken off before and put
 * on again after. Written in place; what does not fit becomes NULL. PostgreSQL documentation, "Array Input and Output
 * Syntax", "Composite Type Input and Output Syntax". Pure.
 */
import { nullValue, type ValueMask } from './value-mask.ts'

const quote = 0x22
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openParenthesis = 0x28
const closeParenthesis = 0x29
const openBracket = 0x5b
const equals = 0x3d
const comma = 0x2c
const nullWord = [0x4e, 0x55, 0x4c, 0x4c]

/** `delimiter`: comma, but for arrays of box. An array that can't be written again is empty. */
export function arrayTextMask(element: ValueMask, delimiter: number): ValueMask {
  return (bytes, start, end) => {
    let to = start
    let at = start
    // [0:2]={…}: the bounds stay.
    if (bytes[at] === openBracket) {
      const bounds = bytes.indexOf(equals, at)
      if (bounds === -1 || bounds >= end) return emptyArray(bytes, start, end)
      at = bounds + 1
      to = at
    }
    while (at < end) {
      const byte = bytes[at]!
      if (byte === openBrace || byte === closeBrace || byte === delimiter) {
        bytes[to++] = byte
        at++
        continue
      }
      const elementEnd = rawEnd(
        bytes,
        at,
        end,
        (other) => other === closeBrace || other === delimiter,
      )
      if (isNull(bytes, at, elementEnd)) {
        bytes.copyWithin(to, at, elementEnd)
        to += nullWord.length
      } else {
        const written = writeElement(bytes, at, elementEnd, to, element, delimiter, backslash)
        if (written !== nullValue) to = written
        else if (elementEnd - to >= nullWord.length) {
          bytes.set(nullWord, to)
          to += nullWord.length
        } else return emptyArray(bytes, start, end)
      }
      at = elementEnd
    }
    return to
  }
}

function emptyArray(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 2) return nullValue
  bytes[start] = openBrace
  bytes[start + 1] = closeBrace
  return start + 2
}

/** `field`: the mask of the field at a position. A field that can't be written again is NULL: nothing between its commas. */
export function rowTextMask(field: (position: number) => ValueMask): ValueMask {
  return (bytes, start, end) => {
    if (end - start < 2 || bytes[start] !== openParenthesis) return nullValue
    let to = start + 1
    let at = start + 1
    let position = 0
    while (at < end) {
      const byte = bytes[at]!
      if (byte === comma || byte === closeParenthesis) {
        bytes[to++] = byte
        at++
        if (byte === comma) position++
        continue
      }
      const fieldEnd = rawEnd(
        bytes,
        at,
        end,
        (other) => other === closeParenthesis || other === comma,
      )
      const written = writeElement(bytes, at, fieldEnd, to, field(position), comma, quote)
      if (written !== nullValue) to = written
      at = fieldEnd
    }
    return to
  }
}

/** Where an element ends: before a mark that stands outside of quotes. */
function rawEnd(
  bytes: Uint8Array,
  start: number,
  end: number,
  isMark: (byte: number) => boolean,
): number {
  let quoted = false
  let at = start
  for (; at < end; at++) {
    const byte = bytes[at]!
    if (byte === backslash) at++
    else if (byte === quote) quoted = !quoted
    else if (!quoted && isMark(byte)) return at
  }
  return Math.min(at, end)
}

function isNull(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    end - start === nullWord.length &&
    nullWord.every((letter, index) => (bytes[start + index]! & 0xdf) === letter)
  )
}

/** Masks the element from `start` to `end` and writes it at `to`. Returns the new end, or `nullValue` if it doesn't fit. */
function writeElement(
  bytes: Uint8Array,
  start: number,
  end: number,
  to: number,
  mask: ValueMask,
  delimiter: number,
  escape: number,
): number {
  const value = new Uint8Array(bytes.subarray(start, end))
  const plainEnd = unquote(value)
  const maskedEnd = plainEnd === 0 ? 0 : mask(value, 0, plainEnd)
  if (maskedEnd === nullValue) return nullValue
  const masked = value.subarray(0, maskedEnd)
  const quoted = masked.length === 0 || masked.some((byte) => needsQuotes(byte, delimiter, escape))
  let length = masked.length + (quoted ? 2 : 0)
  if (quoted) for (const byte of masked) if (byte === quote || byte === backslash) length++
  if (to + length > end) return nullValue
  if (quoted) bytes[to++] = quote
  for (const byte of masked) {
    if (byte === backslash) bytes[to++] = backslash
    else if (byte === quote) bytes[to++] = escape
    bytes[to++] = byte
  }
  if (quoted) bytes[to++] = quote
  return to
}

/** `escape`: backslash in arrays, where braces count; a quote in rows, where parentheses do. */
function needsQuotes(byte: number, delimiter: number, escape: number): boolean {
  switch (byte) {
    case quote:
    case backslash:
    case delimiter:
      return true
    case openBrace:
    case closeBrace:
      return escape === backslash
    case openParenthesis:
    case closeParenthesis:
      return escape === quote
    default:
      return byte <= 0x20
  }
}

/** Takes quotes and escapes off, in place. Returns the length of what is left. */
function unquote(value: Uint8Array): number {
  let to = 0
  let quoted = false
  for (let at = 0; at < value.length; at++) {
    const byte = value[at]!
    if (byte === backslash && at + 1 < value.length) value[to++] = value[++at]!
    else if (byte === quote && quoted && value[at + 1] === quote) value[to++] = value[++at]!
    else if (byte === quote) quoted = !quoted
    else value[to++] = byte
  }
  return to
}

/**
 * Finds the constants in the text of a statement, so that they can be masked in the record where the statement compares or
 * writes tagged columns. Lexing as in PostgreSQL's scan.l, with standard_conforming_strings on. Pure.
 */

const singleQuote = 0x27
const doubleQuote = 0x22
const dollar = 0x24
const dash = 0x2d
const slash = 0x2f
const star = 0x2a
const newline = 0x0a
const backslash = 0x5c
const opening: ReadonlySet<number> = new Set([singleQuote, doubleQuote, dollar, backslash])
/** Shorter numbers are limits, flags and ids of enumerations more often than personal data. */
const numberDigitsMin = 5
/** In comments numbers name runs, requests and versions: only those as long as the numbers of people count. */
const commentNumberDigitsMin = 9

/**
 * Calls back with the inside of each string constant and with each number of 5 digits or more. Of comments, which tell an
 * auditor where a statement comes from (sqlcommenter, job names), only what stands in quotes and numbers of 9 digits or more.
 */
export function eachLiteral(
  bytes: Uint8Array,
  start: number,
  end: number,
  literal: (start: number, end: number) => void,
): void {
  let at = start
  while (at < end) {
    const byte = bytes[at]!
    const next = at + 1 < end ? bytes[at + 1]! : 0
    if (byte === singleQuote) {
      const escapes =
        at > start && (bytes[at - 1]! | 0x20) === 0x65 && !isWord(bytes, start, at - 2)
      const close = stringEnd(bytes, at + 1, end, singleQuote, escapes)
      literal(at + 1, close)
      at = close + 1
    } else if (byte === doubleQuote) {
      at = stringEnd(bytes, at + 1, end, doubleQuote, false) + 1
    } else if (byte === dash && next === dash) {
      const close = indexOrEnd(bytes, newline, at, end)
      eachInComment(bytes, at + 2, close, literal)
      at = close
    } else if (byte === slash && next === star) {
      const close = commentEnd(bytes, at + 2, end)
      eachInComment(bytes, at + 2, close, literal)
      at = close + 2
    } else if (byte === dollar && !isWord(bytes, start, at - 1)) {
      at = dollarQuoted(bytes, at, end, literal)
    } else if (isDigit(byte) && !isWord(bytes, start, at - 1)) {
      const from = at
      // 123_456 and 0x1e240 are numbers too.
      while (at < end && isWordByte(bytes[at]!)) at++
      if (at - from >= numberDigitsMin) literal(from, at)
    } else at++
  }
}

export type LiteralFinder = typeof eachLiteral

/** The same for a text of which it is not known where its strings end: all of it from the first that may begin one. */
export const eachPossibleLiteral: LiteralFinder = (bytes, start, end, literal) => {
  let from = start
  while (from < end && !opening.has(bytes[from]!)) from++
  eachLiteral(bytes, start, from, literal)
  if (from < end) literal(from, end)
}

/** A quote that nothing closes opens the rest of the comment: rather a word too many than a value. */
function eachInComment(
  bytes: Uint8Array,
  start: number,
  end: number,
  literal: (start: number, end: number) => void,
): void {
  let at = start
  while (at < end) {
    const byte = bytes[at]!
    if (byte === singleQuote || byte === doubleQuote) {
      const close = stringEnd(bytes, at + 1, end, byte, false)
      literal(at + 1, close)
      at = close + 1
    } else if (isDigit(byte)) {
      const from = at
      while (at < end && isDigit(bytes[at]!)) at++
      if (at - from >= commentNumberDigitsMin) literal(from, at)
    } else at++
  }
}

/** Where the closing quote is; `end` if there is none. A doubled quote is a quote. */
function stringEnd(
  bytes: Uint8Array,
  from: number,
  end: number,
  quote: number,
  escapes: boolean,
): number {
  let at = from
  while (at < end) {
    const byte = bytes[at]!
    if (escapes && byte === backslash) at += 2
    else if (byte !== quote) at++
    else if (at + 1 < end && bytes[at + 1] === quote) at += 2
    else return at
  }
  return end
}

function commentEnd(bytes: Uint8Array, from: number, end: number): number {
  let depth = 1
  for (let at = from; at + 1 < end; at++) {
    if (bytes[at] === slash && bytes[at + 1] === star) {
      depth++
      at++
    } else if (bytes[at] === star && bytes[at + 1] === slash) {
      depth--
      if (depth === 0) return at
      at++
    }
  }
  return end
}

function dollarQuoted(
  bytes: Uint8Array,
  at: number,
  end: number,
  literal: (start: number, end: number) => void,
): number {
  let tagEnd = at + 1
  if (tagEnd < end && isDigit(bytes[tagEnd]!)) return tagEnd
  while (tagEnd < end && isWordByte(bytes[tagEnd]!)) tagEnd++
  if (tagEnd >= end || bytes[tagEnd] !== dollar) return tagEnd
  const tag = bytes.subarray(at, tagEnd + 1)
  for (let close = tagEnd + 1; close + tag.length <= end; close++) {
    if (tag.every((byte, index) => bytes[close + index] === byte)) {
      literal(tagEnd + 1, close)
      return close + tag.length
    }
  }
  literal(tagEnd + 1, end)
  return end
}

function indexOrEnd(bytes: Uint8Array, byte: number, from: number, end: number): number {
  const found = bytes.indexOf(byte, from)
  return found === -1 || found > end ? end : found
}

function isWord(bytes: Uint8Array, start: number, at: number): boolean {
  return at >= start && isWordByte(bytes[at]!)
}

function isWordByte(byte: number): boolean {
  return (
    isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a) || byte === 0x5f || byte > 127
  )
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

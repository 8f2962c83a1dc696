/** What tokens are made of, and where one may begin and end. Used by all detectors of secrets. */

import { findingBytesMax } from '../detector.ts'

export const characterOf = {
  digit: 1,
  /** a–f */
  lowerHex: 2,
  /** A–F */
  upperHex: 4,
  /** g–z */
  lower: 8,
  /** G–Z */
  upper: 16,
  dash: 32,
  underscore: 64,
  /** `+ /` */
  base64: 128,
  equals: 256,
  dot: 512,
  percent: 1024,
} as const

const { digit, lowerHex, upperHex, lower, upper, dash, underscore, base64, equals, dot, percent } =
  characterOf

export const letterBits: number = lowerHex | upperHex | lower | upper
export const alphanumericBits: number = digit | letterBits

/** By byte: what it is, as bits of {@link characterOf}; 0 for all others. */
export const characters: Uint16Array = new Uint16Array(256)
const ranges: readonly [bits: number, first: string, last: string][] = [
  [digit, '0', '9'],
  [lowerHex, 'a', 'f'],
  [upperHex, 'A', 'F'],
  [lower, 'g', 'z'],
  [upper, 'G', 'Z'],
  [dash, '-', '-'],
  [underscore, '_', '_'],
  [base64, '+', '+'],
  [base64, '/', '/'],
  [equals, '=', '='],
  [dot, '.', '.'],
  [percent, '%', '%'],
]
for (const [bits, first, last] of ranges)
  characters.fill(bits, first.charCodeAt(0), last.charCodeAt(0) + 1)

const hexBits = digit | lowerHex | upperHex
const joins = alphanumericBits | underscore | dash | dot
const backslash = 0x5c
const percentSign = 0x25
const escapeLetters = new Set('bfnrtv'.split('').map((letter) => letter.charCodeAt(0)))

/**
 * Whether a token may begin at `at`: not within a word, nor after a `.`, `-` or `_`. The letter of an escape (`\n` of JSON) and the
 * two digits of another (`%3D` of URLs) are no part of a word.
 */
export function tokenMayBegin(bytes: Uint8Array, start: number, at: number): boolean {
  if (at === start) return true
  const before = bytes[at - 1]!
  if ((characters[before]! & joins) === 0) return true
  if (at - 2 >= start && bytes[at - 2] === backslash && escapeLetters.has(before)) return true
  return (
    at - 3 >= start &&
    bytes[at - 3] === percentSign &&
    (characters[bytes[at - 2]!]! & hexBits) !== 0 &&
    (characters[before]! & hexBits) !== 0
  )
}

/** Whether a token may end before `at`: no letter, digit or `_` follows. */
export function tokenMayEnd(bytes: Uint8Array, at: number, end: number): boolean {
  return at >= end || (characters[bytes[at]!]! & (alphanumericBits | underscore)) === 0
}

const counts = new Uint16Array(256)
/** n · log2 n */
const weights = Float64Array.from({ length: findingBytesMax + 1 }, (_, count) =>
  count === 0 ? 0 : count * Math.log2(count),
)

/** Shannon's entropy in bits per byte, of so many bytes as findings have ({@link findingBytesMax}). */
export function entropy(bytes: Uint8Array, from: number, to: number): number {
  const last = Math.min(to, from + findingBytesMax)
  const length = last - from
  if (length <= 1) return 0
  for (let at = from; at < last; at++) counts[bytes[at]!]!++
  let sum = 0
  for (let at = from; at < last; at++) {
    const byte = bytes[at]!
    sum += weights[counts[byte]!]!
    counts[byte] = 0
  }
  return (weights[length]! - sum) / length
}

/** Whether the bytes at `at` are `text` (ASCII), in any case of letters; `text` is in lower case. */
export function isAt(bytes: Uint8Array, at: number, end: number, text: string): boolean {
  if (at < 0 || at + text.length > end) return false
  for (let index = 0; index < text.length; index++) {
    const byte = bytes[at + index]!
    const isUpper = byte >= 0x41 && byte <= 0x5a
    if ((isUpper ? byte | 0x20 : byte) !== text.charCodeAt(index)) return false
  }
  return true
}

/** By byte: 1 if it is one of these ASCII characters. */
export function bytesOf(text: string): Uint8Array {
  const set = new Uint8Array(256)
  for (const letter of text) set[letter.charCodeAt(0)] = 1
  return set
}

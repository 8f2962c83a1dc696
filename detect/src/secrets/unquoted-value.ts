/**
 * Where a value without quotes ends: at a blank, a bracket or a quote, at `,` and `&` if another name follows. Of many names in a row each one's value
 * reaches over the next; so what was read last is remembered, and every byte is read once.
 */
import type { Scan } from '../scan.ts'
import { alphanumericBits, characterOf, characters } from './characters.ts'

export const valueBytesMax = 2048
/** Of the next name. */
export const keyBytesMax = 32
const innerMarksMax = 6
const space = 0x20
const tab = 0x09
const colon = 0x3a
const comma = 0x2c

/** What a byte is: 0 for what may stand in a value. */
const [ending, betweenPairs, mark] = [1, 2, 3]
const telling = new Uint8Array(256)
telling.fill(ending, 0, space)
for (const byte of new TextEncoder().encode(' "\'`<>()[]{}\\;')) telling[byte] = ending
for (const byte of new TextEncoder().encode(',&')) telling[byte] = betweenPairs
for (const byte of new TextEncoder().encode('=:')) telling[byte] = mark

/** What was read last, of which scan: from where, up to where, and the places of its `=` and `:`. */
let scanNumber = 0
let readFrom = 0
let readTo = 0
/** A power of two. */
const ringSize = 8
const innerMarks = new Int32Array(ringSize)
let innerFirst = 0
let innerCount = 0

/** -1 if it is too long, has more `=` and `:` than tokens have, or is a name itself. */
export function unquotedEnd(scan: Scan, at: number): number {
  const { number, bytes, end } = scan
  const ceiling = Math.min(end, at + valueBytesMax)
  if (number === scanNumber && at >= readFrom && at < readTo) forgetBefore(at)
  else {
    scanNumber = number
    innerCount = 0
    readTo = at
  }
  readFrom = at
  let position = readTo
  let isFull = false
  for (; position < ceiling; position++) {
    const kind = telling[bytes[position]!]!
    if (kind === 0) continue
    if (kind === ending || (kind === betweenPairs && endsPair(bytes, position, end))) break
    if (kind !== mark || !isInner(bytes, position, end)) continue
    isFull = innerCount === innerMarksMax
    if (isFull) break
    innerMarks[(innerFirst + innerCount++) & (ringSize - 1)] = position
  }
  readTo = position
  if (isFull || (position === ceiling && ceiling < end)) return -1
  // `password: user: …`: a name itself.
  if (position > at && bytes[position - 1] === colon) return -1
  // The point or comma at the end belongs to the sentence, the bar to a table.
  while (position > at && isSentenceMark(bytes[position - 1]!)) position--
  return position
}

function forgetBefore(at: number): void {
  while (innerCount > 0 && innerMarks[innerFirst]! < at) {
    innerFirst = (innerFirst + 1) & (ringSize - 1)
    innerCount--
  }
}

function isInner(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 1 >= end) return false
  const kind = telling[bytes[at + 1]!]
  return kind !== ending && kind !== mark
}

function isSentenceMark(byte: number): boolean {
  return byte === 0x2e || byte === comma || byte === 0x7c
}

/** Whether nothing, or `key=`, follows the mark at `at`. */
function endsPair(bytes: Uint8Array, at: number, end: number): boolean {
  let position = at + 1
  if (position < end && (bytes[position] === space || bytes[position] === tab)) position++
  if (position >= end || position > at + 1 || telling[bytes[position]!] === ending) return true
  const key = position
  const ceiling = Math.min(end, key + keyBytesMax)
  const bits = alphanumericBits | characterOf.underscore | characterOf.dash | characterOf.dot
  while (position < ceiling && (characters[bytes[position]!]! & bits) !== 0) position++
  if (position < end && bytes[position] === space) position++
  return position > key && position < end && telling[bytes[position]!] === mark
}

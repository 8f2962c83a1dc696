/**
 * A mask for documents in which columns that nobody has tagged may be: what is in them is hidden, and they stay documents of the
 * same form, so that who reads rows as JSON goes on reading. From row-plan.ts and copy-plan.ts. Pure.
 */
import { nullValue, type ValueMask } from './value-mask.ts'

const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
const asterisk = 0x2a
const zero = 0x30
const blank = 0x20
const minus = 0x2d
/** Longer names are cut by PostgreSQL. */
const nameBytesMax = 63

/** `numbers`: they are hidden too. `version`: bytes in front of the document. */
export function jsonValuesMask(numbers: boolean, version: number): ValueMask {
  return (bytes, start, end) => {
    let at = start + version
    if (at > end) return nullValue
    while (at < end) {
      const byte = bytes[at]!
      if (byte === quote) at = maskString(bytes, at + 1, end)
      else if (isDigit(byte) || byte === minus) {
        const from = at
        while (at < end && isOfNumber(bytes[at]!)) at++
        if (numbers) {
          bytes.fill(blank, from, at)
          bytes[from] = zero
        }
      } else at++
    }
    return end
  }
}

/** From behind its first quote; returns where it ends. Keys that are names of columns stay. */
function maskString(bytes: Uint8Array, start: number, end: number): number {
  let close = start
  while (close < end && bytes[close] !== quote) close += bytes[close] === backslash ? 2 : 1
  close = Math.min(close, end)
  let next = close + 1
  while (next < end && bytes[next]! <= blank) next++
  const isKey = next < end && bytes[next] === colon
  if (!isKey || !isName(bytes, start, close)) bytes.fill(asterisk, start, close)
  return close + 1
}

function isName(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > nameBytesMax) return false
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    const isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a
    if (!isLetter && byte !== 0x5f && !(isDigit(byte) && at > start)) return false
  }
  return true
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

/** Of a number, behind its first byte: `-1.5e+3`. */
function isOfNumber(byte: number): boolean {
  return isDigit(byte) || byte === minus || byte === 0x2b || byte === 0x2e || (byte | 0x20) === 0x65
}

/**
 * Labels: words behind which a value stands (`Passport no.: …`, `"date_of_birth":"…"`). Detectors that ask for the label as a
 * literal cost nothing where it does not occur. Nothing here looks further than a label's bound.
 */
import { byteClass, byteClasses } from './byte-classes.ts'
import type { Scan } from './scan.ts'

/** How far behind its label a value begins. */
export const labelReachBytesMax = 48

const classes = byteClasses
const { digit, letter } = byteClass
const newline = 0x0a

/** Whether a word begins at `at`: after no letter, or with a capital after a small letter (`dateOfBirth`). */
export function wordBeginsAt({ bytes, start }: Scan, at: number): boolean {
  if (at === start) return true
  const before = bytes[at - 1]!
  if ((classes[before]! & letter) === 0) return before < 0x80
  return before >= 0x61 && bytes[at]! < 0x61
}

/** Whether a word ends before `at`, or a capital begins the next one. */
export function wordEndsAt({ bytes, end }: Scan, at: number): boolean {
  if (at >= end) return true
  const after = bytes[at]!
  if ((classes[after]! & letter) === 0) return after < 0x80
  return after < 0x61 && bytes[at - 1]! >= 0x61
}

/** Where the first word with a digit begins behind the label that ends at `at`, on its line; or -1. */
export function numberBehind({ bytes, end }: Scan, at: number): number {
  const ceiling = Math.min(end, at + labelReachBytesMax)
  let word = at
  for (let index = at; index < ceiling; index++) {
    const byte = bytes[index]!
    const classOf = classes[byte]!
    if ((classOf & digit) !== 0) return word
    if (byte === newline) return -1
    if ((classOf & letter) === 0) word = index + 1
  }
  return -1
}

/** The end of the letters and digits from `at` on, at most `bytesMax`. */
export function wordEnd({ bytes, end }: Scan, at: number, bytesMax: number): number {
  const ceiling = Math.min(end, at + bytesMax)
  let to = at
  while (to < ceiling && (classes[bytes[to]!]! & (digit | letter)) !== 0) to++
  return to
}

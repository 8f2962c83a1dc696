/** Where a telephone number ends, and what belongs to it behind its digits. From phone.ts and phone-international.ts. */
import { asciiOf, byteClass, byteClasses, numberMayEnd } from '../byte-classes.ts'
import type { Scan } from '../scan.ts'

const classes = byteClasses
const { space, dot, colon } = asciiOf
const hash = 0x23
const extensionDigitsMax = 6

/** Not before a letter, a decimal or a time; an extension may follow. */
export function mayEnd(scan: Scan, at: number): boolean {
  const { bytes, end } = scan
  if (numberMayEnd(bytes, at, end))
    return bytes[at] !== colon || at + 1 >= end || !isDigit(bytes[at + 1]!)
  return extensionEnd(scan, at) !== at
}

/** The end of `x459`, `ext. 12`, `#12` behind the number that ends at `at`; `at` if there is none. */
export function extensionEnd({ bytes, end }: Scan, at: number): number {
  let position = at
  if (position < end && bytes[position] === space) position++
  if (position >= end) return at
  const lower = bytes[position]! | 0x20
  if (lower === 0x78 || bytes[position] === hash) position++
  else if (
    lower === 0x65 &&
    (bytes[position + 1]! | 0x20) === 0x78 &&
    (bytes[position + 2]! | 0x20) === 0x74
  )
    position += 3
  else return at
  while (
    position < end &&
    position < at + 7 &&
    (bytes[position] === space || bytes[position] === dot)
  )
    position++
  const digitsFrom = position
  while (position < end && isDigit(bytes[position]!)) position++
  const count = position - digitsFrom
  if (count === 0 || count > extensionDigitsMax) return at
  return numberMayEnd(bytes, position, end) ? position : at
}

export function isDigit(byte: number): boolean {
  return (classes[byte]! & byteClass.digit) !== 0
}

export function isWordByte(byte: number): boolean {
  return (classes[byte]! & (byteClass.digit | byteClass.letter)) !== 0
}

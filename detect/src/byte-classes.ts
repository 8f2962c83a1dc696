/**
 * Classes of bytes, and where a number may begin and end so that it isn't a part of a longer token. Users keep `classes`
 * in a constant of their own module: the scanner looks into it for every candidate.
 */

export const asciiOf = {
  space: 0x20,
  plus: 0x2b,
  dash: 0x2d,
  dot: 0x2e,
  slash: 0x2f,
  zero: 0x30,
  colon: 0x3a,
  at: 0x40,
  backslash: 0x5c,
} as const

export const byteClass = {
  digit: 1,
  /** ASCII */
  letter: 2,
  hexLetter: 4,
  /** `. _ % + -`: what is used in local parts of emails besides letters and digits. */
  localMark: 8,
  /** First byte of a letter of two bytes, U+00C0 to U+07FF: Latin, Greek, Cyrillic, Hebrew, Arabic. */
  lead: 16,
  /** A further byte of a UTF-8 character. */
  continuation: 32,
  /** `- . _`: between a digit and another they make one token. */
  join: 64,
  /** `\b \f \n \r \t \v` of JSON and of COPY text. */
  escapeLetter: 128,
} as const

const ranges: readonly [of: number, from: number, to: number][] = [
  [byteClass.digit, 0x30, 0x39],
  [byteClass.letter, 0x41, 0x5a],
  [byteClass.letter, 0x61, 0x7a],
  [byteClass.hexLetter, 0x41, 0x46],
  [byteClass.hexLetter, 0x61, 0x66],
  [byteClass.lead, 0xc3, 0xdf],
  [byteClass.continuation, 0x80, 0xbf],
]
const members: readonly [of: number, text: string][] = [
  [byteClass.localMark, '._%+-'],
  [byteClass.join, '-._'],
  [byteClass.escapeLetter, 'bfnrtv'],
]

/** By byte: its classes, as bits of {@link byteClass}. */
export const byteClasses: Uint8Array = new Uint8Array(256)
for (const [of, from, to] of ranges)
  for (let byte = from; byte <= to; byte++) byteClasses[byte]! |= of
for (const [of, text] of members)
  for (const letter of text) byteClasses[letter.charCodeAt(0)]! |= of

const classes = byteClasses
const { digit, letter, join, escapeLetter } = byteClass
const { space, plus, backslash } = asciiOf

/**
 * Whether a number may begin at `at`: not after a letter or digit, not after `+` (a phone number), and not after a `-`,
 * `.` or `_` that continues a number (a date, a decimal, an id). The letter of an escape (`\n` in JSON or COPY text) is
 * no letter.
 */
export function numberMayBegin(bytes: Uint8Array, start: number, at: number): boolean {
  if (at === start) return true
  const before = bytes[at - 1]!
  const classOfBefore = classes[before]!
  if ((classOfBefore & digit) !== 0 || before === plus) return false
  const second = at - 2 >= start ? bytes[at - 2]! : 0
  if ((classOfBefore & letter) !== 0) {
    return second === backslash && (classOfBefore & escapeLetter) !== 0
  }
  return (classOfBefore & join) === 0 || (classes[second]! & digit) === 0
}

/** Whether a number may end before `at`: the mirror of {@link numberMayBegin}. */
export function numberMayEnd(bytes: Uint8Array, at: number, end: number): boolean {
  if (at === end) return true
  const classOfAfter = classes[bytes[at]!]!
  if ((classOfAfter & (digit | letter)) !== 0) return false
  return (classOfAfter & join) === 0 || at + 1 >= end || (classes[bytes[at + 1]!]! & digit) === 0
}

/** Whether a number and a blank stand before `at`: it may be one of a row of numbers. */
export function isBehindNumber(bytes: Uint8Array, start: number, at: number): boolean {
  return at - 2 >= start && bytes[at - 1] === space && (classes[bytes[at - 2]!]! & digit) !== 0
}

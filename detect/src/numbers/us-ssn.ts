/**
 * US social security numbers: written with dashes or spaces; with dots, or as nine digits, only where words before them, the
 * column's name or the form of the value say so: too many ids look like that.
 */
import type { Detector } from '../detector.ts'
import { asciiOf, numberMayBegin, numberMayEnd } from '../byte-classes.ts'
import { contextWords } from '../context-words.ts'
import { isWholeValue } from '../whole-value.ts'

const { dash, dot, space, zero } = asciiOf

export const groupedBytes = 11
const bareBytes = 9

const words = contextWords('ssn ssns socialsecurity social ssnumber')

/** Whether `ddd-dd-dddd`, with a dash, space or dot both times, stands at `at`, where three digits are known to be. */
export function isGrouped(bytes: Uint8Array, start: number, at: number, end: number): boolean {
  const after = at + groupedBytes
  if (after > end) return false
  const separator = bytes[at + 3]!
  if (separator !== dash && separator !== space && separator !== dot) return false
  if (bytes[at + 6] !== separator) return false
  for (let index = at + 4; index < after; index++) {
    if (index !== at + 6 && !isDigit(bytes[index]!)) return false
  }
  if (!numberMayBegin(bytes, start, at) || !numberMayEnd(bytes, after, end)) return false
  return separator !== space || standsAlone(bytes, start, at, after, end)
}

/** With spaces as separators, a neighbouring number makes it a row of numbers. */
function standsAlone(
  bytes: Uint8Array,
  start: number,
  at: number,
  after: number,
  end: number,
): boolean {
  const before = at - 2 >= start && bytes[at - 1] === space && isDigit(bytes[at - 2]!)
  const behind = after + 1 < end && bytes[after] === space && isDigit(bytes[after + 1]!)
  return !before && !behind
}

/**
 * Never issued: areas 000, 666 and 900 to 999, group 00, serial 0000 (ssa.gov, "Social Security Number Randomization").
 */
function mayBeIssued(bytes: Uint8Array, at: number, group: number, serial: number): boolean {
  const area = numberAt(bytes, at, 3)
  if (area === 0 || area === 666 || area >= 900) return false
  return numberAt(bytes, group, 2) !== 0 && numberAt(bytes, serial, 4) !== 0
}

function isDigit(byte: number): boolean {
  return (byte - zero) >>> 0 < 10
}

export function numberAt(bytes: Uint8Array, at: number, digits: number): number {
  let value = 0
  for (let index = at; index < at + digits; index++) value = value * 10 + bytes[index]! - zero
  return value
}

/** Bank routing numbers have nine digits as well, and begin with a zero as often (ABA; weights 3, 7, 1). */
function isRoutingNumber(bytes: Uint8Array, at: number): boolean {
  let sum = 0
  for (let index = 0; index < bareBytes; index++) {
    const weight = index % 3 === 0 ? 3 : index % 3 === 1 ? 7 : 1
    sum += (bytes[at + index]! - zero) * weight
  }
  return sum % 10 === 0
}

/** 076543210, 012345678: what people type who need nine digits. */
function isSequence(bytes: Uint8Array, at: number): boolean {
  const step = bytes[at + 2]! - bytes[at + 1]!
  let steps = 0
  for (let index = at + 2; index < at + bareBytes; index++)
    if (step === bytes[index]! - bytes[index - 1]!) steps++
  return steps === bareBytes - 2
}

/** The first three digits of `ddd-dd-dddd`. */
export const groupedCandidate = {
  on: 'word',
  bytes: [3, 3],
  digits: 'only',
  followedBy: '- .',
  isFree: true,
  digitsNext: [2, 2],
  repeats: 3,
} as const

/** Nine digits. */
export const bareCandidate = {
  on: 'word',
  bytes: [bareBytes, bareBytes],
  digits: 'only',
  isFree: true,
} as const

export const usSsn: Detector = {
  ...groupedCandidate,
  name: 'us_ssn',
  startsWith: '012345678',
  confirm(scan, at) {
    const { bytes } = scan
    if (!isGrouped(bytes, scan.start, at, scan.end)) return
    if (!mayBeIssued(bytes, at, at + 4, at + 7)) return
    const isNamed = scan.isNamed(at, words)
    // With dots: so are versions, dates and amounts.
    if (!isNamed && bytes[at + 3] === dot) return
    scan.add(at, at + groupedBytes, 'US_SSN', isNamed ? 'certain' : 'likely', 'us_ssn')
  },
}

export const usSsnBare: Detector = {
  ...bareCandidate,
  name: 'us_ssn_bare',
  startsWith: '012345678',
  confirm(scan, at, end) {
    const { bytes } = scan
    if (!mayBeIssued(bytes, at, at + 3, at + 5)) return
    if (!numberMayBegin(bytes, scan.start, at) || !numberMayEnd(bytes, end, scan.end)) return
    // A number that isn't counted with: whoever wrote the zero means a code of nine digits.
    const isCode =
      bytes[at] === zero &&
      isWholeValue(scan, at, end) &&
      !isRoutingNumber(bytes, at) &&
      !isSequence(bytes, at)
    const level = isCode || scan.isNamed(at, words) ? 'likely' : 'possible'
    scan.add(at, end, 'US_SSN', level, 'us_ssn_bare')
  },
}

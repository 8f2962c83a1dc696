/** US social security numbers, written with separators. Nine digits alone are no finding: too many ids look like that. */
import type { Detector } from '../detector.ts'
import { asciiOf, numberMayBegin, numberMayEnd } from '../byte-classes.ts'

const { dash, space, zero } = asciiOf

export const socialSecurityBytes = 11

/**
 * Whether `ddd-dd-dddd` or `ddd dd dddd` stands at `at`, where three digits are known to be, and can have been issued
 * (never: areas 000, 666 and 900 to 999, group 00, serial 0000; ssa.gov, "Social Security Number Randomization").
 */
export function isSocialSecurityNumber(
  bytes: Uint8Array,
  start: number,
  at: number,
  end: number,
): boolean {
  const after = at + socialSecurityBytes
  if (after > end) return false
  const separator = bytes[at + 3]!
  if (separator !== dash && separator !== space) return false
  if (bytes[at + 6] !== separator) return false
  for (let index = at + 4; index < after; index++) {
    if (index !== at + 6 && !isDigit(bytes[index]!)) return false
  }
  const area = numberAt(bytes, at, 3)
  if (area === 0 || area === 666 || area >= 900) return false
  if (numberAt(bytes, at + 4, 2) === 0 || numberAt(bytes, at + 7, 4) === 0) return false
  if (!numberMayBegin(bytes, start, at) || !numberMayEnd(bytes, after, end)) return false
  return separator === dash || standsAlone(bytes, start, at, after, end)
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

function isDigit(byte: number): boolean {
  return (byte - zero) >>> 0 < 10
}

function numberAt(bytes: Uint8Array, at: number, digits: number): number {
  let value = 0
  for (let index = at; index < at + digits; index++) value = value * 10 + bytes[index]! - zero
  return value
}

export const usSsn: Detector = {
  name: 'us_ssn',
  on: 'word',
  bytes: [3, 3],
  digits: 'only',
  confirm(scan, at) {
    if (!isSocialSecurityNumber(scan.bytes, scan.start, at, scan.end)) return
    scan.add(at, at + socialSecurityBytes, 'US_SSN', 'likely', 'us_ssn')
  },
}

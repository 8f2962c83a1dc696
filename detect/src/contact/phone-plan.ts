/** Numbering plans: whether digits are a number that a country gives out. From phone-plans.ts (generated), to phone.ts. */
import { asciiOf } from '../byte-classes.ts'
import { northAmericanAreas, phonePlans } from './phone-plans.ts'

const { zero } = asciiOf
const codesMax = 1000
const nationalDigitsMax = 15
const prefixes = 100

/** By calling code: 0 for none, else the index of its plan plus one. */
const planOfCode = new Uint8Array(codesMax)
/** By plan, length and first two digits: 1 for possible. */
const possible = new Uint8Array(phonePlans.length * (nationalDigitsMax + 1) * prefixes)
const areas = new Uint8Array(1000)

for (const [index, plan] of phonePlans.entries()) {
  const [code, lengths] = plan.split(':')
  planOfCode[Number(code)] = index + 1
  for (const part of lengths?.split(';') ?? []) {
    const [length, ranges] = part.split('=')
    const base = (index * (nationalDigitsMax + 1) + Number(length)) * prefixes
    fill(possible, base, ranges ?? '')
  }
}
fill(areas, 0, northAmericanAreas)

/** `10-19,30` */
function fill(table: Uint8Array, base: number, ranges: string): void {
  for (const range of ranges.split(',')) {
    const [from, to = from] = range.split('-').map(Number)
    if (from !== undefined && to !== undefined) table.fill(1, base + from, base + to + 1)
  }
}

/** How many of `digits` from `at` on are a calling code (no code begins with another), or 0. */
export function callingCodeDigits(digits: Uint8Array, at: number, count: number): number {
  let code = 0
  for (let length = 1; length <= 3 && at + length <= count; length++) {
    code = code * 10 + digits[at + length - 1]!
    if (code === 0) return 0
    if (planOfCode[code] !== 0) return length
  }
  return 0
}

/** Whether `digits` from `at` to `to` are a national number of the calling code that stands in the `codeDigits` before. */
export function fitsPlan(digits: Uint8Array, codeDigits: number, at: number, to: number): boolean {
  let code = 0
  for (let index = at - codeDigits; index < at; index++) code = code * 10 + digits[index]!
  if (code === 1) return to - at === 10 && isNorthAmerican(digits, at)
  const length = to - at
  if (length > nationalDigitsMax || length < 4) return false
  const base = ((planOfCode[code]! - 1) * (nationalDigitsMax + 1) + length) * prefixes
  return possible[base + digits[at]! * 10 + digits[at + 1]!] === 1
}

/** Whether the ten digits at `at` are an area code that is given out, and an exchange that can be. */
export function isNorthAmerican(digits: Uint8Array, at: number): boolean {
  const area = digits[at]! * 100 + digits[at + 1]! * 10 + digits[at + 2]!
  return areas[area] === 1 && digits[at + 3]! >= 2
}

/** {@link isNorthAmerican} of the digits of a text. */
export function isNorthAmericanText(bytes: Uint8Array, at: number): boolean {
  const area = bytes[at]! * 100 + bytes[at + 1]! * 10 + bytes[at + 2]! - zero * 111
  return areas[area] === 1 && bytes[at + 3]! - zero >= 2
}

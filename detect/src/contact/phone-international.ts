/** Telephone numbers with a calling code (ITU-T E.164), behind `+` or `00`. To phone.ts. Plans: phone-plans.ts. */
import { asciiOf } from '../byte-classes.ts'
import { isNamedNear } from '../near.ts'
import type { Scan } from '../scan.ts'
import type { DigitGroups } from './digit-groups.ts'
import { extensionEnd, isWordByte, mayEnd } from './phone-edges.ts'
import { callingCodeDigits, fitsPlan, isNorthAmerican } from './phone-plan.ts'
import { phoneWords } from './phone-words.ts'

const { plus, slash } = asciiOf

/** E.164 §6: at most 15 digits. Of shorter numbers than seven few are telephones'. */
const [internationalDigitsMin, internationalDigitsMax] = [7, 15]
const paddedDigitsMax = 13

/** `+`, calling code, national number: from the `+` on. */
export function international(groups: DigitGroups, scan: Scan, from: number): void {
  groups.read(scan.bytes, from + 1, scan.end)
  const codeDigits = callingCodeDigits(groups.digits, 0, groups.count)
  const planned = codeDigits === 0 ? -1 : lastPlanned(groups, scan, codeDigits, codeDigits)
  if (planned !== -1) {
    scan.add(from, extensionEnd(scan, planned), 'PHONE', 'certain', 'phone_international')
    return
  }
  // Of numbers that no plan has, what is written as one is one: plans change, and people add a zero or forget the code.
  const end = lastPossible(groups, scan, codeDigits)
  if (end !== -1) scan.add(from, extensionEnd(scan, end), 'PHONE', 'likely', 'phone_international')
}

/** The end of the last group at which the digits from `at` on are a number of the calling code before them, or -1. */
function lastPlanned(groups: DigitGroups, scan: Scan, codeDigits: number, at: number): number {
  for (let group = groups.groups - 1; group >= 0; group--) {
    const count = groups.counts[group]!
    const end = groups.ends[group]!
    if (count <= at || count > at + internationalDigitsMax) continue
    if (fitsPlan(groups.digits, codeDigits, at, count) && mayEnd(scan, end)) return end
  }
  return -1
}

function lastPossible(groups: DigitGroups, scan: Scan, codeDigits: number): number {
  for (let group = groups.groups - 1; group >= 0; group--) {
    const count = groups.counts[group]!
    const end = groups.ends[group]!
    if (count > internationalDigitsMax || !mayEnd(scan, end)) continue
    if (count < internationalDigitsMin) return -1
    const isPlain = group === 0
    // Ten digits without the code of North America; its own numbers are never longer or shorter.
    if (isPlain && count === 10 && isNorthAmerican(groups.digits, 0)) return end
    if (codeDigits === 0) return -1
    if (groups.digits[0] === 1) return !isPlain && count === 11 ? end : -1
    const isApart = groups.sizes[0] === codeDigits && count >= 9
    if (isApart || (count >= 10 && (!isPlain || groups.digits[codeDigits] !== 0))) return end
  }
  return -1
}

/** `00`, calling code, national number: with many ids that begin with zeros, so only what a plan has. */
export function abroad(groups: DigitGroups, scan: Scan, at: number): void {
  const { bytes } = scan
  groups.read(bytes, at, scan.end)
  const codeDigits = callingCodeDigits(groups.digits, 2, groups.count)
  if (codeDigits === 0) return
  const isPlain = groups.groups === 1
  if (groups.digits[2] === 1 && (isPlain || groups.count !== 13)) return
  const end =
    groups.digits[2] === 1
      ? groups.ends[groups.groups - 1]!
      : lastPlanned(groups, scan, codeDigits, 2 + codeDigits)
  if (end === -1 || !mayEnd(scan, end)) return
  // Numbers filled up with zeros have up to 13 digits, an article's number with two zeros before it has 13.
  const isPadded = isPlain && groups.count <= paddedDigitsMax && !isNamedNear(scan, at, phoneWords)
  const level = isPadded ? 'possible' : 'likely'
  scan.add(at, extensionEnd(scan, end), 'PHONE', level, 'phone_international')
}

/** No letter, digit, plus or slash. */
export function mayStandBeforePlus(byte: number): boolean {
  return !isWordByte(byte) && byte !== plus && byte !== slash
}

/**
 * National forms of telephone numbers: which groups of digits are one wherever they stand, and which only beside a word that
 * says so. From phone.ts. Nothing here knows of places, only of digits and how they are grouped.
 */
import { asciiOf } from '../byte-classes.ts'
import type { DigitGroups } from './digit-groups.ts'
import { isNorthAmerican } from './phone-plan.ts'

const { space, dash, dot, slash } = asciiOf
const close = 0x29

const [digitsMin, digitsMax] = [7, 13]
/** Small countries have six. */
const namedDigitsMin = 6

/** What a form needs to be a telephone's: nothing, a word that speaks of calling, one that names a telephone; or it is none. */
export type PhoneForm = 'telling' | 'with-call-word' | 'with-phone-word' | 'none'

/** Whether there is a form of so many digits. */
export function mayHaveForm(digits: number): boolean {
  return digits >= namedDigitsMin && digits <= digitsMax
}

export function phoneForm(groups: DigitGroups, inParentheses: boolean): PhoneForm {
  const { count } = groups
  if (groups.groups === 1 || !mayHaveForm(count)) return 'none'
  if (isDateOrSsn(groups) || isDecimal(groups)) return 'none'
  if (count < digitsMin || !hasUsualGroups(groups)) return 'with-phone-word'
  if (isPostalCode(groups)) return 'with-phone-word'
  if (isTelling(groups, inParentheses)) return 'telling'
  // `the office is at 17031 2202 Main St`
  if (groups.sizes[0] === 5 && groups.digits[0] !== 0) return 'with-phone-word'
  return 'with-call-word'
}

/** A form that dates, amounts, ids and rows of numbers don't have. */
function isTelling(groups: DigitGroups, inParentheses: boolean): boolean {
  const { sizes, separators, digits, count } = groups
  if (isNorthAmericanForm(groups)) {
    const first = groups.groups - 3
    const at = count - 10
    if (!isNorthAmerican(digits, at)) return false
    if (inParentheses || separators[first + 1] === close) return true
    return separators[first + 2] !== space && separators[first + 1] === separators[first + 2]
  }
  if (inParentheses) return hasAreaInParentheses(groups)
  if (digits[0] !== 0) return isTurkishMobile(groups)
  return hasTrunkZero(groups) && sizes[0]! <= 5
}

/** 3-3-4, with or without a 1 (or 001) before. */
export function isNorthAmericanForm({ sizes, groups, digits, count }: DigitGroups): boolean {
  const first = groups - 3
  if (
    first < 0 ||
    first > 1 ||
    sizes[first] !== 3 ||
    sizes[first + 1] !== 3 ||
    sizes[first + 2] !== 4
  )
    return false
  return first === 0 ? digits[0]! >= 2 : sizes[0] === 1 && digits[0] === 1 && count === 11
}

/** `(021) 0025-967`, `(11) 98456-5666`. */
function hasAreaInParentheses({ sizes, separators, groups, count, digits }: DigitGroups): boolean {
  if (separators[1] !== close && separators[1] !== space && separators[1] !== dash) return false
  if (sizes[0]! < 2 || sizes[0]! > 5 || count < 8 || count > 11) return false
  if (digits[0] === 0) return true
  // Brazil: two digits of area, then 4 or 5 and 4.
  return sizes[0] === 2 && groups === 3 && sizes[1]! >= 4 && sizes[1]! <= 5 && sizes[2] === 4
}

/** `5dd ddd dd dd` */
function isTurkishMobile({ sizes, digits, groups }: DigitGroups): boolean {
  if (groups !== 4 || digits[0] !== 5) return false
  return sizes[0] === 3 && sizes[1] === 3 && sizes[2] === 2 && sizes[3] === 2
}

/** `0232 123 45 67`, `02.27.96.63.08`, `0 532 123 45 67`, `06-24312407`: nine to eleven digits, no group of one but the zero. */
function hasTrunkZero({ sizes, separators, groups, digits, count }: DigitGroups): boolean {
  if (digits[1] === 0 || count < 9 || count > 11) return false
  const separator = separators[groups - 1]!
  if (sizes[0] === 1 && (groups < 3 || separator === dot)) return false
  for (let group = 1; group < groups; group++) {
    if (separators[group] !== separator && group > 1) return false
  }
  // Two numbers with a dot are a decimal; five pairs are France's form.
  if (separator === dot || separator === slash)
    return groups >= 4 || (separator === slash && groups === 2 && sizes[0]! >= 3)
  if (separator === space && groups === 2 && count < 10) return false
  if (sizes[0] === 2 && sizes[1] === 2) return groups === 5 && count === 10
  return true
}

/** `02110-1301`: all of New England begins with a zero. */
function isPostalCode({ sizes, separators, groups }: DigitGroups): boolean {
  return groups === 2 && sizes[0] === 5 && sizes[1] === 4 && separators[1] === dash
}

function isDecimal({ groups, separators }: DigitGroups): boolean {
  return groups === 2 && separators[1] === dot
}

/** At most six groups of two to five digits, the last of up to eight; the first may be a single zero or one. */
function hasUsualGroups({ sizes, groups, digits }: DigitGroups): boolean {
  if (groups > 6 || sizes[0]! > 5 || (sizes[0] === 1 && digits[0]! > 1)) return false
  for (let group = 1; group < groups; group++) {
    if (sizes[group]! < 2 || sizes[group]! > (group === groups - 1 ? 8 : 5)) return false
  }
  return true
}

/** `2024-01-31`, `31.01.2024`, with what follows; `536-90-4399` is a social security number. */
function isDateOrSsn({ sizes, digits, groups }: DigitGroups): boolean {
  const [first, second, third] = sizes
  const is20 = digits[0] === 2 && digits[1]! <= 1
  if (groups === 2)
    return first === 4 && ((second === 2 && is20) || (second === 4 && isYears(digits)))
  if (first === 4 && second! <= 2 && third! <= 2)
    return is20 || (digits[0] === 1 && digits[1] === 9)
  if (first === 3) return groups === 3 && second === 2 && third === 4
  return first! <= 2 && second! <= 2 && third === 4 && digits[0]! <= 3
}

/** `1998-2024` */
function isYears(digits: Uint8Array): boolean {
  const [from, to] = [digits[0]! * 10 + digits[1]!, digits[4]! * 10 + digits[5]!]
  return (from === 19 || from === 20) && (to === 19 || to === 20)
}

/**
 * Payment card numbers (ISO/IEC 7812): 12 to 19 digits in one group, or in groups with one kind of single separator
 * (space or dash) as they are printed: the first of 4 to 6 digits, then 3 to 6, the last 1 to 6. Both the issuer's prefix with
 * its lengths and the Luhn check digit must fit; of what is rare among cards and common among ids, a word must say it as well.
 */
import type { Detector } from '../detector.ts'
import type { TouchLevel } from '@gatetrail/schemas'
import { asciiOf, numberMayBegin, numberMayEnd } from '../byte-classes.ts'
import type { Scan } from '../scan.ts'
import { contextWords } from '../context-words.ts'

const digitsMin = 12
const digitsMax = 19
const groupDigitsMax = 6
const zero = asciiOf.zero

const words = contextWords(
  `card cards cardno cardnumber cardnum creditcard ccnum ccnumber credit debit cc ccn pan payment paid pay charged visa
  mastercard amex maestro discover diners jcb unionpay uatp kreditkarte karte carte tarjeta carta cartao kort creditcards`,
)

/**
 * First four digits from and to, the lengths that the issuer uses (bit n: n digits), and how sure prefix and length make us;
 * `possible` becomes `likely` by a word before it.
 */
type Issuer = readonly [from: number, to: number, lengths: number, level: TouchLevel]

const digits = (...counts: readonly number[]): number =>
  counts.reduce((bits, count) => bits | (1 << count), 0)
const from16 = digits(16, 17, 18, 19)
const maestro = digits(12, 13, 14, 15, 16, 17, 18, 19)

const issuers: readonly Issuer[] = [
  [1000, 1799, digits(15), 'possible'], // UATP
  [1800, 1800, digits(15), 'likely'], // JCB
  [1801, 1945, digits(15), 'possible'], // UATP
  [1946, 1946, digits(16), 'possible'], // GPN
  [1947, 1999, digits(15), 'possible'], // UATP
  [2131, 2131, digits(15), 'likely'], // JCB
  [2200, 2205, from16, 'likely'], // Mir, BORICA
  [2221, 2720, digits(16), 'certain'], // Mastercard
  [3000, 3059, digits(14, 16, 19), 'certain'], // Diners Club
  [3095, 3095, digits(14, 16, 19), 'certain'],
  [3400, 3499, digits(15), 'certain'], // American Express
  [3528, 3589, from16, 'certain'], // JCB
  [3590, 3599, digits(16), 'likely'],
  [3600, 3699, digits(14, 16, 19), 'certain'], // Diners Club
  [3700, 3799, digits(15), 'certain'], // American Express
  [3800, 3999, digits(14, 16, 19), 'certain'], // Diners Club
  [4000, 4999, digits(13, 16, 19), 'certain'], // Visa
  [5000, 5099, maestro, 'likely'], // Maestro, RuPay, Elo, Verve, Dankort
  [5100, 5599, digits(16), 'certain'], // Mastercard
  [5600, 5899, maestro, 'likely'], // Maestro
  [6010, 6010, digits(16), 'likely'],
  [6011, 6011, from16, 'certain'], // Discover
  [6012, 6199, digits(16), 'likely'], // RuPay, Hipercard, NPS
  [6200, 6299, from16, 'likely'], // UnionPay
  [6300, 6399, maestro, 'likely'], // Maestro, Elo, InstaPayment
  [6440, 6599, from16, 'certain'], // Discover
  [6600, 6999, maestro, 'likely'], // Maestro
  [8100, 8299, from16, 'likely'], // RuPay, UnionPay
  [8600, 8600, digits(16), 'likely'], // UzCard
  [9792, 9792, digits(16), 'likely'], // Troy
  [9860, 9860, digits(16), 'likely'], // Humo
]

/** By the first four digits: the index of the issuer plus one; 0 for none. */
const issuerByPrefix = new Uint8Array(10_000)
issuers.forEach(([from, to], index) => issuerByPrefix.fill(index + 1, from, to + 1))

/** The longest card number that was found last: so many digits end there. */
const longest = { end: -1, digits: 0 }

/** Puts into `longest` the longest card number that begins with the group of digits from `at` to `groupEnd` (four digits at least). */
function findLongest(scan: Scan, at: number, groupEnd: number, { 2: lengths }: Issuer): void {
  const { bytes, end } = scan
  longest.end = -1
  if (groupEnd - at < digitsMin) {
    findPrinted(scan, at, groupEnd, lengths)
    return
  }
  const fits = isLength(lengths, groupEnd - at) && numberMayEnd(bytes, groupEnd, end)
  if (!fits || !luhn(bytes, at, groupEnd)) return
  longest.end = groupEnd
  longest.digits = groupEnd - at
}

/** ISO/IEC 7812-1, annex B: every second digit from the right is doubled, and its own digits added. */
const luhnDoubled = Uint8Array.from({ length: 10 }, (_, digit) =>
  digit < 5 ? digit * 2 : digit * 2 - 9,
)

/** Of four digits, by the number that they are: both sums of {@link findPrinted}, with the last digit doubled and with it as it is. */
const doubledOfFour = new Uint8Array(10_000)
const plainOfFour = new Uint8Array(10_000)
for (let number = 0; number < 10_000; number++) {
  for (let rest = number, place = 0; place < 4; place++, rest = Math.floor(rest / 10)) {
    const digit = rest % 10
    doubledOfFour[number]! += place % 2 === 0 ? luhnDoubled[digit]! : digit
    plainOfFour[number]! += place % 2 === 0 ? digit : luhnDoubled[digit]!
  }
}

/** The number that four digits from `at` on are, behind which there is none; -1 if they are not. */
function fourDigits(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 > end) return -1
  const first = bytes[at]! - zero
  const second = bytes[at + 1]! - zero
  const third = bytes[at + 2]! - zero
  const fourth = bytes[at + 3]! - zero
  if (first >>> 0 > 9 || second >>> 0 > 9 || third >>> 0 > 9 || fourth >>> 0 > 9) return -1
  if (at + 4 < end && (bytes[at + 4]! - zero) >>> 0 <= 9) return -1
  return first * 1000 + second * 100 + third * 10 + fourth
}

/** In groups. After a space another number may follow (an expiry date), after a dash it may not: so every end of a group is tried. */
function findPrinted({ bytes, end }: Scan, at: number, groupEnd: number, lengths: number): void {
  const separator = groupEnd < end ? bytes[groupEnd]! : 0
  if (separator !== asciiOf.space && separator !== asciiOf.dash) return
  // It isn't known yet where the number ends: of both sums, with the last digit doubled and with it as it is, the second then counts.
  let lastDoubled = 0
  let lastPlain = 0
  let count = 0
  let group = at
  while (group < end) {
    let position = group
    // Of most, all groups but the last are such.
    const number = fourDigits(bytes, group, end)
    if (number !== -1) {
      lastDoubled += doubledOfFour[number]!
      lastPlain += plainOfFour[number]!
      position += 4
    } else
      for (; position < end && position - group <= groupDigitsMax; position++) {
        const digit = bytes[position]! - zero
        if (digit >>> 0 > 9) break
        const doubled = lastPlain + luhnDoubled[digit]!
        lastPlain = lastDoubled + digit
        lastDoubled = doubled
      }
    const size = position - group
    count += size
    if (size === 0 || size > groupDigitsMax || count > digitsMax) return
    const isNumber = isLength(lengths, count) && lastPlain % 10 === 0 && group > at
    if (isNumber && numberMayEnd(bytes, position, end)) {
      longest.end = position
      longest.digits = count
    }
    // No number of this issuer is longer.
    if (lengths >>> (count + 1) === 0) return
    if ((size < 3 && group > at) || position >= end || bytes[position] !== separator) return
    group = position + 1
  }
}

/** How sure the number in `longest` is. `firstGroup`: how many digits stand before the first separator, 0 if there is none. */
function cardLevel(scan: Scan, at: number, firstGroup: number, issuer: Issuer): TouchLevel {
  const { end, digits: count } = longest
  const level = issuer[3]
  if (
    level === 'possible' ||
    (level === 'likely' && count < 15) ||
    isBarcode(scan.bytes, at, end)
  ) {
    return scan.isNamed(at, words) ? 'likely' : 'possible'
  }
  // Other lengths and groups are rare among cards and common among other numbers.
  const usual = count >= 14 && count <= 16 && (firstGroup === 0 || firstGroup === 4)
  return usual ? level : 'likely'
}

/** EAN-13: those of Germany and Japan begin as 13 digits of Visa do, and one in ten passes Luhn as well. */
function isBarcode(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at !== 13) return false
  let sum = 0
  for (let index = 0; index < 13; index++)
    sum += (bytes[at + index]! - zero) * (index % 2 === 0 ? 1 : 3)
  return sum % 10 === 0
}

function issuerAt(bytes: Uint8Array, at: number): Issuer | undefined {
  const prefix =
    bytes[at]! * 1000 + bytes[at + 1]! * 100 + bytes[at + 2]! * 10 + bytes[at + 3]! - zero * 1111
  const index = issuerByPrefix[prefix]!
  return index === 0 ? undefined : issuers[index - 1]
}

function isLength(lengths: number, count: number): boolean {
  return (lengths & (1 << count)) !== 0
}

/** ISO/IEC 7812-1, annex B, of digits alone. */
function luhn(bytes: Uint8Array, at: number, end: number): boolean {
  let sum = 0
  for (let index = end - 1; index >= at; index -= 2) {
    sum += bytes[index]! - zero
    if (index > at) sum += luhnDoubled[bytes[index - 1]! - zero]!
  }
  return sum % 10 === 0
}

function confirmCard(scan: Scan, at: number, groupEnd: number): void {
  const issuer = issuerAt(scan.bytes, at)
  if (issuer === undefined || !numberMayBegin(scan.bytes, scan.start, at)) return
  findLongest(scan, at, groupEnd, issuer)
  const { end } = longest
  if (end === -1) return
  const firstGroup = end === groupEnd ? 0 : groupEnd - at
  scan.add(at, end, 'CREDIT_CARD', cardLevel(scan, at, firstGroup, issuer), 'credit_card')
}

export const creditCard: Detector = {
  name: 'credit_card',
  on: 'word',
  bytes: [digitsMin, digitsMax],
  digits: 'only',
  isFree: true,
  confirm: confirmCard,
}

export const creditCardInGroups: Detector = {
  name: 'credit_card',
  on: 'word',
  bytes: [4, groupDigitsMax],
  digits: 'only',
  followedBy: ' -',
  isFree: true,
  digitsNext: [3, groupDigitsMax],
  confirm: confirmCard,
}

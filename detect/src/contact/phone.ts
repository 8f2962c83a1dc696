/**
 * Telephone numbers: with a calling code (ITU-T E.164), and national ones in a form that nothing else has, or where a word
 * says what they are. Plans are those of phone-plans.ts; forms without a calling code stand in phone-forms.ts.
 */
import { asciiOf, byteClass, byteClasses, numberMayBegin, numberMayEnd } from '../byte-classes.ts'
import type { Detector } from '../detector.ts'
import { isInName, isNamedNear, standsBefore, standsBehind } from '../near.ts'
import type { Scan } from '../scan.ts'
import { DigitGroups } from './digit-groups.ts'
import { levelOfForm } from './phone-forms.ts'
import { callingCodeDigits, fitsPlan, isNorthAmerican } from './phone-plan.ts'
import { callWords, kindWords, phoneWords } from './phone-words.ts'

const classes = byteClasses
const { plus, space, dash, dot, slash, zero } = asciiOf
const [open, close, hash] = [0x28, 0x29, 0x23]

/** E.164 §6: at most 15 digits. Shorter ones than eight are few, and many other numbers are. */
const [internationalDigitsMin, internationalDigitsMax] = [7, 15]
/** A first group of more digits is a number in a row. */
const groupDigitsMax = 6
const plainDigitsMax = 17
const nationalDigitsMin = 7
const paddedDigitsMax = 13
const extensionDigitsMax = 6

const groups = new DigitGroups()

/** From the `+` on: calling code, national number. */
function confirmInternational(scan: Scan, from: number): void {
  if (from === scan.start || mayStandBeforePlus(scan.bytes[from - 1]!)) international(scan, from)
}

function confirmGroups(scan: Scan, at: number, wordEnd: number): void {
  if (mayBeGroups(scan, at, wordEnd)) confirmWord(scan, at, wordEnd)
}

/** Cheap: whether there is more than a date, a decimal or two short numbers. */
function mayBeGroups({ bytes, end }: Scan, at: number, wordEnd: number): boolean {
  const second = wordEnd + 1
  if (second >= end) return false
  const byte = bytes[second]!
  if (!isDigit(byte)) return byte === open || bytes[wordEnd] === close || bytes[wordEnd] === open
  const separator = bytes[wordEnd]!
  let to = second
  while (to < end && to - second <= groupDigitsMax && isDigit(bytes[to]!)) to++
  const isDate = wordEnd - at === 4 && to - second === 2 && separator !== space
  if (isDate && to < end && bytes[to] === separator) return false
  const isFurther =
    to < end &&
    (bytes[to] === separator || bytes[to] === space || bytes[to] === dash || bytes[to]! >= 0x80)
  return isFurther || (separator !== dot && wordEnd - at + to - second >= nationalDigitsMin)
}

function confirmWord(scan: Scan, at: number, wordEnd: number): void {
  const { bytes, start } = scan
  const isOpen =
    at > start && bytes[at - 1] === open && bytes[wordEnd] === close && wordEnd < scan.end
  const from = isOpen ? at - 1 : at
  if (!numberMayBegin(bytes, start, from)) return
  // In a row of numbers: `200 0 960 205 468`.
  if (from - 2 >= start && bytes[from - 1] === space && isDigit(bytes[from - 2]!)) return
  if (wordEnd - at > 1 && bytes[at] === zero && bytes[at + 1] === zero) abroad(scan, at)
  else national(scan, from, at)
}

function international(scan: Scan, from: number): void {
  groups.read(scan.bytes, from + 1, scan.end)
  const codeDigits = callingCodeDigits(groups.digits, 0, groups.count)
  const planned = codeDigits === 0 ? -1 : lastPlanned(scan, codeDigits, codeDigits)
  if (planned !== -1) {
    scan.add(from, extensionEnd(scan, planned), 'PHONE', 'certain', 'phone_international')
    return
  }
  // Of numbers that no plan has, what is written as one is one: plans change, and people add a zero or forget the code.
  const end = lastPossible(scan, codeDigits)
  if (end !== -1) scan.add(from, extensionEnd(scan, end), 'PHONE', 'likely', 'phone_international')
}

/** The end of the last group at which the digits from `at` on are a number of the calling code before them, or -1. */
function lastPlanned(scan: Scan, codeDigits: number, at: number): number {
  for (let group = groups.groups - 1; group >= 0; group--) {
    const count = groups.counts[group]!
    const end = groups.ends[group]!
    if (count <= at || count > at + internationalDigitsMax) continue
    if (fitsPlan(groups.digits, codeDigits, at, count) && mayEnd(scan, end)) return end
  }
  return -1
}

function lastPossible(scan: Scan, codeDigits: number): number {
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
    if (count >= 10 && (!isPlain || groups.digits[codeDigits] !== 0)) return end
  }
  return -1
}

/** `00`, calling code, national number: with many ids that begin with zeros, so only what a plan has. */
function abroad(scan: Scan, at: number): void {
  const { bytes } = scan
  groups.read(bytes, at, scan.end)
  const codeDigits = callingCodeDigits(groups.digits, 2, groups.count)
  if (codeDigits === 0) return
  const isPlain = groups.groups === 1
  if (groups.digits[2] === 1 && (isPlain || groups.count !== 13)) return
  const end =
    groups.digits[2] === 1
      ? groups.ends[groups.groups - 1]!
      : lastPlanned(scan, codeDigits, 2 + codeDigits)
  if (end === -1 || !mayEnd(scan, end)) return
  // Numbers filled up with zeros have up to 13 digits, an article's number with two zeros before it has 13.
  const isPadded = isPlain && groups.count <= paddedDigitsMax && !isNamedNear(scan, at, phoneWords)
  const level = isPadded ? 'possible' : 'likely'
  scan.add(at, extensionEnd(scan, end), 'PHONE', level, 'phone_international')
}

function national(scan: Scan, from: number, at: number): void {
  groups.read(scan.bytes, at, scan.end)
  const inParentheses = from < at
  for (let count = groups.groups; count > 0; count--) {
    const end = groups.ends[count - 1]!
    if (!mayEnd(scan, end)) continue
    groups.cut(count)
    if (groups.isInPairs() && isAmongPairs(scan, from, end)) continue
    const level = levelOfForm(groups, inParentheses, () => wordsAround(scan, from, end))
    if (level === undefined) continue
    scan.add(from, extensionEnd(scan, end), 'PHONE', level, 'phone_national')
    return
  }
}

/** In a dump of bytes: `8b 01 42 68 53 00 ff`. */
function isAmongPairs({ bytes, start, end }: Scan, from: number, to: number): boolean {
  const before = from - 3 >= start && bytes[from - 1] === space && isHexPair(bytes, from - 3)
  const behind = to + 3 <= end && bytes[to] === space && isHexPair(bytes, to + 1)
  return (
    (before && (from - 3 === start || !isWordByte(bytes[from - 4]!))) ||
    (behind && (to + 3 === end || !isWordByte(bytes[to + 3]!)))
  )
}

/** How much the words around say: `phone` more than `call`. */
function wordsAround(scan: Scan, from: number, end: number): 'phone' | 'call' | 'none' {
  if (isInName(scan, phoneWords) || standsBefore(scan, from, phoneWords)) return 'phone'
  if (standsBehind(scan, end, kindWords) || standsBefore(scan, from, callWords)) return 'call'
  return 'none'
}

function mayStandBeforePlus(byte: number): boolean {
  return !isWordByte(byte) && byte !== plus && byte !== slash
}

/** Not before a letter, a decimal or a time; an extension may follow. */
function mayEnd(scan: Scan, at: number): boolean {
  const { bytes, end } = scan
  if (numberMayEnd(bytes, at, end))
    return bytes[at] !== 0x3a || at + 1 >= end || !isDigit(bytes[at + 1]!)
  return extensionEnd(scan, at) !== at
}

/** The end of `x459`, `ext. 12`, `#12` behind the number that ends at `at`; `at` if there is none. */
function extensionEnd({ bytes, end }: Scan, at: number): number {
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

function isDigit(byte: number): boolean {
  return (classes[byte]! & byteClass.digit) !== 0
}

function isWordByte(byte: number): boolean {
  return (classes[byte]! & (byteClass.digit | byteClass.letter)) !== 0
}

function isHexPair(bytes: Uint8Array, at: number): boolean {
  const hex = byteClass.digit | byteClass.hexLetter
  return (classes[bytes[at]!]! & hex) !== 0 && (classes[bytes[at + 1]!]! & hex) !== 0
}

const phoneInternational: Detector = {
  name: 'phone_international',
  on: 'byte',
  byte: plus,
  followedBy: '0123456789',
  confirm: confirmInternational,
}

const phonePlain: Detector = {
  name: 'phone_plain',
  on: 'word',
  bytes: [groupDigitsMax + 1, plainDigitsMax],
  digits: 'only',
  isFree: true,
  confirm: confirmWord,
}

const phoneGroups: Detector = {
  name: 'phone_groups',
  on: 'word',
  bytes: [1, groupDigitsMax],
  digits: 'only',
  followedBy: ' -./',
  isFree: true,
  then: [1, 15],
  confirm: confirmWord,
}

const phoneInParentheses: Detector = {
  name: 'phone_groups',
  on: 'word',
  bytes: [1, groupDigitsMax],
  digits: 'only',
  followedBy: '()',
  isFree: true,
  confirm: confirmWord,
}

export const phoneDetectors: readonly Detector[] = [
  phoneInternational,
  phoneGroups,
  phoneInParentheses,
  phonePlain,
]

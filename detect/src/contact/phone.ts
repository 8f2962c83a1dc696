/**
 * Telephone numbers: with a calling code (phone-international.ts), and national ones in a form that nothing else has, or where a
 * word says what they are (phone-forms.ts).
 */
import { asciiOf, byteClass, byteClasses, numberMayBegin } from '../byte-classes.ts'
import type { Detector, ThenStands } from '../detector.ts'
import { anyStandsBefore, isInName, standsBefore, standsBehind, type NearWords } from '../near.ts'
import type { Scan } from '../scan.ts'
import { DigitGroups, digitsMax } from './digit-groups.ts'
import { extensionEnd, isDigit, isWordByte, mayEnd } from './phone-edges.ts'
import { isNorthAmericanForm, mayHaveForm, phoneForm } from './phone-forms.ts'
import { abroad, international, mayStandBeforePlus } from './phone-international.ts'
import { isNorthAmericanText } from './phone-plan.ts'
import { callingWords, callWords, kindWords, phoneWords } from './phone-words.ts'

const classes = byteClasses
const { plus, space, dash, dot, slash, zero } = asciiOf
const [open, close, five, hash] = [0x28, 0x29, 0x35, 0x23]
/** Red, green, blue and how dense, in CSS. */
const colorDigits = 8

/** A first group of more digits is a number in a row. */
const groupDigitsMax = 6
const plainDigitsMax = 17
const nationalDigitsMin = 6
const nationalDigitsMax = 13
/** Between two groups: `)`, a dash of three bytes, `(`. */
const separatorBytesMax = 6

/** Of the candidate that is being looked at. Shared by all: a detector never calls the scanner. */
const groups = new DigitGroups()

/** From the `+` on. */
function confirmInternational(scan: Scan, from: number): void {
  if (from === scan.start || mayStandBeforePlus(scan.bytes[from - 1]!))
    international(groups, scan, from)
}

/** Digits in a row: as a mobile's number with its trunk zero, or beside a word that names a telephone. */
function confirmPlain(scan: Scan, at: number, wordEnd: number): void {
  const { bytes } = scan
  const count = wordEnd - at
  if (bytes[at] === zero && bytes[at + 1] === zero) {
    if (mayBegin(scan, at)) abroad(groups, scan, at)
    return
  }
  if (count > nationalDigitsMax) return
  // `cellBorder:#80808059`
  if (count === colorDigits && at > scan.start && bytes[at - 1] === hash) return
  // Eleven digits that begin with 05 to 09: a mobile's number in most countries that have eleven.
  const isMobile = count === 11 && bytes[at] === zero && bytes[at + 1]! >= five
  const isTen = count === 10 && isNorthAmericanText(bytes, at)
  const isNamed =
    isMobile ||
    isPhoneNamed(scan, at) ||
    isMarked(scan, wordEnd) ||
    (isTen && isCallNamed(scan, at, wordEnd, callingWords))
  if (!isNamed && !(isTen && scan.wantsPossible)) return
  if (!mayBegin(scan, at) || !mayEnd(scan, wordEnd)) return
  scan.add(
    at,
    extensionEnd(scan, wordEnd),
    'PHONE',
    isNamed ? 'likely' : 'possible',
    'phone_national',
  )
}

function confirmGroups(scan: Scan, at: number, wordEnd: number): void {
  const { bytes, start } = scan
  if (isInRow(bytes, start, at) || !mayBeGroups(scan, at, wordEnd)) return
  const isOpen =
    at > start && bytes[at - 1] === open && bytes[wordEnd] === close && wordEnd < scan.end
  const from = isOpen ? at - 1 : at
  if (isOpen ? wordEnd - at < 2 || !mayBegin(scan, from) : !numberMayBegin(bytes, start, at)) return
  if (wordEnd - at > 1 && bytes[at] === zero && bytes[at + 1] === zero) abroad(groups, scan, at)
  else if (mayBeTold(scan, from, at, wordEnd)) national(scan, from, at)
}

/**
 * Cheap: whether the groups are of a form that tells by itself (phone-forms.ts), or a word before or behind them may tell. Of most numbers in
 * groups neither is so, and they needn't be read.
 */
function mayBeTold(scan: Scan, from: number, at: number, wordEnd: number): boolean {
  const { bytes } = scan
  if (from < at || bytes[at] === zero || scan.names.length > 0) return true
  const size = wordEnd - at
  readRow(scan, wordEnd)
  if (size + row.digits < nationalDigitsMin) return false
  // 3-3-4, 1-3-3-4 and 3-3-2-2.
  if ((size === 3 || size === 1) && isGroupOfThree(scan, wordEnd + 1)) return true
  return anyStandsBefore(scan, from) || standsBehind(scan, row.end, kindWords)
}

/** Whether three digits follow, behind one separator or more. A parenthesis that opens counts: DigitGroups knows more of it. */
function isGroupOfThree({ bytes, end }: Scan, from: number): boolean {
  const last = Math.min(end, from + separatorBytesMax)
  let at = from
  while (at < last && !isDigit(bytes[at]!)) if (bytes[at++] === open) return true
  let to = at
  while (to < end && to - at <= 3 && isDigit(bytes[to]!)) to++
  return to - at === 3
}

/** Of {@link readRow}: how many digits stand behind the first group, and where they end. Shared, as `groups` is. */
const row = { digits: 0, end: 0 }

/** All groups behind the first that {@link DigitGroups} may read, or more: no letter stands between them. */
function readRow({ bytes, start, end }: Scan, wordEnd: number): void {
  let last = wordEnd
  let digits = 0
  let closed = 0
  for (let at = wordEnd; at < end && at - last <= separatorBytesMax && digits < digitsMax; at++) {
    const byte = bytes[at]!
    const classOf = classes[byte]!
    if ((classOf & byteClass.digit) !== 0) {
      last = at + 1
      digits++
    } else if ((classOf & byteClass.letter) !== 0) break
    // Only one group stands in parentheses, but for `(0)`.
    else if (byte === close && !(at - 2 >= start && bytes[at - 2] === open) && closed++ > 0) break
  }
  row.digits = digits
  row.end = last
}

/** Cheap: whether there is more than a date, a decimal or two short numbers. */
function mayBeGroups({ bytes, end }: Scan, at: number, wordEnd: number): boolean {
  const second = wordEnd + 1
  if (second >= end) return false
  const byte = bytes[second]!
  if (!isDigit(byte)) return byte === open || (bytes[wordEnd] === close && isSeparator(byte))
  const separator = bytes[wordEnd]!
  let to = second
  while (to < end && to - second <= groupDigitsMax && isDigit(bytes[to]!)) to++
  // No form has a group of one digit behind the first, but for what stands behind 00.
  if (to - second === 1 && (bytes[at] !== zero || bytes[at + 1] !== zero)) return false
  const isDate = wordEnd - at === 4 && to - second === 2 && separator !== space
  if (isDate && to < end && bytes[to] === separator) return false
  const isFurther =
    to < end &&
    (bytes[to] === separator || bytes[to] === space || bytes[to] === dash || bytes[to]! >= 0x80)
  return isFurther || (separator !== dot && wordEnd - at + to - second >= nationalDigitsMin)
}

/** Of those that DigitGroups reads behind a parenthesis; a further group must follow. */
function isSeparator(byte: number): boolean {
  return byte === space || byte === dash || byte === dot || byte === slash || byte >= 0x80
}

/** Not within a longer number, nor in a row of numbers: `200 0 960 205 468`, `1/22/333`. */
function mayBegin({ bytes, start }: Scan, at: number): boolean {
  return !isInRow(bytes, start, at) && numberMayBegin(bytes, start, at)
}

function isInRow(bytes: Uint8Array, start: number, at: number): boolean {
  const before = at - 2 >= start ? bytes[at - 1]! : 0
  return (before === space || before === slash) && isDigit(bytes[at - 2]!)
}

function national(scan: Scan, from: number, at: number): void {
  groups.read(scan.bytes, at, scan.end)
  const { counts } = groups
  for (let count = groups.groups; count > 1; count--) {
    if (!mayHaveForm(counts[count - 1]!)) continue
    groups.cut(count)
    const form = phoneForm(groups, from < at)
    const end = groups.ends[count - 1]!
    if (form === 'none' || !mayEnd(scan, end)) continue
    if (groups.isInPairs() && isAmongPairs(scan, from, end)) continue
    const isLikely =
      form === 'telling' ||
      isPhoneNamed(scan, from) ||
      (form === 'with-call-word' && isCallNamed(scan, from, end, callWords))
    if (!isLikely && !(scan.wantsPossible && isNorthAmericanForm(groups))) continue
    scan.add(
      from,
      extensionEnd(scan, end),
      'PHONE',
      isLikely ? 'likely' : 'possible',
      'phone_national',
    )
    return
  }
}

function isPhoneNamed(scan: Scan, from: number): boolean {
  return isInName(scan, phoneWords) || standsBefore(scan, from, phoneWords)
}

/** `5550134-Fax`, `5550134 (fax)`, but not `5550134 mobile users`. */
function isMarked(scan: Scan, end: number): boolean {
  const { bytes } = scan
  const isApart = bytes[end] === dash || (bytes[end] === space && bytes[end + 1] === open)
  return isApart && end + 1 < scan.end && standsBehind(scan, end, kindWords)
}

function isCallNamed(scan: Scan, from: number, end: number, words: NearWords): boolean {
  if (isInLongerName(scan, from)) return false
  return standsBehind(scan, end, kindWords) || standsBefore(scan, from, words)
}

/** `CVE-2026-1234`, `Thread-2125550123` */
function isInLongerName({ bytes, start }: Scan, from: number): boolean {
  const isBehindDash = from - 2 >= start && bytes[from - 1] === dash
  return isBehindDash && (classes[bytes[from - 2]!]! & byteClass.letter) !== 0
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
  confirm: confirmPlain,
}

const manyDigits = 15
/** By length of the first group and separator: what is left of {@link mayBeGroups} costs nothing for dates and decimals. */
const phoneGroups: readonly Detector[] = Array.from({ length: groupDigitsMax }, (_, index) =>
  [' ', '-/', '.'].map((followedBy): Detector => {
    const length = index + 1
    return {
      name: 'phone_groups',
      on: 'word',
      bytes: [length, length],
      digits: 'only',
      followedBy,
      isFree: true,
      beginsRow: true,
      digitsNext: [1, manyDigits],
      next: (digits, then) => mayBeNext(length, followedBy, digits, then),
      confirm: confirmGroups,
    }
  }),
).flat()

/** Of a first group of `length` digits, its separator, and a second group of `digits`: {@link mayBeGroups} says why. */
function mayBeNext(length: number, separator: string, digits: number, then: ThenStands): boolean {
  if (digits === manyDigits) return true
  if (length === 1 && digits === 1) return false
  if (length === 4 && digits === 2 && separator !== ' ' && then === 'same') return false
  return then !== 'other' || (separator !== '.' && length + digits >= nationalDigitsMin)
}

const phoneInParentheses: Detector = {
  name: 'phone_groups',
  on: 'word',
  bytes: [1, groupDigitsMax],
  digits: 'only',
  followedBy: '()',
  isFree: true,
  beginsRow: true,
  confirm: confirmGroups,
}

export const phoneDetectors: readonly Detector[] = [
  phoneInternational,
  ...phoneGroups,
  phoneInParentheses,
  phonePlain,
]

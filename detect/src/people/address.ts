/**
 * Postal addresses in text: a house number, a name and a kind of street (`12 Main St, Apt 4, Springfield, IL 62704`), a street with
 * its number behind (`Hauptstraße 12`), a post box. From the kind of street outwards. Cities and countries alone are no finding.
 */
import { asciiOf, byteClass, byteClasses } from '../byte-classes.ts'
import type { Detector } from '../detector.ts'
import { wordBeginsAt, wordEnd, wordEndsAt } from '../labels.ts'
import type { Scan } from '../scan.ts'
import { hasWord, wordSet } from '../words.ts'
import { isCapital, nameEnd } from './name-words.ts'

const classes = byteClasses
const { digit, letter } = byteClass
const { space, dot, dash } = asciiOf
const [comma, numberSign, newline] = [0x2c, 0x23, 0x0a]
const streetWordsMax = 4
const houseDigitsMax = 6
const beforeBytesMax = 64
const unitBytesMax = 8

/** Kinds of streets that are other things too, and the words before them then. */
const otherKinds = wordSet('drive court square lane')
const wordsOfOthers = wordSet(`
  google shared team hard disk flash usb thumb pen tape network solid state cloud pro
  supreme high district federal circuit appeals appellate criminal civil mean chi least
`)
/** Right before the number. */
const partsOfTexts = wordSet('chapter page section figure table volume')
const wordsBeforeYears = wordSet('in since until copyright c')
const beforeNumberBytesMax = 16

const units = wordSet('apt apartment suite ste unit floor fl room rm box')

/** `12 North Main` before ` Street`. */
function confirmStreet(scan: Scan, at: number, end: number): void {
  const { bytes } = scan
  if (!wordEndsAt(scan, end) || at === scan.start || bytes[at - 1] !== space) return
  const from = houseBefore(scan, at - 1)
  if (from === -1 || isOtherThing(scan, from, at, end)) return
  const to = bytes[end] === dot && end < scan.end ? end + 1 : end
  scan.add(from, restEnd(scan, to), 'ADDRESS', 'likely', 'street_address')
}

/** `2019 Supreme Court`, `5 Google Drive`; `since 2015 Main Street`, `Copyright (c) 2011 Gary Court`. */
function isOtherThing(scan: Scan, from: number, at: number, end: number): boolean {
  const { bytes } = scan
  let word = at - 1
  while (word > from && isWordByte(bytes[word - 1]!)) word--
  if (hasWord(bytes, at, end, otherKinds) && hasWord(bytes, word, at, wordsOfOthers)) return true
  // The nearest word.
  const floor = scan.lookBehind(from, beforeNumberBytesMax)
  let to = from
  while (to > floor && !isLetter(bytes[to - 1]!)) to--
  let before = to
  while (before > floor && isLetter(bytes[before - 1]!)) before--
  if (hasWord(bytes, before, to, partsOfTexts)) return true
  return isYear(bytes, from) && hasWord(bytes, before, to, wordsBeforeYears)
}

function isLetter(byte: number): boolean {
  return (classes[byte]! & letter) !== 0
}

function isDigit(byte: number): boolean {
  return (classes[byte]! & digit) !== 0
}

/** Four digits from 1900 to 2099. */
function isYear(bytes: Uint8Array, at: number): boolean {
  const century = (bytes[at]! - 0x30) * 10 + bytes[at + 1]! - 0x30
  return (century === 19 || century === 20) && bytes[at + 4] === space
}

/**
 * Where the house number stands, before up to four words with capitals that end at `at`; or -1. Words before which another street looked for
 * its number in vain aren't read again: this one stands further right and has fewer words left when it comes to them, so it reaches less far.
 */
function houseBefore(scan: Scan, at: number): number {
  const { bytes, start } = scan
  const floor = Math.max(start, at - beforeBytesMax)
  let end = at
  let behindFirst = -1
  for (
    let words = 0;
    words <= streetWordsMax && (words === 0 || end !== scan.houselessAt);
    words++
  ) {
    let from = end
    while (from > floor && isWordByte(bytes[from - 1]!)) from--
    if (from === end) break
    if (words > 0 && isHouseNumber(bytes, from, end)) {
      if (from === start || standsApart(bytes, start, from)) return from
      break
    }
    const isOrdinal = words === 0 && isDigit(bytes[from]!)
    if (!isCapital(bytes[from]!) && !isOrdinal) break
    if (from - 1 < floor || bytes[from - 1] !== space) break
    end = from - 1
    if (words === 0) behindFirst = end
  }
  if (behindFirst !== -1) scan.houselessAt = behindFirst
  return -1
}

function isHouseNumber(bytes: Uint8Array, from: number, to: number): boolean {
  let digits = 0
  while (from + digits < to && isDigit(bytes[from + digits]!)) digits++
  const isNumber = digits > 0 && digits <= houseDigitsMax
  return (
    isNumber &&
    (from + digits === to ||
      (from + digits + 1 === to && (classes[bytes[to - 1]!]! & letter) !== 0))
  )
}

/** Not `1.5 Main St`, `v2 …`, `$5 …`. */
function standsApart(bytes: Uint8Array, start: number, at: number): boolean {
  const before = bytes[at - 1]!
  if (before === space) return at - 2 < start || (classes[bytes[at - 2]!]! & digit) === 0
  return (
    before === newline ||
    before === comma ||
    before === 0x22 ||
    before === 0x27 ||
    before === 0x3a ||
    before === 0x3e
  )
}

/** The end of what belongs to the address behind the street: unit, city, state and postal code, on its line. */
function restEnd(scan: Scan, at: number): number {
  const { bytes, end } = scan
  let found = unitEnd(scan, at)
  let from = afterComma(bytes, found, end)
  if (from === found) return found
  const city = nameEnd(bytes, from, end)
  if (city === from) return found
  from = afterComma(bytes, city, end)
  const state = wordEnd(scan, from, unitBytesMax)
  const isState = state - from === 2 && isCapital(bytes[from]!) && isCapital(bytes[from + 1]!)
  const zip = zipEnd(scan, isState ? afterComma(bytes, state, end) : from)
  if (zip !== -1) found = zip
  // A city of capitals and the state in one: `Springfield IL`.
  else if (isState) found = state
  return found
}

function unitEnd(scan: Scan, at: number): number {
  const { bytes, end } = scan
  let from = afterComma(bytes, at, end)
  if (from < end && bytes[from] === numberSign) from++
  else {
    const word = wordEnd(scan, from, 10)
    if (word === from || !hasWord(bytes, from, word, units)) return at
    from = word
    while (
      from < end &&
      (bytes[from] === dot || bytes[from] === space || bytes[from] === numberSign) &&
      from < word + 3
    )
      from++
  }
  const to = wordEnd(scan, from, unitBytesMax)
  return to > from ? to : at
}

/** Five digits, with four more behind a dash; or -1. */
function zipEnd(scan: Scan, at: number): number {
  const { bytes, end } = scan
  const to = wordEnd(scan, at, 10)
  if (to - at !== 5 || !isHouseNumber(bytes, at, to)) return -1
  const more = to < end && bytes[to] === dash ? wordEnd(scan, to + 1, 5) : to
  return more - to === 5 ? more : to
}

/** Behind a comma and a blank, or one of them. */
function afterComma(bytes: Uint8Array, at: number, end: number): number {
  let from = at
  if (from < end && bytes[from] === comma) from++
  if (from < end && bytes[from] === space) from++
  return from
}

/** `Hauptstraße 12a`: the number stands behind. */
function confirmStreetThenNumber(scan: Scan, at: number, end: number): void {
  const { bytes, start } = scan
  const number = bytes[end] === dot ? end + 2 : end + 1
  if (number >= scan.end || bytes[number - 1] !== space || !isDigit(bytes[number]!)) return
  let from = at
  while (from > start && at - from < beforeBytesMax && isWordByte(bytes[from - 1]!)) from--
  if (from === at || !isCapital(bytes[from]!)) return
  const to = wordEnd(scan, number, unitBytesMax)
  if (to > number && isHouseNumber(bytes, number, to)) {
    scan.add(from, to, 'ADDRESS', 'likely', 'street_address')
  }
}

/** `P.O. Box 123` */
function confirmBox(scan: Scan, at: number, end: number): void {
  if (!wordBeginsAt(scan, at) || scan.bytes[end] !== space) return
  const to = wordEnd(scan, end + 1, unitBytesMax)
  if (to > end + 1 && isHouseNumber(scan.bytes, end + 1, to)) {
    scan.add(at, to, 'ADDRESS', 'likely', 'post_box')
  }
}

/** By byte: 1 if it stands within a word of a street's name. */
const wordBytes = Uint8Array.from(classes, (of, byte) =>
  Number(byte >= 0x80 || byte === dash || byte === dot || (of & (digit | letter)) !== 0),
)

function isWordByte(byte: number): boolean {
  return wordBytes[byte] === 1
}

const literal = { on: 'literal', exact: true } as const

export const addressDetectors: readonly Detector[] = [
  {
    ...literal,
    name: 'street_address',
    literals: [
      'Street',
      'Avenue',
      'Boulevard',
      'Road',
      'Lane',
      'Drive',
      'Court',
      'Terrace',
      'Square',
      'Highway',
      'Parkway',
      'Ave',
      'Blvd',
      'Hwy',
      'Pkwy',
      'St.',
      'St,',
      'St ',
      'Rd.',
      'Rd,',
      'Rd ',
      'Ln.',
      'Ln,',
      'Ln ',
      'Dr.',
      'Dr,',
      'Dr ',
    ],
    confirm: (scan, at, end) => {
      const last = scan.bytes[end - 1]!
      confirmStreet(scan, at, last === dot || last === comma || last === space ? end - 1 : end)
    },
  },
  {
    ...literal,
    name: 'street_address',
    literals: ['straße', 'strasse', 'gasse'],
    confirm: confirmStreetThenNumber,
  },
  {
    ...literal,
    name: 'post_box',
    literals: ['P.O. Box', 'PO Box', 'P.O.Box', 'Postfach'],
    confirm: confirmBox,
  },
]

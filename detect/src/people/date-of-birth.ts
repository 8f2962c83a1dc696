/** Dates of birth: dates behind a word that says so. Other dates are no finding. */
import { asciiOf, byteClass, byteClasses, numberMayEnd } from '../byte-classes.ts'
import type { Detector } from '../detector.ts'
import { numberBehind, wordBeginsAt, wordEnd, wordEndsAt } from '../labels.ts'
import type { Scan } from '../scan.ts'
import { hasWord, wordSet } from '../words.ts'

const classes = byteClasses
const { digit, letter } = byteClass
const { dash, dot, slash, space, zero } = asciiOf
const [comma, letterT] = [0x2c, 0x54]
const wordBytesMax = 12
const monthBytesMax = 10

/** With what is left of `März`, `février`, `août`, `décembre` when letters beyond ASCII end a word. */
const months = wordSet(`
  jan january januar janvier enero gennaio janeiro feb february februar fevrier febrero febbraio mar march marz mars marzo
  apr april avril abril aprile may mai mayo maggio maio jun june juni juin junio giugno jul july juli juillet julio
  luglio aug august aout agosto sep sept september septembre septiembre settembre oct october oktober octobre octubre ottobre
  nov november novembre noviembre dec december dezember decembre diciembre dicembre dezembro
  rz vrier ao cembre
`)
/** Words that begin with the label and say something else. */
const otherWords = wordSet('birthplace birthrate bornholm birthmark')

function confirm(scan: Scan, at: number, end: number): void {
  if (!wordBeginsAt(scan, at)) return
  const labelEnd = wordEnd(scan, end, wordBytesMax)
  if (labelEnd > end && hasWord(scan.bytes, at, labelEnd, otherWords)) return
  addDate(scan, numberBehind(scan, labelEnd))
}

/** `dob` alone, not in `adobe`. */
function confirmWord(scan: Scan, at: number, end: number): void {
  if (wordBeginsAt(scan, at) && wordEndsAt(scan, end)) addDate(scan, numberBehind(scan, end))
}

function addDate(scan: Scan, at: number): void {
  if (at === -1) return
  const from = monthBefore(scan, at)
  const to = dateEnd(scan, at, from < at)
  if (to !== -1) scan.add(from, to, 'DATE_OF_BIRTH', 'likely', 'date_of_birth')
}

/** Where the month's name begins that stands right before `at`; `at` if none does. */
function monthBefore({ bytes, start }: Scan, at: number): number {
  let to = at
  if (to > start && bytes[to - 1] === space) to--
  if (to > start && bytes[to - 1] === dot) to--
  let from = to
  while (from > start && to - from < monthBytesMax && isLetterOfName(bytes[from - 1]!)) from--
  return from < to && to < at && hasWord(bytes, from, to, months) ? from : at
}

/** The end of the date that begins with the digit at `at`: `1980-01-31`, `31.1.80`, `31 January 1980`, `31, 1980`; or -1. */
function dateEnd(scan: Scan, at: number, isAfterMonth: boolean): number {
  const { bytes, end } = scan
  const first = digitsEnd(bytes, at, end)
  if (first - at > 4 || first - at === 3) return eightDigitsEnd(scan, at, first)
  if (isAfterMonth) return yearEnd(scan, first)
  const separator = first < end ? bytes[first]! : 0
  if (separator === dash || separator === dot || separator === slash) {
    const second = partEnd(bytes, first + 1, end, separator)
    if (second === -1) return monthNameEnd(scan, first)
    const from = bytes[second + 1] === space ? second + 2 : second + 1
    const third = digitsEnd(bytes, from, end)
    const ends = numberMayEnd(bytes, third, end) || isBeforeTime(bytes, third, end)
    return ends && fits(bytes, at, first, second, from, third) ? third : -1
  }
  return monthNameEnd(scan, first)
}

/** `T00:00:00Z`, as JSON has dates (ISO 8601). */
function isBeforeTime(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 1 < end && bytes[at] === letterT && (classes[bytes[at + 1]!]! & digit) !== 0
}

/** `19800131` */
function eightDigitsEnd({ bytes, end }: Scan, at: number, to: number): number {
  if (to - at !== 8 || !numberMayEnd(bytes, to, end)) return -1
  const year = numberAt(bytes, at, at + 4)
  const month = numberAt(bytes, at + 4, at + 6)
  const day = numberAt(bytes, at + 6, to)
  return isYear(year) && month >= 1 && month <= 12 && day >= 1 && day <= 31 ? to : -1
}

/** The end of one or two digits at `at`, if the separator stands behind them; or -1. `31. 1. 1980` has spaces. */
function partEnd(bytes: Uint8Array, at: number, end: number, separator: number): number {
  const from = bytes[at] === space ? at + 1 : at
  const to = digitsEnd(bytes, from, end)
  return to > from && to - from <= 2 && to < end && bytes[to] === separator ? to : -1
}

function fits(
  bytes: Uint8Array,
  at: number,
  first: number,
  second: number,
  from: number,
  third: number,
): boolean {
  const [a, c] = [numberAt(bytes, at, first), numberAt(bytes, from, third)]
  const second1 = bytes[first + 1] === space ? first + 2 : first + 1
  const b = numberAt(bytes, second1, second)
  if (first - at === 4)
    return isYear(a) && b >= 1 && b <= 12 && c >= 1 && c <= 31 && third - from <= 2
  const isLong = third - from === 4
  if (!isLong && third - from !== 2) return false
  const isDay = (a <= 31 && b <= 12) || (a <= 12 && b <= 31)
  return a >= 1 && b >= 1 && isDay && (!isLong || isYear(c))
}

/** ` January 1980`, `. Januar 1980`, `-Jan-80` behind a day. */
function monthNameEnd(scan: Scan, at: number): number {
  const { bytes, end } = scan
  let from = at
  while (
    from < end &&
    from < at + 6 &&
    (bytes[from] === dot || bytes[from] === space || bytes[from] === dash)
  )
    from++
  // `31st`, `2nd of`
  let to = nameEnd(scan, from)
  for (let skipped = 0; skipped < 2 && to - from === 2 && to < end; skipped++) {
    from = to + 1
    to = nameEnd(scan, from)
  }
  return to > from && hasWord(bytes, from, to, months) ? yearEnd(scan, to) : -1
}

/** The end of a year of four digits (or two behind a dash) behind `at`, after commas, spaces, dots, an ordinal's letters; or -1. */
function yearEnd({ bytes, end }: Scan, at: number): number {
  let from = at
  while (from < end && from < at + 6 && (classes[bytes[from]!]! & digit) === 0) {
    const byte = bytes[from]!
    if (byte !== comma && byte !== space && byte !== dot && byte !== dash && !isLetter(byte))
      return -1
    from++
  }
  const to = digitsEnd(bytes, from, end)
  if (!numberMayEnd(bytes, to, end)) return -1
  if (to - from === 4) return isYear(numberAt(bytes, from, to)) ? to : -1
  return to - from === 2 && bytes[from - 1] === dash ? to : -1
}

function nameEnd({ bytes, end }: Scan, at: number): number {
  let to = at
  while (to < end && to - at < monthBytesMax && isLetterOfName(bytes[to]!)) to++
  return to
}

function isLetterOfName(byte: number): boolean {
  return byte >= 0x80 || isLetter(byte)
}

function isYear(year: number): boolean {
  return year >= 1880 && year < 2100
}

function digitsEnd(bytes: Uint8Array, at: number, end: number): number {
  let to = at
  while (to < end && to - at <= 8 && (classes[bytes[to]!]! & digit) !== 0) to++
  return to
}

function numberAt(bytes: Uint8Array, at: number, to: number): number {
  let value = 0
  for (let index = at; index < to; index++) value = value * 10 + bytes[index]! - zero
  return value
}

function isLetter(byte: number): boolean {
  return (classes[byte]! & letter) !== 0
}

const birth: Detector = {
  name: 'date_of_birth',
  on: 'literal',
  exact: false,
  literals: [
    'birth',
    'born',
    'geburtsdatum',
    'geburtstag',
    'geboren',
    'naissance',
    'née le',
    'né le',
    'nacimiento',
    'nacido',
    'nacida',
    'nascimento',
    'nascita',
    'nato il',
    'nata il',
    'geboortedatum',
    'fødselsdato',
    'födelsedatum',
    'urodzenia',
    'narození',
  ],
  confirm,
}
const dob: Detector = {
  name: 'date_of_birth',
  on: 'literal',
  exact: false,
  literals: ['dob', 'd.o.b', 'geb.'],
  confirm: confirmWord,
}

export const dateOfBirthDetectors: readonly Detector[] = [birth, dob]

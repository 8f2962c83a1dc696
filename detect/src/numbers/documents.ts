/**
 * Passports, driving licences and bank accounts: numbers without a check digit, found behind the words that name them. From
 * the label on (labels.ts), so that a text without such a word costs nothing.
 */
import { asciiOf, byteClass, byteClasses, numberMayEnd } from '../byte-classes.ts'
import type { Detector } from '../detector.ts'
import { numberBehind, wordBeginsAt, wordEnd } from '../labels.ts'
import { nearWords, standsBefore, standsBehind } from '../near.ts'
import type { Scan } from '../scan.ts'

const classes = byteClasses
const { digit, letter } = byteClass
const { dash, space } = asciiOf
const numberBytesMax = 24
/** `AAA123456 es mi número de pasaporte`. */
const beforeLabelBytesMax = 40

/** Letters and digits of the word from `at` to `to`. */
function digitsIn(bytes: Uint8Array, at: number, to: number): number {
  let count = 0
  for (let index = at; index < to; index++) if ((classes[bytes[index]!]! & digit) !== 0) count++
  return count
}

function confirmPassport(scan: Scan, at: number, end: number): void {
  const behind = numberBehind(scan, end)
  if (behind !== -1) addPassport(scan, behind)
  else addPassport(scan, wordBefore(scan, at))
}

/** Where the word begins that stands last before the label, on its line and with a digit; or -1. */
function wordBefore({ bytes, start }: Scan, at: number): number {
  const floor = Math.max(start, at - beforeLabelBytesMax)
  for (let index = at - 1; index >= floor; index--) {
    const classOf = classes[bytes[index]!]!
    if (bytes[index] === 0x0a) return -1
    if ((classOf & digit) === 0) continue
    let word = index
    while (word > floor && (classes[bytes[word - 1]!]! & (digit | letter)) !== 0) word--
    return word
  }
  return -1
}

/** Up to three letters and six to nine digits, or letters among the digits (`M123A4567`). */
function addPassport(scan: Scan, at: number): void {
  if (at === -1) return
  const { bytes } = scan
  const to = wordEnd(scan, at, numberBytesMax)
  const length = to - at
  const digits = digitsIn(bytes, at, to)
  if (length < 7 || length > 10 || digits < 5 || length - digits > 3) return
  if (!numberMayEnd(bytes, to, scan.end)) return
  const isAmerican =
    length === 9 && (digits === 9 || (digits === 8 && (classes[bytes[at]!]! & letter) !== 0))
  scan.add(at, to, isAmerican ? 'US_PASSPORT' : 'NATIONAL_ID', 'likely', 'passport')
}

const driverWords = nearWords('driver drivers driving driverslicense driverlicense dl operator')
const bankWords = nearWords('number no nr num checking savings bank acct routing')

function confirmDriverLicense(scan: Scan, at: number, end: number): void {
  if (!wordBeginsAt(scan, at)) return
  const from = numberBehind(scan, end)
  if (from !== -1 && standsBefore(scan, at, driverWords)) addDriverLicense(scan, from)
}

function confirmDriverDocument(scan: Scan, at: number, end: number): void {
  if (wordBeginsAt(scan, at)) addDriverLicense(scan, numberBehind(scan, end))
}

/** Five to sixteen letters and digits, at least four of them digits, in groups with single dashes or spaces. */
function addDriverLicense(scan: Scan, at: number): void {
  if (at === -1) return
  const { bytes, end } = scan
  let to = wordEnd(scan, at, numberBytesMax)
  while (
    to + 1 < end &&
    to - at < numberBytesMax &&
    (bytes[to] === dash || bytes[to] === space) &&
    (classes[bytes[to + 1]!]! & digit) !== 0
  ) {
    to = wordEnd(scan, to + 1, numberBytesMax)
  }
  const digits = digitsIn(bytes, at, to)
  if (to - at < 5 || to - at > 20 || digits < 4 || !numberMayEnd(bytes, to, end)) return
  scan.add(at, to, 'US_DRIVER_LICENSE', 'likely', 'driver_license')
}

function confirmBankAccount(scan: Scan, at: number, end: number): void {
  if (!wordBeginsAt(scan, at)) return
  const from = numberBehind(scan, end)
  if (from === -1) return
  const to = wordEnd(scan, from, numberBytesMax)
  const isNumber = to - from >= 8 && to - from <= 17 && digitsIn(scan.bytes, from, to) === to - from
  if (!isNumber || !numberMayEnd(scan.bytes, to, scan.end)) return
  // What says so is looked for last: most accounts have no number.
  if (standsBehind(scan, end, bankWords) || standsBefore(scan, at, bankWords))
    scan.add(from, to, 'US_BANK', 'likely', 'bank_account')
}

const literal = { on: 'literal', exact: false } as const

export const documentDetectors: readonly Detector[] = [
  {
    ...literal,
    name: 'passport',
    literals: [
      'passport',
      'pasaporte',
      'passeport',
      'reisepass',
      'passaporto',
      'paspoort',
      'passnummer',
      'ausweis',
    ],
    confirm: confirmPassport,
  },
  {
    ...literal,
    name: 'driver_license',
    literals: ['licens', 'licenc'],
    confirm: confirmDriverLicense,
  },
  {
    ...literal,
    name: 'driver_license',
    literals: [
      'führerschein',
      'fuehrerschein',
      'rijbewijs',
      'permis de conduire',
      'carnet de conducir',
      'patente di guida',
    ],
    confirm: confirmDriverDocument,
  },
  {
    ...literal,
    name: 'bank_account',
    literals: ['account', 'acct', 'kontonummer'],
    confirm: confirmBankAccount,
  },
]

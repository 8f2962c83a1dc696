/**
 * Names of people, where a text says that it is one: behind a form of address, a salutation, or a label such as `surname`. What is
 * merely called `name` is mostly a thing's: possible, not likely. Names are not known by themselves.
 */
import type { TouchLevel } from '@gatetrail/schemas'
import { asciiOf, byteClass, byteClasses } from '../byte-classes.ts'
import type { Detector } from '../detector.ts'
import { wordBeginsAt, wordEndsAt } from '../labels.ts'
import type { Scan } from '../scan.ts'
import { hasWord, wordSet } from '../words.ts'
import { nameEnd, nameWordEnd } from './name-words.ts'

const classes = byteClasses
const { space, dot, colon } = asciiOf
const [equals, quote, apostrophe, comma, exclamation, newline] = [
  0x3d, 0x22, 0x27, 0x2c, 0x21, 0x0a,
]
const separatorBytesMax = 8
const kindBytesMax = 16

/** Before `name`: of a person's. */
const kinds = wordSet(`
  full first last family given sur middle maiden legal patient customer client employee cardholder holder passenger guest
  beneficiary student applicant tenant donor insured spouse mother father
`)
/** What stands for a name where none is: types, placeholders, another form of address. */
const others = wordSet(`
  string text varchar char null none true false undefined required optional unknown type object test name value int integer number
  any sir madam all team customer client friend friends colleague colleagues user users reader everyone folks sirs is the
  column field boolean first last nullable maybe nothing data
  mr mrs ms dr prof herr frau monsieur madame signor
`)

/** Behind `Mr.`: words of a name. */
function confirmAddressed(scan: Scan, at: number, end: number): void {
  const { bytes } = scan
  if (!wordBeginsAt(scan, at) || !wordEndsAt(scan, end)) return
  let from = end
  if (bytes[from] === dot && from < scan.end) from++
  if (from >= scan.end || bytes[from] !== space) return
  addName(scan, from + 1, 'likely', 'person_addressed')
}

function confirmSalutation(scan: Scan, at: number, end: number): void {
  if (!wordBeginsAt(scan, at)) return
  const to = nameEnd(scan.bytes, end, scan.end)
  const behind = to < scan.end ? scan.bytes[to]! : newline
  const closes =
    behind === comma || behind === newline || behind === exclamation || behind === colon
  if (closes) addName(scan, end, 'likely', 'person_saluted')
}

/** `first_name = "Ana"`, `Patient name: Ana Souza`, `my name is Ana`; `name: Ana Souza` is possible. */
function confirmName(scan: Scan, at: number, end: number): void {
  const { bytes, start } = scan
  if (!wordEndsAt(scan, end)) return
  const isPersons =
    hasWord(bytes, Math.max(start, at - kindBytesMax), at, kinds) && isNextTo(scan, at)
  const from = valueBehind(scan, end)
  if (from === -1) return
  addName(scan, from, isPersons ? 'likely' : 'possible', 'person_named')
}

function confirmLabel(scan: Scan, at: number, end: number): void {
  if (!wordBeginsAt(scan, at) || !wordEndsAt(scan, end)) return
  const from = valueBehind(scan, end)
  if (from !== -1) addName(scan, from, 'likely', 'person_named')
}

function confirmSpoken(scan: Scan, at: number, end: number): void {
  if (wordBeginsAt(scan, at)) addName(scan, end, 'likely', 'person_named')
}

/** Whether only one letter, blank or mark stands between the word before and `at`. */
function isNextTo({ bytes, start }: Scan, at: number): boolean {
  return at - 2 >= start && (isLetter(bytes[at - 1]!) || isLetter(bytes[at - 2]!))
}

/** Where the value of a label begins: behind `:` or `=`, blanks and a quote; or -1. */
function valueBehind({ bytes, end }: Scan, at: number): number {
  const ceiling = Math.min(end, at + separatorBytesMax)
  let isSeparated = false
  for (let index = at; index < ceiling; index++) {
    const byte = bytes[index]!
    if (byte === colon || byte === equals) isSeparated = true
    else if (byte !== space && byte !== quote && byte !== apostrophe)
      return isSeparated ? index : -1
  }
  return -1
}

function addName(scan: Scan, at: number, level: TouchLevel, detector: string): void {
  const { bytes } = scan
  const firstEnd = nameWordEnd(bytes, at, scan.end)
  if (hasWord(bytes, at, firstEnd, others)) return
  const to = nameEnd(bytes, at, scan.end)
  // One letter is an initial, and initials alone are no name.
  if (to - at < 2) return
  // A name ends a value or is followed by a mark; `Ana2`, `Ana_x`, `Ana.b` and `Ana(` are identifiers.
  const behind = to < scan.end ? bytes[to]! : space
  if (
    behind === 0x5f ||
    behind === 0x28 ||
    behind === 0x2f ||
    (classes[behind]! & byteClass.digit) !== 0
  )
    return
  if (behind === dot && to + 1 < scan.end && isLetter(bytes[to + 1]!)) return
  scan.add(at, to, 'PERSON', level, detector)
}

function isLetter(byte: number): boolean {
  return (classes[byte]! & byteClass.letter) !== 0
}

const exactly = { on: 'literal', exact: true } as const
const anyCase = { on: 'literal', exact: false } as const

export const personDetectors: readonly Detector[] = [
  {
    ...exactly,
    name: 'person_addressed',
    literals: [
      'Mr.',
      'Mrs',
      'Ms.',
      'Dr.',
      'Mr ',
      'Ms ',
      'Prof.',
      'Herr',
      'Frau',
      'Monsieur',
      'Madame',
      'Señor',
      'Señora',
      'Signor',
    ],
    confirm: (scan, at, end) =>
      confirmAddressed(scan, at, isMark(scan.bytes[end - 1]!) ? end - 1 : end),
  },
  { ...exactly, name: 'person_saluted', literals: ['Dear '], confirm: confirmSalutation },
  { ...anyCase, name: 'person_named', literals: ['name'], confirm: confirmName },
  {
    ...anyCase,
    name: 'person_named',
    literals: [
      'surname',
      'nachname',
      'vorname',
      'apellido',
      'apellidos',
      'cognome',
      'cardholder',
      'account holder',
      'patient',
    ],
    confirm: confirmLabel,
  },
  {
    ...anyCase,
    name: 'person_named',
    literals: ['my name is ', 'mi nombre es ', 'ich heisse ', "je m'appelle "],
    confirm: confirmSpoken,
  },
]

function isMark(byte: number): boolean {
  return byte === dot || byte === space
}

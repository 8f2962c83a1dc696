/**
 * International bank account numbers (ISO 13616): country, two check digits, and what the country has there; in one word or as
 * printed, in groups of four. Length, kinds of characters and the check of ISO 7064 (mod 97, 10) must all fit.
 */
import { asciiOf, byteClass, byteClasses, numberMayEnd } from '../byte-classes.ts'
import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'
import { ibanFormats } from './iban-formats.ts'

const ibanBytesMax = 34
const headBytes = 4
const groupBytes = 4
const classes = byteClasses
const { space, dash, zero } = asciiOf
const { digit, letter } = byteClass
const letterA = 0x41

/** By country (26 × first letter + second): its classes of bytes, one for each that stands behind the head. */
const formats: (Uint8Array | undefined)[] = Array.from({ length: 26 * 26 })
for (const format of ibanFormats.split(',')) {
  const [country = '', runs = ''] = format.trim().split(' ')
  formats[countryIndex(country.charCodeAt(0), country.charCodeAt(1))] = classesOf(runs)
}

function classesOf(runs: string): Uint8Array {
  const kinds: number[] = []
  for (const [, count, kind] of runs.matchAll(/(\d+)([nac])/g)) {
    const of = kind === 'n' ? digit : kind === 'a' ? letter : digit | letter
    for (let index = 0; index < Number(count); index++) kinds.push(of)
  }
  return Uint8Array.from(kinds)
}

function countryIndex(first: number, second: number): number {
  return ((first & 0x1f) - 1) * 26 + (second & 0x1f) - 1
}

/** The end of the IBAN that begins with the word from `at` to `wordEnd`, or -1. */
export function ibanEnd(bytes: Uint8Array, at: number, wordEnd: number, end: number): number {
  if (wordEnd - at < headBytes) return -1
  const head = classes[bytes[at]!]! & classes[bytes[at + 1]!]! & letter
  const checkDigits = classes[bytes[at + 2]!]! & classes[bytes[at + 3]!]! & digit
  if (head === 0 || checkDigits === 0) return -1
  const format = formats[countryIndex(bytes[at]!, bytes[at + 1]!)]
  if (format === undefined) return -1
  const after =
    wordEnd - at === headBytes
      ? printedEnd(bytes, at, end, format)
      : plainEnd(bytes, at, wordEnd, format)
  if (after === -1 || !numberMayEnd(bytes, after, end)) return -1
  return hasCheckDigits(bytes, at, after) ? after : -1
}

/** Letters are all capitals, or none is. */
function plainEnd(bytes: Uint8Array, at: number, wordEnd: number, format: Uint8Array): number {
  if (wordEnd - at !== headBytes + format.length) return -1
  const letterCase = bytes[at]! & 0x20
  for (let index = 1; index < wordEnd - at; index++) {
    const byte = bytes[at + index]!
    const kind = index === 1 ? letter : index < headBytes ? digit : format[index - headBytes]!
    if ((classes[byte]! & kind) === 0) return -1
    if ((classes[byte]! & letter) !== 0 && (byte & 0x20) !== letterCase) return -1
  }
  return wordEnd
}

/** In groups of four with one kind of separator; or head, separator, and all the rest. */
function printedEnd(bytes: Uint8Array, at: number, end: number, format: Uint8Array): number {
  const letterCase = bytes[at]! & 0x20
  const separator = at + headBytes < end ? bytes[at + headBytes]! : 0
  if (separator !== space && separator !== dash) return -1
  let position = at + headBytes
  let inGroups = true
  for (let index = 0; index < format.length; index++) {
    if (index % groupBytes === 0 && inGroups) {
      if (position < end && bytes[position] === separator) position++
      else if (index === groupBytes) inGroups = false
      else return -1
    }
    if (position >= end) return -1
    const byte = bytes[position++]!
    if ((classes[byte]! & format[index]!) === 0) return -1
    if ((classes[byte]! & letter) !== 0 && (byte & 0x20) !== letterCase) return -1
  }
  return position
}

/** ISO 7064, mod 97, 10: the head moved to the end, letters as 10 to 35, leaves one. */
function hasCheckDigits(bytes: Uint8Array, at: number, end: number): boolean {
  let value = 0
  for (let index = at + headBytes; index < end; index++) value = appended(value, bytes[index]!)
  for (let index = at; index < at + headBytes; index++) value = appended(value, bytes[index]!)
  return value % 97 === 1
}

/** Of digits, letters and separators. Divides only where two more digits could become no small integer: a division costs more than all the rest. */
function appended(value: number, byte: number): number {
  const figure = byte - zero
  if (figure < 0) return value
  const small = value < 5_000_000 ? value : value % 97
  return figure < 10 ? small * 10 + figure : small * 100 + (byte & 0x5f) - letterA + 10
}

function confirm(scan: Scan, at: number, wordEnd: number): void {
  const end = ibanEnd(scan.bytes, at, wordEnd, scan.end)
  if (end !== -1) scan.add(at, end, 'IBAN', 'certain', 'iban')
}

const countryLetters = 'ABCDEFGHIJKLMNOPQRSTUVXYZ'
const startsWith = countryLetters + countryLetters.toLowerCase()

/** In one word. */
const ibanWord: Detector = {
  name: 'iban',
  on: 'word',
  bytes: [15, ibanBytesMax],
  digits: 'some',
  startsWith,
  confirm,
}

/** As printed: `DE89 3704 …` */
const ibanHead: Detector = {
  name: 'iban',
  on: 'word',
  bytes: [headBytes, headBytes],
  digits: 'some',
  startsWith,
  followedBy: ' -',
  confirm,
}

export const ibanDetectors: readonly Detector[] = [ibanWord, ibanHead]

/** What the rest of a name says, of which a word was found: `next_token` is none, `DB_PASS` is one, `bypass` isn't. */
import type { Scan } from '../scan.ts'
import {
  alphanumericBits,
  bytesOf,
  characterOf,
  characters,
  isAt,
  letterBits,
} from './characters.ts'

const { lowerHex, lower } = characterOf
const lowerBits = lowerHex | lower
const nameBytesMax = 64
const wordBytesMax = 24
const dash = 0x2d
const separators = bytesOf('_-. ')

/** Where the word begins that ends before `at`, or before separators there; `at` if there is none. `to`: see {@link wordBeforeEnd}. */
export function wordBeforeStart({ bytes, start }: Scan, at: number): number {
  const to = wordBeforeEnd(bytes, start, at)
  const floor = Math.max(start, to - wordBytesMax)
  for (let position = to; position > floor; position--) {
    const byte = bytes[position - 1]!
    if ((characters[byte]! & letterBits) === 0) return position === to ? at : position
    const isUpper = (byte & 0x20) === 0
    if (isUpper && position - 1 > floor && isLower(bytes[position - 2]!)) return position - 1
  }
  return floor === to ? at : floor
}

/** Where the word ends that stands before `at`. */
export function wordBeforeEnd(bytes: Uint8Array, start: number, at: number): number {
  return at > start && separators[bytes[at - 1]!] === 1 ? at - 1 : at
}

/** Whether letters of the same word stand before `at`: `bypass`, but not `dbPass` nor `DB_PASS`. */
export function isWithinWord({ bytes, start }: Scan, at: number): boolean {
  if (at === start || (characters[bytes[at - 1]!]! & letterBits) === 0) return false
  return isLower(bytes[at]!) || !isLower(bytes[at - 1]!)
}

/** Whether the name at `at` is of an option of a command line: `--db-password`. */
export function isOption({ bytes, start }: Scan, at: number): boolean {
  const floor = Math.max(start, at - nameBytesMax)
  let position = at
  while (position > floor && isOfOption(bytes[position - 1]!)) position--
  const isBegin = position === start || bytes[position - 1]! <= 0x20
  return isBegin && position + 1 < at && bytes[position] === dash && bytes[position + 1] === dash
}

/** Whether `login …` stands before, as in a .netrc file (ftp(1)): there a blank is all that stands between. */
export function isAfterLogin({ bytes, start }: Scan, at: number): boolean {
  if (at === start || bytes[at - 1] !== 0x20) return false
  const floor = Math.max(start, at - nameBytesMax)
  let position = at - 1
  while (position > floor && bytes[position - 1]! > 0x20) position--
  return position - 6 >= start && position < at - 1 && isAt(bytes, position - 6, at, 'login ')
}

function isOfOption(byte: number): boolean {
  return byte === dash || (characters[byte]! & alphanumericBits) !== 0
}

function isLower(byte: number): boolean {
  return (characters[byte]! & lowerBits) !== 0
}

/** How sure it is that what is assigned to a name like `password` is one, and no type, label, variable, path or call. */
import type { TouchLevel } from '@gatetrail/schemas'
import type { Scan } from '../scan.ts'
import type { Assignment } from './assignment.ts'
import { alphanumericBits, characterOf, characters, isAt, letterBits } from './characters.ts'
import { isName, looksRandom } from './looks-random.ts'
import { isCode, isPlaceholder } from './placeholder.ts'

const { digit, lowerHex, lower, underscore } = characterOf
const lowerBits = lowerHex | lower
const dash = 0x2d
const passwordBytesMax = 256
const lettersMin = 4
const numberMin = 4
const bareNumberMin = 5

/** `isWeak`: the name is `pass` or the like, which is no password in many places. */
export function passwordLevel(
  scan: Scan,
  value: Assignment,
  isWeak: boolean,
): TouchLevel | undefined {
  const { bytes } = scan
  const { from, to, isQuoted, by } = value
  if (to - from > passwordBytesMax || (by === 'blank' && bytes[from] === dash)) return undefined
  if (by === 'comma' && !looksRandom(bytes, from, to)) return undefined
  const kind = kindOf(bytes, from, to)
  if (kind === 'words' && (!isQuoted || by !== 'equals')) return undefined
  if (isPlaceholder(bytes, from, to) || isFollowedByCode(scan, value)) return undefined
  if (kind === 'words') return 'possible'
  if (kind === 'number')
    return !isWeak && to - from >= (isQuoted ? numberMin : bareNumberMin) ? 'likely' : undefined
  if (kind === 'name') return to - from < lettersMin ? undefined : nameLevel(bytes, value, isWeak)
  return isQuoted || isMixedPassword(bytes, value, isWeak) ? 'likely' : undefined
}

/** Without quotes: no path, no member of an object, no variable. */
function isMixedPassword(
  bytes: Uint8Array,
  { from, to, isAttached }: Assignment,
  isWeak: boolean,
): boolean {
  if (isAddress(bytes, from, to) || isCode(bytes, from, to)) return false
  if (isAttached) return true
  return !isVariable(bytes, from, to) && (!isWeak || looksRandom(bytes, from, to))
}

type Kind = 'words' | 'number' | 'name' | 'mixed'

function kindOf(bytes: Uint8Array, from: number, to: number): Kind {
  let digits = 0
  for (let at = from; at < to; at++) {
    if (bytes[at]! <= 0x20) return 'words'
    if ((characters[bytes[at]!]! & digit) !== 0) digits++
  }
  if (digits === to - from) return 'number'
  return isName(bytes, from, to) ? 'name' : 'mixed'
}

/** Of letters only: a password, a label of a form, or a variable. */
function nameLevel(
  bytes: Uint8Array,
  { from, to, isQuoted, by, isAttached }: Assignment,
  isWeak: boolean,
): TouchLevel | undefined {
  if (namesSecret(bytes, from, to) || isAddress(bytes, from, to)) return undefined
  if (isQuoted) {
    if (isWeak) return by === 'colon' ? undefined : 'possible'
    // `"password": "Kennwort"`: of a form.
    const isLabel = by === 'colon' && (characters[bytes[from]!]! & lowerBits) === 0
    return isLabel ? 'possible' : 'likely'
  }
  if (by === 'element') return 'likely'
  // `--password options` of a manual.
  if (by === 'blank') return 'possible'
  if (isWeak || !isAttached || by !== 'equals') return undefined
  return isLetters(bytes, from, to) ? 'likely' : 'possible'
}

function isLetters(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if ((characters[bytes[at]!]! & letterBits) === 0) return false
  return true
}

/** `user_password1`, `0x70`, the next name where a value is missing (`password= user=`) */
function isVariable(bytes: Uint8Array, from: number, to: number): boolean {
  if (isAt(bytes, from, to, '0x') || isEmptyName(bytes, from, to)) return true
  for (let at = from; at < to; at++)
    if ((characters[bytes[at]!]! & (alphanumericBits | underscore)) === 0) return false
  return namesSecret(bytes, from, to)
}

function isEmptyName(bytes: Uint8Array, from: number, to: number): boolean {
  return bytes[to - 1] === 0x3d && isName(bytes, from, to - 1)
}

/** Whether it speaks of a password instead of being one. */
function namesSecret(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const byte = bytes[at]! | 0x20
    if (byte !== 0x70 && byte !== 0x73) continue
    if (isAt(bytes, at, to, 'pass') || isAt(bytes, at, to, 'secret') || isAt(bytes, at, to, 'pwd'))
      return true
  }
  return false
}

/** A path, or a URL: what is secret in a URL is found there. */
export function isAddress(bytes: Uint8Array, from: number, to: number): boolean {
  if (isAt(bytes, from, to, './') || isAt(bytes, from, to, '../') || isAt(bytes, from, to, '~/'))
    return true
  if (bytes[from] === 0x2f && !looksRandom(bytes, from, to)) return true
  for (let at = from; at + 3 <= to; at++)
    if (bytes[at] === 0x3a && isAt(bytes, at, to, '://')) return true
  return false
}

/** `password = read(…)`, `token = tokens[…]`, `connect(password=pw)`, `password = user.password`. */
export function isFollowedByCode({ bytes, end }: Scan, value: Assignment): boolean {
  const { from, to } = value
  if (value.isQuoted || to >= end) return false
  const after = bytes[to]!
  if (after === 0x28 || after === 0x5b) return true
  if (after === 0x2e && to + 1 < end) return bytes[to + 1] === 0x28 || bytes[to + 1] === 0x5b
  return after === 0x29 && isName(bytes, from, to)
}

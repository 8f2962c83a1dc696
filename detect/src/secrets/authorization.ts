/**
 * Credentials of HTTP: `Authorization: Basic …` (RFC 7617), `Bearer …` (RFC 6750) and other schemes (RFC 9110 §11.6.2).
 */
import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'
import {
  alphanumericBits,
  bytesOf,
  characterOf,
  characters,
  isAt,
  letterBits,
} from './characters.ts'
import { isUuid, looksRandom } from './looks-random.ts'
import { isPlaceholder } from './placeholder.ts'
import { Run } from './run.ts'

const credential = new Run(
  alphanumericBits |
    characterOf.dash |
    characterOf.underscore |
    characterOf.base64 |
    characterOf.dot |
    characterOf.percent,
)
const behindName = bytesOf('\\"\'`]) \t')
const operators = bytesOf(':=>,')
const behindOperator = bytesOf('\\"\'` \t')
const credentialBytesMax = 2048
const partsMax = 2
const equals = 0x3d
const schemeBytesMax = 16
const space = 0x20
const colon = 0x3a

export const authorizationHeader: Detector = {
  name: 'authorization',
  on: 'literal',
  exact: false,
  // The end of `authorization` (looked-for.ts).
  literals: ['rization'],
  within: 'line',
  ahead: credentialBytesMax + 64,
  behind: 0,
  confirm(scan, at, nameEnd) {
    const { bytes, end } = scan
    const name = at - 'autho'.length
    if (name < scan.start || !isAt(bytes, name, at, 'autho')) return
    let position = skip(bytes, nameEnd, end, behindName, 6)
    const operator = position
    position = skip(bytes, position, end, operators, 3)
    if (position === operator) return
    position = skip(bytes, position, end, behindOperator, 6)
    const scheme = position
    const ceiling = Math.min(end, scheme + schemeBytesMax)
    while (position < ceiling && (characters[bytes[position]!]! & letterBits) !== 0) position++
    const hasScheme = position > scheme && position < end && bytes[position] === space
    const from = hasScheme ? position + 1 : scheme
    const isBasic = hasScheme && isAt(bytes, scheme, end, 'basic')
    addCredential(scan, from, isBasic ? 'basic_auth' : 'authorization')
  },
}

export const bearerToken: Detector = {
  name: 'bearer_token',
  on: 'literal',
  exact: false,
  literals: ['bearer '],
  within: 'line',
  ahead: credentialBytesMax + 64,
  behind: 0,
  confirm(scan, _, from) {
    addCredential(scan, from, 'bearer_token')
  },
}

/** Behind what is of `set`, by byte, from `at` on. */
function skip(
  bytes: Uint8Array,
  at: number,
  end: number,
  set: Uint8Array,
  bytesMax: number,
): number {
  const ceiling = Math.min(end, at + bytesMax)
  let position = at
  while (position < ceiling && set[bytes[position]!] === 1) position++
  return position
}

function addCredential(scan: Scan, from: number, name: string): void {
  const { bytes } = scan
  const to = credentialEnd(scan, from)
  const isGiven =
    name === 'basic_auth'
      ? isUserAndPassword(bytes, from, to)
      : isUuid(bytes, from, to) || looksRandom(bytes, from, to)
  if (!isGiven || isPlaceholder(bytes, from, to)) return
  scan.add(from, to, name === 'basic_auth' ? 'PASSWORD' : 'API_KEY', 'likely', name)
}

/** `=` stands at the end of base64, and once more in `token=…`; in more names than one it ends there. */
function credentialEnd(scan: Scan, from: number): number {
  const { bytes } = scan
  const ceiling = Math.min(scan.end, from + credentialBytesMax)
  let to = credential.end(scan, from, credentialBytesMax)
  for (let part = 1; part <= partsMax; part++) {
    while (to < ceiling && bytes[to] === equals) to++
    if (part < partsMax) to = credential.end(scan, to, ceiling - to)
  }
  return to
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Whether it is base64 of printable text with a colon in it. */
function isUserAndPassword(bytes: Uint8Array, from: number, to: number): boolean {
  let held = 0
  let bits = 0
  let colons = 0
  for (let at = from; at < to && bytes[at] !== 0x3d; at++) {
    const value = alphabet.indexOf(String.fromCharCode(bytes[at]!))
    if (value === -1) return false
    held = ((held << 6) | value) & 0xffff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    const byte = (held >>> bits) & 0xff
    if (byte < space || byte === 0x7f) return false
    if (byte === colon) colons++
  }
  return colons > 0
}

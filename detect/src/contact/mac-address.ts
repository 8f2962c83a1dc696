/**
 * Hardware addresses of 48 and 64 bits (IEEE 802, EUI-48 and EUI-64): pairs of hexadecimal digits with colons or dashes, Cisco's
 * groups of four with dots; pairs with spaces, and digits alone, only where nothing else stands in the value or a word says it.
 * Those of all ones (broadcast) and all zeros are nobody's in text. From ip-address.ts for what has colons.
 */
import type { Detector } from '../detector.ts'
import { asciiOf, byteClass, byteClasses } from '../byte-classes.ts'
import type { Scan } from '../scan.ts'
import { isWholeValue } from '../whole-value.ts'
import { contextWords } from '../context-words.ts'

const classes = byteClasses
const { colon, dash, dot, space, slash } = asciiOf
const { digit, letter, hexLetter } = byteClass
const hex = digit | hexLetter
const underscore = 0x5f

const words = contextWords(
  'mac macs macaddr macaddress hwaddr ether ethernet hardware bssid physical eui',
)

/**
 * Where groups of `size` digits with `separator` between them end that begin at `at`, or -1: 12 digits in all or 16, and the same
 * separator neither before nor behind.
 */
function groupsEnd(
  bytes: Uint8Array,
  start: number,
  at: number,
  end: number,
  size: number,
  separator: number,
): number {
  if (at > start && !mayStandBeside(bytes[at - 1]!, separator)) return -1
  let position = at
  let digits = 0
  let ones = 0
  let zeros = 0
  for (;;) {
    if (position + size > end) return -1
    for (let index = 0; index < size; index++) {
      const byte = bytes[position++]!
      if ((classes[byte]! & hex) === 0) return -1
      if ((byte | 0x20) === 0x66) ones++
      else if (byte === 0x30) zeros++
    }
    digits += size
    if (position >= end || bytes[position] !== separator) break
    if (digits === 16) return -1
    position++
  }
  if (digits !== 12 && digits !== 16) return -1
  const isNobodys = zeros === digits || (ones === digits && digits === 12)
  if (isNobodys && (at > start || position < end)) return -1
  return position >= end || mayStandBeside(bytes[position]!, separator) ? position : -1
}

function mayStandBeside(byte: number, separator: number): boolean {
  return (classes[byte]! & (digit | letter)) === 0 && byte !== separator && byte !== underscore
}

/** As {@link groupsEnd}. */
export function pairsWithColons(bytes: Uint8Array, start: number, at: number, end: number): number {
  // The third colon at the latest tells it from a time and from IPv6.
  if (at + 17 > end || bytes[at + 2] !== colon || bytes[at + 5] !== colon) return -1
  if (bytes[at + 8] !== colon) return -1
  return groupsEnd(bytes, start, at, end, 2, colon)
}

function confirmGroups(scan: Scan, at: number, size: number, separator: number): void {
  const to = groupsEnd(scan.bytes, scan.start, at, scan.end, size, separator)
  if (to !== -1) scan.add(at, to, 'MAC_ADDRESS', 'certain', 'mac_address')
}

/** `01-23-45-67-89-ab`, `01 23 45 67 89 ab`: from the first pair. */
export const macPairs: Detector = {
  name: 'mac_address',
  on: 'word',
  bytes: [2, 2],
  digits: 'some',
  startsWith: '0123456789abcdefABCDEF',
  followedBy: '- ',
  repeats: 3,
  confirm(scan, at) {
    const { bytes, end } = scan
    const separator = bytes[at + 2]!
    if (at + 17 > end || bytes[at + 5] !== separator || bytes[at + 8] !== separator) return
    if (separator === dash) return confirmGroups(scan, at, 2, dash)
    const to = groupsEnd(bytes, scan.start, at, end, 2, space)
    if (to === -1 || !hasLetter(bytes, at, to)) return
    if (!isWholeValue(scan, at, to) && !scan.isNamed(at, words)) return
    scan.add(at, to, 'MAC_ADDRESS', 'likely', 'mac_address')
  },
}

/** Of a first pair without digits: from its dash. */
export const macPairsOfLetters: Detector = {
  name: 'mac_address',
  on: 'byte',
  byte: dash,
  after: 'abcdefABCDEF',
  followedBy: '0123456789abcdefABCDEF',
  repeats: 3,
  confirm(scan, at) {
    if (at - 2 >= scan.start && at + 6 <= scan.end && scan.bytes[at + 3] === dash)
      confirmGroups(scan, at - 2, 2, dash)
  },
}

/** `0123.4567.89ab` */
export const macFours: Detector = {
  name: 'mac_address',
  on: 'word',
  bytes: [4, 4],
  digits: 'some',
  startsWith: '0123456789abcdefABCDEF',
  followedBy: '.',
  repeats: 5,
  confirm(scan, at) {
    const { bytes, end } = scan
    if (at + 14 > end || bytes[at + 9] !== dot) return
    const to = groupsEnd(bytes, scan.start, at, end, 4, dot)
    if (to === -1) return
    const level = hasLetter(bytes, at, to) || scan.isNamed(at, words) ? 'certain' : 'possible'
    scan.add(at, to, 'MAC_ADDRESS', level, 'mac_address')
  },
}

export const macFoursOfLetters: Detector = {
  name: 'mac_address',
  on: 'byte',
  byte: dot,
  after: 'abcdefABCDEF',
  followedBy: '0123456789abcdefABCDEF',
  repeats: 5,
  confirm(scan, at) {
    if (at - 4 >= scan.start && at + 10 <= scan.end && scan.bytes[at + 5] === dot)
      confirmGroups(scan, at - 4, 4, dot)
  },
}

/** Without separators: any hash may begin so, and containers and traces have such ids. */
export const macBare: Detector = {
  name: 'mac_address_bare',
  on: 'word',
  bytes: [12, 16],
  digits: 'some',
  startsWith: '0123456789abcdefABCDEF',
  confirm(scan, at, end) {
    if (end - at !== 12 && end - at !== 16) return
    // The last part of a UUID, of a path.
    const before = at > scan.start ? scan.bytes[at - 1]! : 0
    if (before === dash || before === slash) return
    let letters = 0
    for (let index = at; index < end; index++) {
      const classOf = classes[scan.bytes[index]!]!
      if ((classOf & hex) === 0) return
      if ((classOf & letter) !== 0) letters++
    }
    if (letters === 0) return
    const level = isAlone(scan, at, end) || scan.isNamed(at, words) ? 'likely' : 'possible'
    scan.add(at, end, 'MAC_ADDRESS', level, 'mac_address_bare')
  },
}

const onesBytes = 12
const letters = 'abcdefghijklmnopqrstuvwxyz'

/**
 * All ones have no digit in them, and are no word to the scanner. Only their begin is looked for: in a text full of them most stand behind
 * another, which is clear at once.
 */
export const macBareOnes: Detector = {
  name: 'mac_address_bare',
  on: 'literal',
  literals: ['fff'],
  exact: false,
  around: () => ({ notAfter: letters }),
  confirm(scan, at) {
    const { bytes, start, end } = scan
    if (at > start && (classes[bytes[at - 1]!]! & letter) !== 0) return
    if (at + onesBytes > end || !areOnes(bytes, at, at + onesBytes)) return
    for (const size of [onesBytes, 16])
      if (at + size <= end && isAlone(scan, at, at + size))
        scan.add(at, at + size, 'MAC_ADDRESS', 'likely', 'mac_address_bare')
  },
}

function areOnes(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if ((bytes[at]! | 0x20) !== 0x66) return false
  return true
}

/** Nothing else stands in the value, and it is of no column or key that has another name. */
function isAlone(scan: Scan, from: number, to: number): boolean {
  return scan.names.length === 0 && isWholeValue(scan, from, to)
}

function hasLetter(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if ((classes[bytes[at]!]! & letter) !== 0) return true
  return false
}

export const macAddressDetectors: readonly Detector[] = [
  macPairs,
  macPairsOfLetters,
  macFours,
  macFoursOfLetters,
  macBare,
  macBareOnes,
]

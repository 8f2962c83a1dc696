/**
 * IP addresses of both versions, with a zone (RFC 4007 §11) and a prefix length behind them. Four numbers with dots are no
 * address where they are a part of a longer row (an OID), or where a word before them says that they are a version.
 */
import type { Detector } from '../detector.ts'
import { asciiOf, byteClass, byteClasses } from '../byte-classes.ts'
import type { Scan } from '../scan.ts'
import { contextWords } from '../context-words.ts'
import { wordSet } from '../words.ts'
import { pairsWithColons } from './mac-address.ts'

const classes = byteClasses
const { colon, dot, slash, dash, plus, zero } = asciiOf
const { digit, letter, hexLetter, lead, continuation } = byteClass
const percent = 0x25
const underscore = 0x5f
const openBracket = 0x5b
const hex = digit | hexLetter
const name = digit | letter | lead | continuation

const groupsMax = 8
const zoneBytesMax = 16
const productBytesMax = 24

/** And parts of texts: `section 3.1.4.2`. */
const versionWords = wordSet(`
  version versions ver v release build firmware driver assembly assemblyversion fileversion oid oids snmp upgrade upgraded
  section sections chapter figure fig table appendix clause paragraph
`)
/** What stands with a slash before a version of four numbers: `Chrome/120.0.0.0`. */
const products = wordSet(
  `chrome chromium headlesschrome version safari edg edge edga edgios opr opera firefox crios electron vivaldi yabrowser
  samsungbrowser brave mobile gecko applewebkit`,
)
const ipWords = contextWords('ip ips ipv address addr addresses host hosts client remote source')

/** Where the four numbers end that begin at `at`, or -1: none above 255, none with a zero in front. */
function ipv4End(bytes: Uint8Array, at: number, end: number): number {
  let position = at
  for (let part = 0; part < 4; part++) {
    if (part > 0 && (position >= end || bytes[position++] !== dot)) return -1
    const first = position
    let value = 0
    while (position < end && position - first < 4 && (classes[bytes[position]!]! & digit) !== 0) {
      value = value * 10 + bytes[position++]! - zero
    }
    const size = position - first
    if (size === 0 || size > 3 || value > 255 || (size > 1 && bytes[first] === zero)) return -1
  }
  return position
}

/** Whether a row of four numbers may begin at `at`. */
function ipv4MayBegin(bytes: Uint8Array, start: number, at: number): boolean {
  if (at === start) return true
  const before = bytes[at - 1]!
  if ((classes[before]! & (lead | continuation)) !== 0) return true
  // The letter of an escape; a word would begin before it otherwise.
  if ((classes[before]! & letter) !== 0) return true
  if (before === plus || before === underscore) return false
  return (before !== dot && before !== dash) || at - 2 < start || !isDigit(bytes[at - 2]!)
}

/** Whether a row of four numbers may end at `at`: a sentence's dot may follow, a further number or a release's name may not. */
function ipv4MayEnd(bytes: Uint8Array, at: number, end: number): boolean {
  if (at >= end) return true
  const after = bytes[at]!
  if ((classes[after]! & (digit | letter)) !== 0 || after === underscore) return false
  if (after === dot) return at + 1 >= end || (classes[bytes[at + 1]!]! & (digit | letter)) === 0
  if (after === dash || after === plus)
    return at + 1 >= end || (classes[bytes[at + 1]!]! & letter) === 0
  return true
}

/** With `/24` or `/64` behind it, if that is no longer than the version has bits. */
function prefixEnd(bytes: Uint8Array, at: number, end: number, bits: number): number {
  if (at >= end || bytes[at] !== slash) return at
  let position = at + 1
  let value = 0
  while (position < end && position - at <= 3 && isDigit(bytes[position]!)) {
    value = value * 10 + bytes[position++]! - zero
  }
  const follows = position < end && (classes[bytes[position]!]! & name) !== 0
  return position === at + 1 || value > bits || follows ? at : position
}

/** `Chrome/120.0.0.0`, `Agent/3.1.0.0`: the version of a product. A host's name may stand there as well: `node1/10.1.2.3`. */
function isProductVersion({ bytes, start }: Scan, at: number, end: number): boolean {
  if (at - 2 < start || bytes[at - 1] !== slash || (classes[bytes[at - 2]!]! & letter) === 0)
    return false
  // 16 million hosts of a network end in no zeros but the network itself.
  if (bytes[end - 1] === zero && bytes[end - 2] === dot && bytes[end - 3] === zero) return true
  let from = at - 1
  while (from > start && at - from < productBytesMax && (classes[bytes[from - 1]!]! & letter) !== 0)
    from--
  return products.hasIn(bytes, from, at - 1)
}

/** `v1.2.3.4` is one word with its letter; this is `version 1.2.3.4`, `ver. = 1.2.3.4`. */
function isVersion(scan: Scan, at: number): boolean {
  const { bytes, start } = scan
  let to = at
  const floor = Math.max(start, at - 6)
  while (to > floor && (classes[bytes[to - 1]!]! & (letter | digit)) === 0) to--
  let from = to
  const wordFloor = Math.max(start, to - productBytesMax)
  while (from > wordFloor && (classes[bytes[from - 1]!]! & letter) !== 0) from--
  return from < to && versionWords.hasIn(bytes, from, to)
}

export const ipv4: Detector = {
  name: 'ipv4',
  on: 'word',
  bytes: [1, 3],
  digits: 'only',
  followedBy: '.',
  digitsNext: [1, 3],
  next: (_, then) => then === 'same',
  confirm(scan, at) {
    const { bytes, start, end } = scan
    if (!ipv4MayBegin(bytes, start, at)) return
    const found = ipv4End(bytes, at, end)
    if (found === -1 || !ipv4MayEnd(bytes, found, end)) return
    if (isProductVersion(scan, at, found) || isVersion(scan, at)) return
    scan.add(at, prefixEnd(bytes, found, end, 32), 'IP_ADDRESS', 'certain', 'ipv4')
  },
}

/**
 * Where the groups of hexadecimal digits end that begin at `at` (RFC 4291 §2.2), or -1. Eight groups, or less with one `::`; the
 * last two may be written as IPv4.
 */
function ipv6End(bytes: Uint8Array, at: number, end: number): number {
  let position = at
  let groups = 0
  let isShortened = false
  if (bytes[at] === colon) {
    if (at + 1 >= end || bytes[at + 1] !== colon) return -1
    isShortened = true
    position = at + 2
  }
  while (position < end && groups < groupsMax) {
    const first = position
    while (position < end && position - first < 5 && (classes[bytes[position]!]! & hex) !== 0)
      position++
    const size = position - first
    if (size === 0) break
    if (size > 4) return -1
    if (position < end && bytes[position] === dot && (isShortened || groups === 6)) {
      const found = ipv4End(bytes, first, end)
      if (found !== -1) {
        position = found
        groups += 2
        break
      }
    }
    groups++
    if (groups === groupsMax || position + 1 >= end || bytes[position] !== colon) break
    if (bytes[position + 1] === colon) {
      if (isShortened) return -1
      isShortened = true
      position += 2
    } else if ((classes[bytes[position + 1]!]! & hex) !== 0) position++
    else break
  }
  const isWhole = isShortened ? groups < groupsMax : groups === groupsMax
  return isWhole && ipv6MayEnd(bytes, position, end) ? position : -1
}

function ipv6MayEnd(bytes: Uint8Array, at: number, end: number): boolean {
  if (at >= end) return true
  const after = bytes[at]!
  if ((classes[after]! & name) !== 0 || after === underscore) return false
  if (after === colon)
    return (
      at + 1 >= end ||
      ((classes[bytes[at + 1]!]! & (hex | letter)) === 0 && bytes[at + 1] !== colon)
    )
  return after !== dot || at + 1 >= end || !isDigit(bytes[at + 1]!)
}

/** With the zone's name behind it: `%eth0`. */
function zoneEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end || bytes[at] !== percent) return at
  const ceiling = Math.min(end, at + 1 + zoneBytesMax)
  let position = at + 1
  while (position < ceiling && (classes[bytes[position]!]! & (digit | letter)) !== 0) position++
  return position
}

/** The first of the run of digits and colons that `at` is in, or -1 if a colon stands before that is looked at itself. */
function ipv6Start(bytes: Uint8Array, start: number, at: number): number {
  let from = at
  if (from - 1 >= start && bytes[from - 1] === colon) {
    // The second of `::`, and nothing before: the first was no candidate.
    if (from - 2 >= start) {
      const before = bytes[from - 2]!
      if ((classes[before]! & name) !== 0 || before === colon) return -1
    }
    return from - 1
  }
  while (from > start && at - from < 5 && (classes[bytes[from - 1]!]! & hex) !== 0) from--
  if (at - from > 4) return -1
  if (from === start) return from
  const before = bytes[from - 1]!
  if ((classes[before]! & name) !== 0) return -1
  if (before === colon) return isAfterName(bytes, start, from - 1) ? from : -1
  return before === dot || before === underscore || before === percent ? -1 : from
}

/** Whether the colon at `at` ends a name and not a group: `IPv6:2001:db8::1`, `"ip":…`. */
function isAfterName(bytes: Uint8Array, start: number, at: number): boolean {
  for (let index = at - 1; index >= start && at - index <= 5; index--) {
    const classOf = classes[bytes[index]!]!
    if ((classOf & hex) === 0) return bytes[index] !== colon
  }
  return false
}

/** Of what has colons most are times: both of `10:15:30` are looked at. */
function isTime(bytes: Uint8Array, start: number, at: number, end: number): boolean {
  if (at - 4 >= start && bytes[at - 3] === colon && isDigit(bytes[at - 1]!))
    return isDigit(bytes[at - 2]!) && isDigit(bytes[at - 4]!)
  if (at + 5 >= end || bytes[at + 3] !== colon) return false
  if (!isDigit(bytes[at + 1]!) || !isDigit(bytes[at + 2]!) || !isDigit(bytes[at + 4]!)) return false
  return at + 6 >= end || (bytes[at + 6] !== colon && (classes[bytes[at + 6]!]! & hex) === 0)
}

function confirmColons(scan: Scan, at: number): void {
  const { bytes, start, end } = scan
  if (isTime(bytes, start, at, end)) return
  const from = ipv6Start(bytes, start, at)
  if (from === -1) return
  const pairs = pairsWithColons(bytes, start, from, end)
  if (pairs !== -1) {
    scan.add(from, pairs, 'MAC_ADDRESS', 'certain', 'mac_address')
    return
  }
  const found = ipv6End(bytes, from, end)
  if (found === -1) return
  // Alone it is a token of many languages.
  if (found - from === 2 && !isNamedAddress(scan, from, found)) return
  const to = prefixEnd(bytes, zoneEnd(bytes, found, end), end, 128)
  scan.add(from, to, 'IP_ADDRESS', level(bytes, from, found), 'ipv6')
}

/** `::a`, `e::` are of code as well. */
function level(bytes: Uint8Array, from: number, to: number): 'certain' | 'likely' | 'possible' {
  if (to - from === 2) return 'likely'
  let digits = 0
  for (let at = from; at < to; at++) if (isDigit(bytes[at]!)) digits++
  if (digits > 0) return 'certain'
  return to - from >= 8 ? 'likely' : 'possible'
}

function isNamedAddress(scan: Scan, from: number, to: number): boolean {
  const { bytes, start, end } = scan
  const before = from === start || bytes[from - 1] === 0x20 || bytes[from - 1] === openBracket
  const after = to === end || (classes[bytes[to]!]! & name) === 0
  return before && after && scan.isNamed(from, ipWords)
}

function isDigit(byte: number): boolean {
  return (byte - zero) >>> 0 < 10
}

export const ipv6: Detector = {
  name: 'ipv6',
  on: 'byte',
  byte: colon,
  after: '0123456789abcdefABCDEF',
  followedBy: '0123456789abcdefABCDEF:',
  confirm: confirmColons,
}

/** What begins with `::`. */
export const ipv6Shortened: Detector = {
  name: 'ipv6',
  on: 'byte',
  byte: colon,
  after: ':',
  confirm: confirmColons,
}

export const ipAddressDetectors: readonly Detector[] = [ipv4, ipv6, ipv6Shortened]

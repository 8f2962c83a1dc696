/**
 * Email addresses, from their `@` outwards: a local part of at most 64 bytes and a domain with a dot, of at most 253
 * (RFC 5321 §4.5.3.1). Letters are ASCII or of two bytes in UTF-8 (Latin, Greek, Cyrillic, Hebrew, Arabic); scripts of three
 * bytes are not, because there words aren't divided by spaces and text around an address would count as a part of it.
 */
import type { Detector } from '../detector.ts'
import { asciiOf, byteClass, byteClasses } from '../byte-classes.ts'
import type { Scan } from '../scan.ts'
import { hasWord, wordSet } from '../words.ts'

const localBytesMax = 64
const domainBytesMax = 253
const labelBytesMax = 63
const userinfoBytesMax = 128
/** Of `@` within a password. */
const signsMax = 2

const classes = byteClasses
const { dash, dot, backslash } = asciiOf
const { digit, hexLetter, lead, continuation, escapeLetter } = byteClass
const name = byteClass.letter | digit
const local = name | byteClass.localMark
const letterU = 0x75

/** What ends names of files and of systemd's units and is no top-level domain: `icon@2x.min.png`, `user@1000.service`. */
const fileExtensions = wordSet(`
  png jpg jpeg gif svg webp avif ico css js mjs cjs jsx tsx json html htm txt log csv xml yml yaml lock conf tgz gz tar pdf
  service socket mount automount slice scope timer device swap
`)
/** `git@github.com:acme/shop.git`: who is asked for a repository, whoever asks. */
const gitName = wordSet('git')
const extensionBytesMax = 9

/** Where the local part begins that ends at the `@` at `at`, or -1 if there is none. */
export function emailStart(bytes: Uint8Array, start: number, at: number): number {
  const floor = Math.max(start, at - localBytesMax)
  let from = at
  while (from > floor) {
    const classOf = classes[bytes[from - 1]!]!
    if ((classOf & local) !== 0) from--
    else if (
      (classOf & continuation) !== 0 &&
      from - 1 > floor &&
      (classes[bytes[from - 2]!]! & lead) !== 0
    ) {
      from -= 2
    } else break
  }
  if (from === at) return -1
  if (from > start && bytes[from - 1] === backslash) from = afterEscape(bytes, from, at)
  // A dot or dash in front is punctuation of the text around.
  while (from < at && (classes[bytes[from]!]! & (name | lead)) === 0) from++
  return from >= at ? -1 : from
}

/** Where the domain ends that begins after the `@` at `at`, or -1 if there is none. */
export function emailEnd(bytes: Uint8Array, at: number, end: number): number {
  const ceiling = Math.min(end, at + 1 + domainBytesMax)
  let found = -1
  let labels = 0
  let numericLabels = 0
  let label = at + 1
  while (label < ceiling) {
    const labelEnd = endOfLabel(bytes, label, ceiling)
    if (labelEnd === label || labelEnd - label > labelBytesMax) break
    labels++
    if (labels > 1 && isTopLevel(bytes, label, labelEnd)) found = labelEnd
    // Two numbers in front are a version: pkg@1.2.3-rc.next
    if (labels <= 2 && isNumeric(bytes, label, labelEnd)) numericLabels++
    if (numericLabels === 2) return -1
    const isLast = labelEnd + 1 >= ceiling || bytes[labelEnd] !== dot || !isNameByte(bytes[labelEnd + 1]!) // prettier-ignore
    if (isLast) return isFileExtension(bytes, label, labelEnd) ? -1 : found
    label = labelEnd + 1
  }
  return found
}

/** A label without the dashes that trail it. Empty if it begins with a dash. */
function endOfLabel(bytes: Uint8Array, label: number, ceiling: number): number {
  if (bytes[label] === dash) return label
  let at = label
  while (at < ceiling) {
    const byte = bytes[at]!
    const classOf = classes[byte]!
    if ((classOf & name) !== 0 || byte === dash) at++
    else if ((classOf & lead) !== 0 && at + 1 < ceiling && isContinuation(bytes[at + 1]!)) at += 2
    else break
  }
  while (bytes[at - 1] === dash) at--
  return at
}

/** Two letters at least, or punycode; no number. */
function isTopLevel(bytes: Uint8Array, label: number, labelEnd: number): boolean {
  return labelEnd - label >= 2 && (classes[bytes[label]!]! & digit) === 0
}

function isFileExtension(bytes: Uint8Array, label: number, labelEnd: number): boolean {
  const isLong = labelEnd - label > extensionBytesMax
  return !isLong && hasWord(bytes, label, labelEnd, fileExtensions)
}

function isNameByte(byte: number): boolean {
  return (classes[byte]! & (name | lead)) !== 0
}

function isNumeric(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((classes[bytes[at]!]! & digit) === 0) return false
  return true
}

function isContinuation(byte: number): boolean {
  return (classes[byte]! & continuation) !== 0
}

/** The rest of an escape (`\n`, `\u00fc` of JSON) is no part of a name: masking it would leave a broken escape. */
function afterEscape(bytes: Uint8Array, from: number, at: number): number {
  if ((classes[bytes[from]!]! & escapeLetter) !== 0) return from + 1
  if (bytes[from] !== letterU || from + 5 > at) return from
  for (let index = from + 1; index < from + 5; index++) {
    if ((classes[bytes[index]!]! & (digit | hexLetter)) === 0) return from
  }
  return from + 5
}

/**
 * Whether what begins at `from` is the end of a password and a host: `postgres://app:…@db.example.com`. That is found as a password; as
 * an email, a policy that reveals emails would reveal it.
 */
function isAfterPassword(bytes: Uint8Array, start: number, from: number): boolean {
  const floor = Math.max(start, from - userinfoBytesMax)
  let hasColon = false
  let signs = 0
  for (let at = from - 1; at >= floor; at--) {
    const byte = bytes[at]!
    if (byte <= 0x20 || byte === 0x22 || byte === 0x27 || byte === 0x3c || byte === 0x2c)
      return false
    if (byte === asciiOf.at && ++signs === signsMax) return false
    if (byte === asciiOf.colon) hasColon = true
    if (byte !== asciiOf.slash) continue
    return hasColon && at - 2 >= start && bytes[at - 1] === byte && bytes[at - 2] === asciiOf.colon
  }
  return false
}

/** Of git, where a path follows. */
function isRepository({ bytes, end }: Scan, from: number, at: number, to: number): boolean {
  if (at - from !== 3 || to >= end || (bytes[to] !== asciiOf.colon && bytes[to] !== asciiOf.slash))
    return false
  return hasWord(bytes, from, at, gitName)
}

export const email: Detector = {
  name: 'email',
  on: 'byte',
  byte: 0x40,
  within: 'token',
  ahead: 512,
  behind: localBytesMax,
  confirm(scan, at) {
    const from = emailStart(scan.bytes, scan.start, at)
    const to = from === -1 ? -1 : emailEnd(scan.bytes, at, scan.end)
    if (to === -1 || isAfterPassword(scan.bytes, scan.start, from)) return
    if (!isRepository(scan, from, at, to)) scan.add(from, to, 'EMAIL', 'certain', 'email')
  },
}

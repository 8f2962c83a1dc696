/**
 * Whether a value was made by chance, as tokens are, or by people: names, paths, dates, versions, hosts. Random letters and digits
 * change between kinds every second or third character, and follow each other as they don't in words. Entropy is computed last.
 */
import { alphanumericBits, characterOf, characters, entropy, letterBits } from './characters.ts'

const bytesMin = 10
const runBytesMin = 6
const hexBytesMin = 32
/** Groups of hex digits: `fe0c1efe:21e3ebf3`. */
const hexGroupsBytesMin = 16
const lettersOnlyMin = 12
const longLettersBytesMin = 20
const entropyMin = 2.6
const { digit, lowerHex, lower, upperHex, upper } = characterOf
const hexBits = digit | lowerHex | upperHex
const lowerBits = lowerHex | lower
const upperBits = upperHex | upper

/**
 * By letter: those that often follow it, in words of English and in names of programs: 224 pairs, 93 of 100 that occur in documentation and
 * declarations of JavaScript packages. Of two random letters every third pair is one of them.
 */
const followers =
  'abcdgiklmnprstuvy baeilorsu cacehiklortu daeiorsu eabcdefgilmnoprstvx faefiloru gaehinru haeiot iabcdefglmnoprstvz j keis ladeilostuy ' +
  'mabeimopu nacdefginostuv oabcdfgilmnoprstuvw paehiloprstu qu racdegikmnorstuy sacehilopstuy tacehilorstuy uabcegilmnprst vaei waeio xpt yp ze'
/** By two letters in lower case, 5 bits each: 1 if the pair is common. */
const commonPairs = new Uint8Array(1 << 10)
for (const text of followers.split(' '))
  for (const second of text.slice(1))
    commonPairs[pairOf(text.charCodeAt(0), second.charCodeAt(0))] = 1

function pairOf(first: number, second: number): number {
  return ((first & 31) << 5) | (second & 31)
}

/** Whether the bytes from `from` to `to` look random. No text with blanks or letters beyond ASCII does. */
export function looksRandom(bytes: Uint8Array, from: number, to: number): boolean {
  const length = to - from
  if (length < bytesMin) return false
  let kinds = 0
  let randomBytes = 0
  let at = from
  while (at < to) {
    const bits = characters[bytes[at]!]!
    if ((bits & alphanumericBits) === 0) {
      if (bytes[at]! <= 0x20 || bytes[at]! >= 0x7f) return false
      at++
      continue
    }
    const run = at
    while (at < to && (characters[bytes[at]!]! & alphanumericBits) !== 0) {
      kinds |= characters[bytes[at]!]!
      at++
    }
    if (at - run >= runBytesMin && isRandomRun(bytes, run, at)) randomBytes += at - run
  }
  const hasDigit = (kinds & digit) !== 0
  if ((kinds & letterBits) === 0 || (!hasDigit && length < lettersOnlyMin)) return false
  if (hasDigit && length >= hexGroupsBytesMin && isHexInGroups(bytes, from, to))
    return entropy(bytes, from, to) >= entropyMin
  if (randomBytes >= bytesMin || randomBytes * 2 >= length)
    return entropy(bytes, from, to) >= entropyMin
  const isMixed = hasDigit && (kinds & lowerBits) !== 0 && (kinds & upperBits) !== 0
  return isMixed && entropy(bytes, from, to) >= mixedEntropyMin(length)
}

/** Of letters and digits: by how often they change, or together with how many pairs of letters are uncommon in words. */
function isRandomRun(bytes: Uint8Array, from: number, to: number): boolean {
  let changes = 0
  let uncommon = 0
  let digits = 0
  for (let at = from + 1; at < to; at++) {
    const before = characters[bytes[at - 1]!]!
    const of = characters[bytes[at]!]!
    if ((of & digit) !== 0) digits++
    if (isOddChange(bytes, at, to, before, of)) changes++
    else if ((before & of & digit) === 0 && commonPairs[pairOf(bytes[at - 1]!, bytes[at]!)] === 0)
      uncommon++
  }
  const length = to - from
  if (digits > 0 && changes >= Math.max(3, length / 6)) return true
  // Short ones without digits only if letters of both cases are mixed too.
  if (digits === 0 && length < longLettersBytesMin && changes < 2) return false
  const share = digits > 0 ? 0.42 : length < longLettersBytesMin ? 0.6 : 0.5
  return changes + uncommon >= Math.max(4, share * (length - 1))
}

/** Digit and letter beside each other, or an upper-case letter behind a lower-case one and before none: not as in camelCase. */
function isOddChange(
  bytes: Uint8Array,
  at: number,
  to: number,
  before: number,
  of: number,
): boolean {
  const isBegin =
    (of & upperBits) !== 0 && at + 1 < to && (characters[bytes[at + 1]!]! & lowerBits) !== 0
  if ((before & digit) !== (of & digit)) return !isBegin
  return (before & lowerBits) !== 0 && (of & upperBits) !== 0 && !isBegin
}

/** What text of that length, with paths and names in it, doesn't reach; random base64 does. */
function mixedEntropyMin(length: number): number {
  return Math.max(4.1, Math.min(4.5, Math.log2(length) - 0.5))
}

/** Hex digits alone, enough of them, or in groups with colons between. */
function isHexInGroups(bytes: Uint8Array, from: number, to: number): boolean {
  let colons = 0
  for (let at = from; at < to; at++) {
    if (bytes[at] === 0x3a) colons++
    else if ((characters[bytes[at]!]! & hexBits) === 0) return false
  }
  return colons > 0 || to - from >= hexBytesMin
}

export function isHex(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if ((characters[bytes[at]!]! & hexBits) === 0) return false
  return true
}

const uuidGroups = [8, 4, 4, 4, 12]

/** Whether it is a UUID, in whatever case. */
export function isUuid(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from !== 36) return false
  let at = from
  for (const [index, group] of uuidGroups.entries()) {
    if (index > 0 && bytes[at++] !== 0x2d) return false
    if (!isHex(bytes, at, at + group)) return false
    at += group
  }
  return entropy(bytes, from, to) >= entropyMin
}

/** Letters, `_`, `.`, `-` and `/` only: a name, a path, a word. */
export function isName(bytes: Uint8Array, from: number, to: number): boolean {
  const bits = letterBits | characterOf.underscore | characterOf.dot | characterOf.dash
  for (let at = from; at < to; at++)
    if ((characters[bytes[at]!]! & bits) === 0 && bytes[at] !== 0x2f) return false
  return true
}

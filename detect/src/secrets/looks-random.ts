/**
 * Whether a value was made by chance, as tokens are, or by people: names, paths, dates, versions, hosts. Random letters and digits change
 * between kinds every second or third character; words with a number at the end change once. Entropy is computed last.
 */
import { alphanumericBits, characterOf, characters, entropy, letterBits } from './characters.ts'

const bytesMin = 10
const runBytesMin = 6
const hexBytesMin = 32
const entropyMin = 2.6
const { digit, lowerHex, lower, upperHex, upper } = characterOf
const lowerBits = lowerHex | lower
const upperBits = upperHex | upper
const vowels = new Uint8Array(256)
for (const letter of 'aeiouyAEIOUY') vowels[letter.charCodeAt(0)] = 1

/** Whether the bytes from `from` to `to` look random. No text with blanks or letters beyond ASCII does. */
export function looksRandom(bytes: Uint8Array, from: number, to: number): boolean {
  const length = to - from
  if (length < bytesMin) return false
  let digits = 0
  let lowers = 0
  let uppers = 0
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
    let changes = 0
    let consonants = 0
    let consonantsMax = 0
    for (let before = 0; at < to; at++) {
      const of = characters[bytes[at]!]! & alphanumericBits
      if (of === 0) break
      if ((of & digit) !== 0) digits++
      else if ((of & lowerBits) !== 0) lowers++
      else uppers++
      if (before !== 0 && isOddChange(bytes, at, to, before, of)) changes++
      consonants = (of & digit) === 0 && vowels[bytes[at]!] === 0 ? consonants + 1 : 0
      consonantsMax = Math.max(consonantsMax, consonants)
      before = of
    }
    const runLength = at - run
    const isRandom = changes >= Math.max(3, runLength / 6) || (changes >= 2 && consonantsMax >= 6)
    if (runLength >= runBytesMin && isRandom) randomBytes += runLength
  }
  if (digits === 0 || lowers + uppers === 0) return false
  if (length >= hexBytesMin && isHex(bytes, from, to)) return entropy(bytes, from, to) >= entropyMin
  if (randomBytes >= bytesMin || randomBytes * 2 >= length)
    return entropy(bytes, from, to) >= entropyMin
  return lowers > 0 && uppers > 0 && entropy(bytes, from, to) >= mixedEntropyMin(length)
}

export function isHex(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++)
    if ((characters[bytes[at]!]! & (digit | lowerHex | upperHex)) === 0) return false
  return true
}

/** Digit and letter beside each other, or an upper-case letter in front of none that is lower: not as in camelCase. */
function isOddChange(
  bytes: Uint8Array,
  at: number,
  to: number,
  before: number,
  of: number,
): boolean {
  if ((before & digit) !== (of & digit)) return true
  if ((before & lowerBits) === 0 || (of & upperBits) === 0) return false
  return at + 1 >= to || (characters[bytes[at + 1]!]! & lowerBits) === 0
}

/** What text of that length, with paths and names in it, doesn't reach; random base64 does. */
function mixedEntropyMin(length: number): number {
  return Math.max(4.1, Math.min(4.5, Math.log2(length) - 0.5))
}

const uuidGroups = [8, 4, 4, 4, 12]

/** Whether it is a UUID, in whatever case. */
export function isUuid(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from !== 36) return false
  let at = from
  for (const [index, group] of uuidGroups.entries()) {
    if (index > 0 && bytes[at++] !== 0x2d) return false
    for (let count = 0; count < group; count++, at++) {
      if ((characters[bytes[at]!]! & (digit | lowerHex | upperHex)) === 0) return false
    }
  }
  return entropy(bytes, from, to) >= entropyMin
}

/** Letters, digits, `_`, `.`, `-` and `/` only, and no digit: a name, a path, a word. */
export function isName(bytes: Uint8Array, from: number, to: number): boolean {
  const bits = letterBits | characterOf.underscore | characterOf.dot | characterOf.dash
  for (let at = from; at < to; at++)
    if ((characters[bytes[at]!]! & bits) === 0 && bytes[at] !== 0x2f) return false
  return true
}

/**
 * Reads words of a name: `Ana-María d'Souza`, `van der Berg`. Letters are ASCII or any of more bytes than one: whether such a one is a
 * letter, and a capital, is not looked at.
 */
import { asciiOf, byteClass, byteClasses } from '../byte-classes.ts'
import { hasWord, wordSet } from '../words.ts'

const classes = byteClasses
const { space, dash, dot } = asciiOf
const apostrophe = 0x27
const wordBytesMax = 32
const nameWordsMax = 4

/** Small words within names. */
const particles = wordSet(
  'von van der den de du del della di da dos das la le el al bin ibn ten ter zu af av y e',
)

const letters = Uint8Array.from(classes, (of, byte) =>
  Number(byte >= 0x80 || (of & byteClass.letter) !== 0),
)

/** A capital, or a letter beyond ASCII. */
export function isCapital(byte: number): boolean {
  return byte >= 0xc3 || (byte >= 0x41 && byte <= 0x5a)
}

/** The end of the word of a name at `at`: a capital, then letters, dashes, apostrophes; `at` if there is none. */
export function nameWordEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end || !isCapital(bytes[at]!)) return at
  const ceiling = Math.min(end, at + wordBytesMax)
  let to = at + 1
  while (to < ceiling) {
    const byte = bytes[to]!
    if (letters[byte] === 0) {
      const mayJoin = byte === dash || byte === apostrophe
      if (!mayJoin || to + 1 >= end || letters[bytes[to + 1]!] === 0) break
    }
    to++
  }
  return to
}

/** The end of up to four words of a name from `at` on, initials and particles among them; `at` if there is none. */
export function nameEnd(bytes: Uint8Array, at: number, end: number): number {
  let found = at
  let from = at
  for (let words = 0; words < nameWordsMax; words++) {
    const to = nameWordEnd(bytes, from, end)
    if (to > from) {
      const isInitial = to - from === 1 && to < end && bytes[to] === dot
      found = isInitial ? to + 1 : to
    } else if (words > 0 || from === at) {
      const particle = particleEnd(bytes, from, end)
      if (particle === from) break
      from = particle + 1
      continue
    }
    if (found + 1 >= end || bytes[found] !== space) break
    from = found + 1
  }
  return found
}

function particleEnd(bytes: Uint8Array, at: number, end: number): number {
  let to = at
  while (to < end && to - at < 6 && bytes[to]! >= 0x61 && bytes[to]! <= 0x7a) to++
  return to > at && to < end && bytes[to] === space && hasWord(bytes, at, to, particles) ? to : at
}

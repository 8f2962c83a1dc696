/**
 * Words right before or behind a number: `Phone: 555 0132`, `555 0132 (fax)`. Nearer than what {@link Scan.isNamed} takes:
 * no other number stands between, so that in `phone 555 0132, order 12345678` the order is no phone number.
 */
import { byteClass, byteClasses } from './byte-classes.ts'
import type { Scan } from './scan.ts'
import { hasWord, WordSet } from './words.ts'

const beforeBytesMax = 40
const wordBytesMin = 2
const behindBytesMax = 32

const classes = byteClasses
const { digit, letter } = byteClass
const [newline, space, open, dash] = [0x0a, 0x20, 0x28, 0x2d]

/** Words that may name a number. Only these are looked for before and behind it. */
export class NearWords extends WordSet {
  /** Of no use but to tell it from a WordSet, which would not be found. */
  readonly isNear = true

  constructor(words: readonly string[]) {
    super(words)
    for (const word of words) allWords.add(word)
    anyWord = undefined
  }
}

/** Of words, in any case; blanks between them. */
export function nearWords(text: string): NearWords {
  return new NearWords(text.toLowerCase().split(/\s+/).filter(Boolean))
}

/** All that any detector looks for: where none of these stands, nobody needs to look. */
const allWords = new Set<string>()
let anyWord: WordSet | undefined

/** Whether one of `near` stands before `at`, with no other number between, or in the name of the column. */
export function isNamedNear(scan: Scan, at: number, near: NearWords): boolean {
  return isInName(scan, near) || standsBefore(scan, at, near)
}

/** Whether one of `near` is a word of the name of the column. */
export function isInName(scan: Scan, near: NearWords): boolean {
  return scan.names.length > 0 && scan.names.some((name) => near.has(name))
}

/** Whether one of `near` stands before `at` on its line, with no other number between. */
export function standsBefore(scan: Scan, at: number, near: NearWords): boolean {
  return anyStandsBefore(scan, at) && hasWord(scan.bytes, scan.nearFrom, at, near)
}

/** As {@link standsBefore}, of any word that somebody looks for. */
export function anyStandsBefore(scan: Scan, at: number): boolean {
  if (scan.nearAt !== at) lookBefore(scan, at)
  return scan.nearHasAny
}

function lookBefore(scan: Scan, at: number): void {
  const { bytes, start } = scan
  const floor = Math.max(start, at - beforeBytesMax)
  let from = at
  let seen = 0
  while (from > floor) {
    const byte = bytes[from - 1]!
    seen |= classes[byte]!
    if (byte === newline) break
    // The digit of `phone2` is a part of the name.
    if (isDigit(byte) && (from - 2 < start || !isLetter(bytes[from - 2]!))) break
    from--
  }
  // No half word at the edge of what is looked at.
  if (from === floor && from > start) while (from < at && isLetter(bytes[from]!)) from++
  scan.nearAt = at
  scan.nearFrom = from
  scan.nearHasAny =
    (seen & letter) !== 0 &&
    at - from >= wordBytesMin &&
    hasWord(bytes, from, at, (anyWord ??= new WordSet([...allWords])))
}

/** Whether one of `near` stands behind `at`, a blank, dash or parenthesis between, on its line and before the next number. */
export function standsBehind({ bytes, end }: Scan, at: number, near: NearWords): boolean {
  if (at >= end || (bytes[at] !== space && bytes[at] !== open && bytes[at] !== dash)) return false
  const ceiling = Math.min(end, at + behindBytesMax)
  let to = at
  while (to < ceiling && bytes[to] !== newline && !isDigit(bytes[to]!)) to++
  if (to === ceiling && to < end) while (to > at && isLetter(bytes[to - 1]!)) to--
  return hasWord(bytes, at, to, near)
}

function isDigit(byte: number): boolean {
  return (classes[byte]! & digit) !== 0
}

function isLetter(byte: number): boolean {
  return (classes[byte]! & letter) !== 0
}

/**
 * Words that say what stands behind them, within `contextBytesMax` on its line (scan.ts). In a text full of numbers each is asked for the same
 * words before it: what all these lists have together is looked for once, and where none stands nobody looks again.
 */
import type { Scan } from './scan.ts'
import { hasWord, WordSet } from './words.ts'

/** How far before a candidate a word may stand that says what it is; on the same line. */
export const contextBytesMax = 64

/** Of all lists; a text that has none of them needs no other look. */
const allWords = new Set<string>()
let anyWord: WordSet | undefined

export class ContextWords extends WordSet {
  /** Of no use but to tell it from a WordSet, whose words would not be found. */
  readonly isContext = true

  constructor(words: readonly string[]) {
    super(words)
    for (const word of words) allWords.add(word)
    anyWord = undefined
  }
}

/** Of words, in any case; blanks between them. */
export function contextWords(text: string): ContextWords {
  return new ContextWords(text.toLowerCase().split(/\s+/).filter(Boolean))
}

/** As {@link hasWord} of the bytes before `at`. Remembers in `scan` up to where none of any list stands. */
export function isBehindWord(scan: Scan, at: number, words: ContextWords): boolean {
  const { bytes, start } = scan
  const from = Math.max(start, at - contextBytesMax)
  const isKnown = scan.clearFrom <= from && from <= scan.clearTo && scan.clearTo <= at
  const unknown = isKnown ? scan.clearTo : from
  if (unknown < at && hasWord(bytes, unknown, at, (anyWord ??= new WordSet([...allWords]))))
    return hasWord(bytes, from, at, words)
  if (!isKnown) scan.clearFrom = from
  // The next one to ask may see a longer word there.
  let clear = at
  while (clear > unknown && isLetter(bytes[clear - 1]!)) clear--
  scan.clearTo = clear
  return isKnown && isCutWord(scan, from, at, words) && hasWord(bytes, from, at, words)
}

/** Whether `from` cuts a word in two and its end is one of `words`: it counts. */
function isCutWord({ bytes, start }: Scan, from: number, at: number, words: ContextWords): boolean {
  if (from === start || !isLetter(bytes[from - 1]!) || !isLetter(bytes[from]!)) return false
  let to = from + 1
  while (to < at && isLetter(bytes[to]!)) to++
  return hasWord(bytes, from, to, words)
}

function isLetter(byte: number): boolean {
  return ((byte | 0x20) - 0x61) >>> 0 < 26
}

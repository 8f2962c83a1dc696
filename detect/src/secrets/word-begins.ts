/**
 * Whether a word of a list may begin at a place, by its first two letters: most words of a text are none by these alone, before it is known where
 * they end.
 */
import { wordSet, type WordSet } from '../words.ts'
import { characters, letterBits } from './characters.ts'

export class WordBegins {
  readonly words: WordSet
  /** Of the longest. */
  readonly bytesMax: number
  /** With which one of them begins. */
  readonly firstLetters: string
  /** By two letters, 5 bits each. */
  readonly #pairs = new Uint8Array(1 << 10)

  /** Of words in lower case, blanks between them. */
  constructor(text: string) {
    this.words = wordSet(text)
    const words = [...this.words]
    this.bytesMax = Math.max(...words.map((word) => word.length))
    this.firstLetters = words.map((word) => word.slice(0, 1)).join('')
    for (const word of words)
      if (word.length > 1) this.#pairs[pairOf(word.charCodeAt(0), word.charCodeAt(1))] = 1
  }

  /** Whether none of them stands at `at`. Never so of a word of one letter. */
  isNone(bytes: Uint8Array, at: number, end: number): boolean {
    return (
      at + 1 < end &&
      (characters[bytes[at]!]! & letterBits) !== 0 &&
      (characters[bytes[at + 1]!]! & letterBits) !== 0 &&
      this.#pairs[pairOf(bytes[at]!, bytes[at + 1]!)] === 0
    )
  }
}

function pairOf(first: number, second: number): number {
  return ((first & 31) << 5) | (second & 31)
}

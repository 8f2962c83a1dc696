/**
 * Words that make a candidate likely when they stand before it: `passport no. 123456789`. A word ends where a letter of another
 * kind begins, so that phone_number, phoneNumber and PHONE-NUMBER are two words each.
 */

const wordBytesMax = 24
const newline = 0x0a
/** FNV-1a, of 32 bits. */
const hashSeed = 0x811c9dc5
const hashPrime = 0x01000193

/** Words in lower case. Those of ASCII letters are found in text without a string being made. */
export class WordSet {
  readonly #words: ReadonlySet<string>
  /** Open addressing, a power of two, never more than half full; 0 is empty. Of the words' letters from the last to the first. */
  readonly #hashes: Int32Array
  /** Bit n: a word of n letters. */
  readonly #lengths: number

  constructor(words: readonly string[]) {
    this.#words = new Set(words)
    let size = 4
    while (size < 4 * words.length) size *= 2
    this.#hashes = new Int32Array(size)
    this.#lengths = words.reduce((bits, word) => bits | (1 << Math.min(word.length, 31)), 0)
    for (const word of this.#words) this.#insert(hashOf(word))
  }

  has(word: string): boolean {
    return this.#words.has(word)
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#words.values()
  }

  /** Whether a word of `length` letters with this hash is in it: two words of one hash are one word, of four milliards. */
  hasHash(hash: number, length: number): boolean {
    if (((this.#lengths >>> length) & 1) === 0) return false
    const hashes = this.#hashes
    const mask = hashes.length - 1
    for (let slot = hash & mask; hashes[slot] !== 0; slot = (slot + 1) & mask)
      if (hashes[slot] === hash) return true
    return false
  }

  /** Whether the ASCII letters from `from` to `to` are one of the words. */
  hasIn(bytes: Uint8Array, from: number, to: number): boolean {
    let hash = hashSeed | 0
    for (let at = to - 1; at >= from; at--) hash = Math.imul(hash ^ (bytes[at]! | 0x20), hashPrime)
    return to - from <= wordBytesMax && this.hasHash(hash | 1, to - from)
  }

  #insert(hash: number): void {
    const mask = this.#hashes.length - 1
    let slot = hash & mask
    while (this.#hashes[slot] !== 0) slot = (slot + 1) & mask
    this.#hashes[slot] = hash
  }
}

function hashOf(word: string): number {
  let hash = hashSeed | 0
  for (let at = word.length - 1; at >= 0; at--)
    hash = Math.imul(hash ^ word.charCodeAt(at), hashPrime)
  return hash | 1
}

/** Of words, in any case; blanks between them. */
export function wordSet(text: string): WordSet {
  return new WordSet(text.toLowerCase().split(/\s+/).filter(Boolean))
}

/** The words of a name, such as a column's: `customerPhone_no` → customer, phone, no. */
export function wordsOfName(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9\u0080-\uffff]+/)
    .filter(Boolean)
}

/**
 * Whether one of `words` stands between `from` and `to` on the line that `to` is on. Digits belong to no word. Goes backwards, so
 * that it ends at the nearest such word, or where the line begins.
 */
export function hasWord(bytes: Uint8Array, from: number, to: number, words: WordSet): boolean {
  let hash = hashSeed | 0
  let length = 0
  for (let at = to - 1; at >= from - 1; at--) {
    const byte = at < from ? 0 : bytes[at]!
    const folded = byte | 0x20
    if (folded >= 0x61 && folded <= 0x7a) {
      // From Upper to lower, backwards: the upper letter before belongs to the word that ends here.
      hash = Math.imul(hash ^ folded, hashPrime)
      length++
      const beginsHere = byte !== folded && at > from && isLower(bytes[at - 1]!)
      if (!beginsHere) continue
    }
    if (length > 0 && length <= wordBytesMax && words.hasHash(hash | 1, length)) return true
    if (byte === newline) return false
    hash = hashSeed | 0
    length = 0
  }
  return false
}

function isLower(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a
}

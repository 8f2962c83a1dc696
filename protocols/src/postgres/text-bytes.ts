/** Bytes of a text that is made of frames: for frame-texts.ts and hidden-words.ts. What makes words is decided by bytes. */

/** Ends a value, and a word that stands by itself. */
export const valueEnd = 0x1f

/** Of a text that is cut: said again in the next piece, from the beginning of a word or of its row. */
export const repeatedBytesMax = 256
/** Longer runs without a space, full stop or the like are encoded bytes, not words: their rest is left out. */
const wordBytesMax = 256

/** Of a value: a control character among its first bytes says that it is no text. Further on, a text may have colours, or a new page. */
export const headBytes = 16
/** Instead of how much of a head is still to come. */
export const noText = -1

/** Bytes written one after the other. Reused: `clear` keeps the memory. */
export class TextBytes {
  #bytes = new Uint8Array(4096)
  length = 0
  /** Bytes of the word that is being written. */
  #word = 0

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  clear(): void {
    this.length = 0
    this.#word = 0
  }

  separator(byte: number): void {
    if (this.length === 0) return
    this.#reserve(1)
    this.#bytes[this.length++] = byte
    this.#word = 0
  }

  again(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.length)
    this.length += bytes.length
    this.#word = bytes.length
  }

  /**
   * What there is of a value. `head`: so many of its first bytes are still to come, among which a control character says that it is no text;
   * or `noText`. Returns what that is for what follows. A zero is in no text; other control characters are blanks behind the head.
   */
  add(source: Uint8Array, start: number, end: number, unescape: boolean, head: number): number {
    if (head === noText) return noText
    this.#reserve(end - start)
    const headUntil = start + head
    const target = this.#bytes
    let at = this.length
    let word = this.#word
    for (let index = start; index < end; index++) {
      let byte = source[index]!
      const is = classes[byte]!
      if (is === inWord) {
        if (++word > wordBytesMax) continue
      } else {
        word = 0
        if (is === control) {
          if (byte === 0 || index < headUntil) return noText
          byte = blank
        }
        if (unescape && byte === backslash && index + 1 < end) {
          const next = source[index + 1]!
          const isSpace = escapedSpaces.has(next)
          if (isSpace || next === backslash) index++
          if (isSpace) byte = blank
        }
      }
      target[at++] = byte
    }
    this.length = at
    this.#word = word
    return Math.max(0, headUntil - end)
  }

  /** As they are, and behind them what ends a value. */
  word(source: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start + 1)
    const target = this.#bytes
    let at = this.length
    for (let index = start; index < end; index++) target[at++] = source[index]!
    target[at++] = valueEnd
    this.length = at
    this.#word = 0
  }

  /** The end of what was written from `from` on, from the beginning of a word. */
  tail(from: number): Uint8Array {
    let start = Math.max(from, this.length - repeatedBytesMax)
    if (start > from)
      while (start < this.length && classes[this.#bytes[start - 1]!] === inWord) start++
    return this.#bytes.slice(start, this.length)
  }

  #reserve(count: number): void {
    const lengthMin = this.length + count
    if (lengthMin <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(lengthMin, this.#bytes.length * 2))
    larger.set(this.bytes())
    this.#bytes = larger
  }
}

const control = 0
const betweenWords = 1
export const inWord = 2
const blank = 0x20
export const backslash = 0x5c
/** COPY's text format writes them so: \b \f \n \r \t \v. */
export const escapedSpaces: ReadonlySet<number> = new Set([0x62, 0x66, 0x6e, 0x72, 0x74, 0x76])

/** As ClickHouse's tokenizer splitByNonAlpha has it: letters, digits and all that is not ASCII make words. */
export const classes = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x09 || byte === 0x0a || byte === 0x0d) return betweenWords
  if (byte < 0x20 || byte === 0x7f) return control
  if (byte >= 0x80) return inWord
  return /[0-9A-Za-z]/.test(String.fromCharCode(byte)) ? inWord : betweenWords
})

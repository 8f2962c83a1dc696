/**
 * Words that an index of the bytes of whole frames does not have, because a length or the letter of the next frame stands right beside
 * them, and is a letter or digit itself. Looks at lengths and at what is beside them, not at every byte: rows are most of what is
 * recorded. What may be added besides is no harm: who searches looks at the text itself before saying that a word is there. Pure.
 */
import { backendTypes, frameHeaderBytes } from './frames.ts'
import { backslash, classes, escapedSpaces, inWord, type TextBytes } from './text-bytes.ts'

/** Of a word that is longer, its beginning is added. */
const wordBytesMax = 1_024

/** One per process that reads chunks: it knows where the next backslash is. */
export class HiddenWords {
  #bytes: Uint8Array | undefined
  #searchedFrom = 0
  #backslashAt = 0

  /** Of a frame to the client that is whole: adds its hidden words. False: all of its text is to be added. */
  addTo(words: TextBytes, type: number, bytes: Uint8Array, start: number, end: number): boolean {
    switch (type) {
      case backendTypes.dataRow:
        return addOfRow(words, bytes, start, end)
      case backendTypes.rowDescription: // Names end with a zero; beside the first one is how many there are.
        return !isInWord(bytes, start + frameHeaderBytes + 1)
      case backendTypes.copyData:
        if (this.#hasEscapedSpace(bytes, start, end)) return false
        if (isInWord(bytes, start + frameHeaderBytes - 1))
          addFirst(words, bytes, start + frameHeaderBytes, end)
        addLast(words, bytes, start + frameHeaderBytes, end)
        return true
      default:
        return false
    }
  }

  /** Behind which a word begins with the letter of the escape. */
  #hasEscapedSpace(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start + frameHeaderBytes
    for (;;) {
      at = this.#nextBackslash(bytes, at)
      if (at + 1 >= end) return false
      if (escapedSpaces.has(bytes[at + 1]!)) return true
      at += 2
    }
  }

  /** Each byte is looked at once, however many frames there are until one has a backslash. */
  #nextBackslash(bytes: Uint8Array, from: number): number {
    if (bytes !== this.#bytes || from < this.#searchedFrom || from > this.#backslashAt) {
      const found = bytes.indexOf(backslash, from)
      this.#bytes = bytes
      this.#searchedFrom = from
      this.#backslashAt = found === -1 ? Infinity : found
    }
    return this.#backslashAt
  }

  /** What was searched is not held on to. */
  clear(): void {
    this.#bytes = undefined
  }
}

function addOfRow(words: TextBytes, bytes: Uint8Array, start: number, end: number): boolean {
  let at = start + frameHeaderBytes + 2
  if (at > end) return false
  const values = (bytes[at - 2]! << 8) | bytes[at - 1]!
  let valueFrom = at
  for (let value = 0; value < values; value++) {
    if (at + 4 > end) return false
    const lowest = bytes[at + 3]!
    const length = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | lowest
    // The length of a NULL is four bytes that are no ASCII.
    if (length < 0) addLast(words, bytes, valueFrom, at)
    at += 4
    valueFrom = at
    if (length <= 0) continue
    if (length > end - at) return false
    at += length
    if (classes[lowest] === inWord) addFirst(words, bytes, valueFrom, at)
  }
  if (at !== end) return false
  addLast(words, bytes, valueFrom, at)
  return true
}

/** The first word: the byte before it is taken for a part of it. */
function addFirst(words: TextBytes, bytes: Uint8Array, start: number, end: number): void {
  const until = Math.min(end, start + wordBytesMax)
  let at = start
  while (at < until && isInWord(bytes, at)) at++
  if (at > start) words.word(bytes, start, at)
}

/** The last word, if there is nothing behind it: what follows is the letter of a frame, or a NULL. */
function addLast(words: TextBytes, bytes: Uint8Array, start: number, end: number): void {
  const from = Math.max(start, end - wordBytesMax)
  let at = end
  while (at > from && isInWord(bytes, at - 1)) at--
  if (at < end) words.word(bytes, at, end)
}

function isInWord(bytes: Uint8Array, at: number): boolean {
  return classes[bytes[at]!] === inWord
}

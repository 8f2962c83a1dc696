/**
 * The template of a text: itself with its standalone integers left out. Texts that differ only in such integers have the
 * same facts, so that they share a description. Only for texts of plain characters without quotes or comments, in which
 * an integer can be nothing but an integer. Pure; the hot path: one pass, no allocation.
 */

export const templatedBytesMax = 4096
/** Longer runs may be out of the range of an integer, which the grammar treats differently. */
const digitsMax = 9

const outside = 0
const plain = 1
/** May not stand beside an integer: letters, digits, _ and the point. */
const word = 2
const digit = 3
const minus = 4
const slash = 5

const classes = new Uint8Array(256)
const classify = (characters: string, value: number): void => {
  for (const character of characters) classes[character.charCodeAt(0)] = value
}
classify(' ,;=<>()*+%\n\t', plain)
classify('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.', word)
classify('0123456789', digit)
classify('-', minus)
classify('/', slash)

const asterisk = 42

/** The template made last: its bytes, with 0 for an integer, and a hash of them. Overwritten by the next call. */
export const template = {
  bytes: new Uint8Array(templatedBytesMax),
  length: 0,
  hash: 0,
  integers: 0,
}

/** Makes `template` from the bytes in [start, end). False if the text has none. */
export function makeTemplate(text: Uint8Array, start: number, end: number): boolean {
  if (end - start > templatedBytesMax) return false
  const { bytes } = template
  let length = 0
  let integers = 0
  let hash = 0x811c9dc5 // FNV-1a
  let afterWord = false
  let at = start
  while (at < end) {
    let byte = text[at]!
    const kind = classes[byte]!
    if (kind === outside) return false
    if (kind === minus && at + 1 < end && text[at + 1] === byte) return false
    if (kind === slash && at + 1 < end && text[at + 1] === asterisk) return false
    at++
    if (kind === digit && !afterWord) {
      const after = integerEnd(text, at, end)
      if (after > 0) {
        at = after
        byte = 0
        integers++
      }
    }
    afterWord = byte !== 0 && (kind === word || kind === digit)
    bytes[length++] = byte
    hash = Math.imul(hash ^ byte, 0x01000193)
  }
  template.length = length
  template.hash = hash
  template.integers = integers
  return true
}

/** Where the integer ends whose first digit stands before `at`; 0 if the digits are part of something else. */
function integerEnd(text: Uint8Array, at: number, end: number): number {
  let after = at
  while (after < end && classes[text[after]!] === digit) after++
  if (after - at >= digitsMax) return 0
  return after < end && classes[text[after]!] === word ? 0 : after
}

/** Whether `template` has these bytes. */
export function templateEquals(bytes: Uint8Array): boolean {
  const { length } = template
  if (bytes.length !== length) return false
  const made = template.bytes
  for (let index = 0; index < length; index++) if (bytes[index] !== made[index]) return false
  return true
}

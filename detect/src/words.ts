/**
 * Words that make a candidate likely when they stand before it: `passport no. 123456789`. A word ends where a letter of another
 * kind begins, so that phone_number, phoneNumber and PHONE-NUMBER are two words each.
 */

/** Lower case. */
export type WordSet = ReadonlySet<string>

const wordBytesMax = 24

/** Of ASCII words, in lower case; blanks between them. */
export function wordSet(text: string): WordSet {
  return new Set(text.toLowerCase().split(/\s+/).filter(Boolean))
}

/** The words of a name, such as a column's: `customerPhone_no` → customer, phone, no. */
export function wordsOfName(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9\u0080-\uffff]+/)
    .filter(Boolean)
}

/** Whether one of `words` stands between `from` and `to`. Digits belong to no word. */
export function hasWord(bytes: Uint8Array, from: number, to: number, words: WordSet): boolean {
  let word = ''
  let lower = false
  for (let at = from; at <= to; at++) {
    const byte = at < to ? bytes[at]! : 0
    const isUpper = byte >= 0x41 && byte <= 0x5a
    const isLower = byte >= 0x61 && byte <= 0x7a
    if ((isUpper && !lower) || isLower) {
      if (word.length <= wordBytesMax) word += String.fromCharCode(byte | 0x20)
    } else {
      if (word !== '' && words.has(word)) return true
      word = isUpper ? String.fromCharCode(byte | 0x20) : ''
    }
    lower = isLower
  }
  return false
}

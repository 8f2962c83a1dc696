/**
 * Text in which values stand in values: rows and arrays as text, JSON, quoted fields of CSV. Quotes and backslashes are doubled
 * there, once per depth, and bytea stands in hexadecimal digits. From find-in-value.ts. Pure.
 */

const quote = 0x22
const backslash = 0x5c
const letterX = 0x78
/** Fewer digits hold nothing that could be found. */
const hexDigitsMin = 12

/** With one quote or backslash for each run of them. `places`: where each byte stands in the original. */
export type Collapsed = { readonly text: Uint8Array; readonly places: Int32Array }

/** Undefined: no quote or backslash is doubled in it. */
export function collapse(bytes: Uint8Array, start: number, end: number): Collapsed | undefined {
  let at = start
  while (at + 1 < end && !(isMark(bytes[at]!) && isMark(bytes[at + 1]!))) at++
  if (at + 1 >= end) return undefined
  const text = new Uint8Array(end - start)
  const places = new Int32Array(end - start + 1)
  let length = 0
  for (at = start; at < end; length++) {
    places[length] = at
    let byte = bytes[at++]!
    if (isMark(byte)) {
      for (; at < end && isMark(bytes[at]!); at++) if (bytes[at] === quote) byte = quote
    }
    text[length] = byte
  }
  places[length] = end
  return { text: text.subarray(0, length), places: places.subarray(0, length + 1) }
}

function isMark(byte: number): boolean {
  return byte === quote || byte === backslash
}

/** Runs of hexadecimal digits behind `\x`, of whole bytes: as PostgreSQL writes bytea. */
export function eachHexRun(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: (first: number, last: number) => void,
): void {
  let at = start + 1
  while (at + hexDigitsMin < end) {
    if (bytes[at] !== letterX || bytes[at - 1] !== backslash) {
      at++
      continue
    }
    const first = at + 1
    at = first
    while (at < end && isHexDigit(bytes[at]!)) at++
    const last = at - ((at - first) % 2)
    if (last - first >= hexDigitsMin) visit(first, last)
    at++
  }
}

/** Lower case. */
function isHexDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66)
}

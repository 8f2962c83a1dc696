/** Masks one value in place, same length, so that it still is a value of its shape. Pure. */
import { maskWhole } from '@gatetrail/detect'
import { readInt32 } from '@gatetrail/protocols'
import type { ValueShape } from './column-types.ts'

const asterisk = 0x2a
const quote = 0x22
const zero = 0x30

/** The whole value. `opaque` and `unknown` values have no mask of their own: they become NULL (see row-mask.ts). */
export function maskValue(shape: ValueShape, bytes: Uint8Array, start: number, end: number): void {
  switch (shape) {
    case 'text':
      maskWhole(bytes, start, end)
      return
    case 'json':
      maskJson(bytes, start, end)
      return
    case 'json_binary':
      // The first byte is the version of the format.
      maskJson(bytes, start + 1, end)
      return
    case 'array_text':
      maskArrayText(bytes, start, end)
      return
    case 'array_binary':
      eachArrayElement(bytes, start, end, maskWhole)
      return
    case 'opaque':
    case 'unknown':
      return
  }
}

/** A JSON string of the same length, or a digit where there is no room for one. */
function maskJson(bytes: Uint8Array, start: number, end: number): void {
  if (end - start < 2) {
    if (end > start) bytes[start] = zero
    return
  }
  bytes.fill(asterisk, start, end)
  bytes[start] = quote
  bytes[end - 1] = quote
}

/** Braces, commas and quotes stay: clients parse arrays. An escape loses its backslash with its character. */
function maskArrayText(bytes: Uint8Array, start: number, end: number): void {
  let quoted = false
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (quoted && byte === 0x5c) {
      bytes[at] = asterisk
      if (at + 1 < end) bytes[++at] = asterisk
    } else if (byte === quote) {
      quoted = !quoted
    } else if (quoted || !(byte === 0x7b || byte === 0x7d || byte === 0x2c)) {
      bytes[at] = asterisk
    }
  }
}

/**
 * array_send in PostgreSQL's arrayfuncs.c: i32 dimensions · i32 has NULLs · u32 element type · per dimension i32 length,
 * i32 lower bound · per element i32 length and bytes. Torn bytes end the walk.
 */
export function eachArrayElement(
  bytes: Uint8Array,
  start: number,
  end: number,
  element: (bytes: Uint8Array, start: number, end: number) => void,
): void {
  if (end - start < 12) return
  const dimensions = readInt32(bytes, start)
  let at = start + 12 + 8 * dimensions
  if (dimensions < 0 || dimensions > 6) return
  while (at + 4 <= end) {
    const length = readInt32(bytes, at)
    at += 4
    if (length < 0) continue
    if (at + length > end) return
    element(bytes, at, at + length)
    at += length
  }
}

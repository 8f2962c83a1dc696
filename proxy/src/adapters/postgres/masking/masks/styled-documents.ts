/** JSON, XML and bytea in styles: what stands there stays JSON, XML and bytea. From styled-types.ts. Pure. */
import { nullMask, type EntityMask } from '@gatetrail/detect'
import { isPlainNumber } from './styled-numbers.ts'
import type { StyledMask } from './value-mask.ts'

const quote = 0x22
const ampersand = 0x26
const lessThan = 0x3c
const backslash = 0x5c
const letterX = 0x78
const dash = 0x2d

const has = (bytes: Uint8Array, byte: number, start: number, end: number): boolean =>
  bytes.subarray(start, end).includes(byte)

/** Styles that make something else of a value, whatever it is. */
function replaces({ style }: EntityMask): boolean {
  return style === 'redact' || style === 'token'
}

/** A string stays a string, of which the inside is masked; a number a number; anything else becomes a string. */
export const jsonStyled: StyledMask = (mask, bytes, start, end) => {
  const first = bytes[start]
  const isString = first === quote && end - start > 2 && !has(bytes, backslash, start, end)
  if (isString) return quoted(bytes, start, mask.whole(bytes, start + 1, end - 1))
  if (isPlainNumber(bytes, start, end)) {
    const masked = mask.formed('number', bytes, first === dash ? start + 1 : start, end)
    if (masked !== undefined) return masked
  }
  if (!replaces(mask) || end - start < 3) return undefined
  if (mask.style === 'redact') return quoted(bytes, start, mask.whole(bytes, start + 1, end - 1))
  const value = new Uint8Array(bytes.subarray(start, end))
  const maskedEnd = mask.whole(value, 0, value.length)
  if (maskedEnd === nullMask || maskedEnd > value.length - 2) return undefined
  bytes.set(value.subarray(0, maskedEnd), start + 1)
  return quoted(bytes, start, start + 1 + maskedEnd)
}

function quoted(bytes: Uint8Array, start: number, end: number): number {
  bytes[start] = quote
  bytes[end] = quote
  return end + 1
}

const openTag = [0x3c, 0x78, 0x3e]
const closeTag = [0x3c, 0x2f, 0x78, 0x3e]

/** `<x>[EMAIL]</x>` where it is a document, else as text; a new spelling of `&amp;` would be none. */
export const xmlStyled: StyledMask = (mask, bytes, start, end) => {
  const isDocument = has(bytes, lessThan, start, end)
  if (!replaces(mask)) {
    const isPlain = !isDocument && !has(bytes, ampersand, start, end)
    return isPlain ? mask.whole(bytes, start, end) : undefined
  }
  if (!isDocument) return mask.whole(bytes, start, end)
  const value = new Uint8Array(bytes.subarray(start, end))
  const room = value.length - openTag.length - closeTag.length
  const maskedEnd = mask.whole(value, 0, mask.style === 'redact' ? room : value.length)
  if (room < 3 || maskedEnd > room) return undefined
  bytes.set(openTag, start)
  bytes.set(value.subarray(0, maskedEnd), start + openTag.length)
  bytes.set(closeTag, start + openTag.length + maskedEnd)
  return start + openTag.length + maskedEnd + closeTag.length
}

/** Of bytes nobody knows which of them are letters. */
export const bytesStyled: StyledMask = (mask, bytes, start, end) =>
  replaces(mask) ? mask.whole(bytes, start, end) : undefined

/** Hex: of the bytes that it stands for. Escape: of the text, if it has no escapes. */
export const byteaTextStyled: StyledMask = (mask, bytes, start, end) => {
  if (!replaces(mask)) return undefined
  if (bytes[start] !== backslash || bytes[start + 1] !== letterX) {
    return has(bytes, backslash, start, end) ? undefined : mask.whole(bytes, start, end)
  }
  const value = Buffer.from(Buffer.from(bytes.subarray(start + 2, end)).toString('latin1'), 'hex')
  const maskedEnd = mask.whole(value, 0, value.length)
  if (maskedEnd === nullMask) return maskedEnd
  const hex = Buffer.from(value.subarray(0, maskedEnd).toString('hex'), 'latin1')
  bytes.set(hex, start + 2)
  return start + 2 + hex.length
}

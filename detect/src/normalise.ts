/**
 * The normal form of a value: however it is written, the same value has the same bytes, so that its fingerprint and its
 * token are the same wherever it stands. A form without a meaning for its entity is the value itself. Pure.
 */
import { normalAddress } from './normal-address.ts'
import { normalDate } from './normal-date.ts'
import type { Entity } from './ruleset.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Longer values are hashed as they are: nothing of that length is written in several ways. */
const normalisedBytesMax = 1_024

/** Of the value that stands in `bytes` from `start` to `end`. Never empty unless the value is blank. */
export function normaliseValue(
  entity: Entity,
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint8Array {
  while (start < end && bytes[start]! <= 0x20) start++
  while (end > start && bytes[end - 1]! <= 0x20) end--
  if (end - start > normalisedBytesMax) return copyOf(bytes, start, end)
  return normalOf(entity, bytes, start, end) ?? copyOf(bytes, start, end)
}

function normalOf(
  entity: Entity,
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint8Array | undefined {
  switch (entity) {
    case 'US_SSN':
    case 'US_ITIN':
    case 'CREDIT_CARD':
      return onlyDigits(bytes, start, end)
    case 'IBAN':
    case 'NATIONAL_ID':
    case 'US_PASSPORT':
    case 'US_DRIVER_LICENSE':
      return lettersAndDigits(bytes, start, end)
    case 'PHONE':
      return phoneNumber(bytes, start, end)
    case 'EMAIL':
      return encoder.encode(textOf(bytes, start, end).normalize('NFC').toLowerCase())
    case 'MAC_ADDRESS':
      return hexadecimal(bytes, start, end)
    case 'IP_ADDRESS':
      return encoded(normalAddress(textOf(bytes, start, end)))
    case 'CRYPTO':
      return cryptoAddress(bytes, start, end)
    case 'DATE_OF_BIRTH':
      return encoded(normalDate(textOf(bytes, start, end)))
    case 'PERSON':
    case 'ADDRESS':
      return encoded(words(textOf(bytes, start, end)))
    default:
      return undefined
  }
}

/** Also of a Buffer, whose `slice` is no copy. */
function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end))
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end))
}

function encoded(text: string | undefined): Uint8Array | undefined {
  return text === undefined || text === '' ? undefined : encoder.encode(text)
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39
const isLetter = (byte: number): boolean => {
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x7a
}
const isHex = (byte: number): boolean => isDigit(byte) || (isLetter(byte) && (byte | 0x20) <= 0x66)

/** Undefined where letters stand between: `none 1` is not the number 1. */
function onlyDigits(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
  const digits = new Uint8Array(end - start)
  let count = 0
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (isDigit(byte)) digits[count++] = byte
    else if (isLetter(byte) || byte >= 0x80) return undefined
  }
  return count === 0 ? undefined : digits.subarray(0, count)
}

/** In capital letters, without separators. */
function lettersAndDigits(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
  const kept = new Uint8Array(end - start)
  let count = 0
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (isDigit(byte)) kept[count++] = byte
    else if (isLetter(byte)) kept[count++] = byte & 0xdf
    else if (byte >= 0x80) return undefined
  }
  return count === 0 ? undefined : kept.subarray(0, count)
}

const plus = 0x2b
const openParenthesis = 0x28
const closeParenthesis = 0x29
const zero = 0x30
const one = 0x31
const nationalDigits = 10

/**
 * Digits. What says only how to dial goes: `+` or `00` in front, `(0)`, an extension, and the 1 of North America, where
 * the same number is written with it and without.
 */
function phoneNumber(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
  const digits = new Uint8Array(end - start)
  let count = 0
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    const isTrunk =
      byte === openParenthesis &&
      bytes[at + 1] === zero &&
      bytes[at + 2] === closeParenthesis &&
      at + 2 < end
    if (isTrunk && count > 0) at += 2
    else if (isDigit(byte)) digits[count++] = byte
    // `x12`, `ext. 12`: another one's desk, the same line.
    else if (isLetter(byte) || byte === 0x23) {
      if (count < 5) continue
      break
    }
  }
  let first = 0
  if (bytes[start] !== plus && digits[0] === zero && digits[1] === zero) first = 2
  if (digits[first] === one && count - first === nationalDigits + 1) first++
  return count - first < 3 ? undefined : digits.subarray(first, count)
}

function hexadecimal(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
  const kept = new Uint8Array(end - start)
  let count = 0
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (isHex(byte)) kept[count++] = byte | 0x20
    else if (isLetter(byte) || byte >= 0x80) return undefined
  }
  return count === 0 ? undefined : kept.subarray(0, count)
}

/** Hexadecimal and bech32 addresses may be written in either case; in base58 it counts. */
function cryptoAddress(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
  const text = textOf(bytes, start, end)
  const lower = text.toLowerCase()
  const hasOneCase = text === lower || text === text.toUpperCase()
  return lower.startsWith('0x') || hasOneCase ? encoder.encode(lower) : undefined
}

/** In small letters, without marks, one blank between words. */
function words(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[\p{P}\p{S}\s]+/gu, ' ')
    .trim()
}

/**
 * Integers and numerics in styles: their digits are masked, as many of them as there were, none of them a zero in front. From
 * styled-types.ts. Pure.
 */
import type { EntityMask } from '@gatetrail/detect'
import { readUint16 } from '@gatetrail/protocols'
import type { StyledMask } from './value-mask.ts'

const dash = 0x2d
const dot = 0x2e
const zero = 0x30
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Of that many bits. A mask beyond its range is none. */
export function integerText(bits: number): StyledMask {
  return (mask, bytes, start, end) => {
    const value = BigInt(decoder.decode(bytes.subarray(start, end)))
    const masked = maskInteger(mask, value, bits)
    return masked === undefined ? undefined : write(bytes, start, String(masked))
  }
}

export function integerBinary(bits: number): StyledMask {
  return (mask, bytes, start, end) => {
    if (8 * (end - start) !== bits) return undefined
    let value = 0n
    for (let at = start; at < end; at++) value = (value << 8n) | BigInt(bytes[at]!)
    let masked = maskInteger(mask, BigInt.asIntN(bits, value), bits)
    if (masked === undefined) return undefined
    for (let at = end - 1; at >= start; at--) {
      bytes[at] = Number(masked & 0xffn)
      masked >>= 8n
    }
    return end
  }
}

function maskInteger(mask: EntityMask, value: bigint, bits: number): bigint | undefined {
  const digits = encoder.encode(String(value < 0n ? -value : value))
  const end = mask.formed('number', digits, 0, digits.length)
  if (end === undefined) return undefined
  const masked = BigInt(decoder.decode(digits.subarray(0, end))) * (value < 0n ? -1n : 1n)
  return BigInt.asIntN(bits, masked) === masked ? masked : undefined
}

export const numericText: StyledMask = (mask, bytes, start, end) => {
  const masked = maskNumeric(mask, decoder.decode(bytes.subarray(start, end)))
  return masked === undefined ? undefined : write(bytes, start, masked)
}

/** Digits of base 10,000 that the binary format does not write if they are zero: a mask of such a value could be longer. */
const groupDigits = 4
const numericDigitsMax = 128

/** `text`: as PostgreSQL writes it. Undefined: it has no mask in this style. */
function maskNumeric(mask: EntityMask, text: string): string | undefined {
  const [, sign, integer, fraction] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? []
  if (integer === undefined || text.length > numericDigitsMax) return undefined
  const groups = groupsOf(integer, fraction ?? '')
  if (groups.length === 0 || groups[0] === 0 || groups.at(-1) === 0) return undefined
  const digits = encoder.encode(fraction === undefined ? integer : `${integer}.${fraction}`)
  const end = mask.formed('number', digits, 0, digits.length)
  return end === undefined ? undefined : sign! + decoder.decode(digits.subarray(0, end))
}

/** Numbers below 10,000, cut at the point. A single zero in front of it is none. */
function groupsOf(integer: string, fraction: string): number[] {
  const whole = integer === '0' ? '' : integer
  const front = whole.padStart(Math.ceil(whole.length / groupDigits) * groupDigits, '0')
  const back = fraction.padEnd(Math.ceil(fraction.length / groupDigits) * groupDigits, '0')
  return ((front + back).match(/\d{4}/g) ?? []).map(Number)
}

const headerBytes = 8
const negative = 0x40_00

/** numeric_send: u16 groups · i16 weight of the first · u16 sign · u16 digits behind the point · u16 per group. */
export const numericBinary: StyledMask = (mask, bytes, start, end) => {
  if (end - start < headerBytes) return undefined
  const count = readUint16(bytes, start)
  const weight = (readUint16(bytes, start + 2) << 16) >> 16
  const sign = readUint16(bytes, start + 4)
  const scale = readUint16(bytes, start + 6)
  if ((sign !== 0 && sign !== negative) || end - start !== headerBytes + 2 * count) return undefined
  if (count * groupDigits > numericDigitsMax || scale > numericDigitsMax) return undefined
  const text = textOfGroups(bytes, start + headerBytes, count, weight, scale)
  const masked = maskNumeric(mask, sign === 0 ? text : `-${text}`)
  if (masked === undefined) return undefined
  const [integer, fraction] = masked.replace('-', '').split('.')
  const groups = groupsOf(integer!, fraction ?? '')
  const whole = integer === '0' ? 0 : Math.ceil(integer!.length / groupDigits)
  if (groups.length > count) return undefined
  writeUint16(bytes, start, groups.length)
  writeUint16(bytes, start + 2, whole - 1)
  let at = start + headerBytes
  for (const group of groups) {
    writeUint16(bytes, at, group)
    at += 2
  }
  return at
}

function textOfGroups(
  bytes: Uint8Array,
  at: number,
  count: number,
  weight: number,
  scale: number,
): string {
  const group = (index: number): string =>
    String(index < 0 || index >= count ? 0 : readUint16(bytes, at + 2 * index)).padStart(4, '0')
  let integer = ''
  for (let index = 0; index <= Math.min(weight, numericDigitsMax); index++) integer += group(index)
  let fraction = ''
  for (let index = weight + 1; fraction.length < scale; index++) fraction += group(index)
  const whole = integer.replace(/^0+(?=\d)/, '') || '0'
  return scale === 0 ? whole : `${whole}.${fraction.slice(0, scale)}`
}

function writeUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8
  bytes[at + 1] = value
}

function write(bytes: Uint8Array, start: number, text: string): number {
  for (let index = 0; index < text.length; index++) bytes[start + index] = text.charCodeAt(index)
  return start + text.length
}

/** -12.5 and the like: whether a JSON value is a number without exponent. */
export function isPlainNumber(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    const isDigit = byte >= zero && byte <= zero + 9
    if (!isDigit && byte !== dot && !(byte === dash && at === start)) return false
  }
  return end > start
}

/** Masks of numbers with currency, bytes, bits, addresses and documents, where a constant is not enough. Pure. */
import { maskWhole } from '@gatetrail/detect'
import { always, type ValueMask } from './value-mask.ts'

const asterisk = 0x2a
const quote = 0x22
const zero = 0x30
const backslash = 0x5c
const letterX = 0x78
const colon = 0x3a
const lessThan = 0x3c
const openBracket = 0x5b
const dash = 0x2d
const openBrace = 0x28
const closeBrace = 0x29

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39

/** $1,234.50 → $0.00: what stands before and behind the number stays, sign and brackets do not. */
export const moneyText: ValueMask = (bytes, start, end) => {
  let first = start
  while (first < end && !isDigit(bytes[first]!)) first++
  let last = end
  while (last > first && !isDigit(bytes[last - 1]!)) last--
  let to = start
  const keep = (from: number, until: number): void => {
    for (let at = from; at < until; at++) {
      const byte = bytes[at]!
      if (byte !== dash && byte !== openBrace && byte !== closeBrace) bytes[to++] = byte
    }
  }
  keep(start, first)
  const separator = last - 3
  const hasCents = separator > first && !isDigit(bytes[separator]!)
  const mark = hasCents ? bytes[separator]! : 0
  bytes[to++] = zero
  if (hasCents) {
    bytes[to++] = mark
    bytes[to++] = zero
    bytes[to++] = zero
  }
  keep(last, end)
  return to
}

/** As bytea_output says: hex or escape. The bytes become `*`, as text would. */
export const byteaText: ValueMask = (bytes, start, end) => {
  if (end - start < 2 || bytes[start] !== backslash || bytes[start + 1] !== letterX) {
    bytes.fill(asterisk, start, end)
    return end
  }
  for (let at = start + 2; at < end; at++) bytes[at] = (at - start) % 2 === 0 ? 0x32 : 0x61
  return end
}

/** Bits become 0; the four bytes of their count stay. */
export const bitsBinary: ValueMask = (bytes, start, end) => {
  bytes.fill(0, Math.min(start + 4, end), end)
  return end
}

/** Colons and the length stay. */
export const hardwareAddressText: ValueMask = (bytes, start, end) => {
  for (let at = start; at < end; at++) if (bytes[at] !== colon) bytes[at] = zero
  return end
}

const addressOfFour = always('0.0.0.0')
const addressOfSix = always('::')
const networkOfFour = always('0.0.0.0/0')
const networkOfSix = always('::/0')

const hasColon = (bytes: Uint8Array, start: number, end: number): boolean => {
  const found = bytes.indexOf(colon, start)
  return found !== -1 && found < end
}
export const addressText: ValueMask = (bytes, start, end) =>
  (hasColon(bytes, start, end) ? addressOfSix : addressOfFour)(bytes, start, end)
export const networkText: ValueMask = (bytes, start, end) =>
  (hasColon(bytes, start, end) ? networkOfSix : networkOfFour)(bytes, start, end)

/** network_send: family · bits of the mask · is a cidr · bytes of the address · address. */
export const networkBinary: ValueMask = (bytes, start, end) => {
  if (end - start < 4) return start
  bytes[start + 1] = 8 * bytes[start + 3]!
  bytes.fill(0, start + 4, end)
  return end
}

/** A JSON string of the same length, or a digit where there is no room for one. */
export const jsonText: ValueMask = (bytes, start, end) => {
  if (end - start < 2) {
    bytes.fill(zero, start, end)
    return end
  }
  bytes.fill(asterisk, start, end)
  bytes[start] = quote
  bytes[end - 1] = quote
  return end
}

/** The first byte is the version of the format. */
export const jsonBinary: ValueMask = (bytes, start, end) => jsonText(bytes, start + 1, end)

const openTag = [0x3c, 0x78, 0x3e]
const closeTag = [0x3c, 0x2f, 0x78, 0x3e]

/** What begins with a tag stays a document, of the same length: `<x>***</x>`. */
export const xmlText: ValueMask = (bytes, start, end) => {
  if (bytes[start] !== lessThan || end - start < openTag.length + closeTag.length) {
    maskWhole(bytes, start, end)
    return end
  }
  bytes.fill(asterisk, start, end)
  bytes.set(openTag, start)
  bytes.set(closeTag, end - closeTag.length)
  return end
}

const openPath = always('[(0,0)]')
const closedPath = always('((0,0))')

/** An open path stays open. */
export const pathText: ValueMask = (bytes, start, end) =>
  (bytes[start] === openBracket ? openPath : closedPath)(bytes, start, end)

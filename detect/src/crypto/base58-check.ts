/**
 * Base58Check: the alphabet without 0, O, I and l; the last four of 25 bytes are the first of a double SHA-256 of the others.
 * Of what a Bitcoin address looks like, one in four milliards has it by chance.
 */
import { firstWordOfSha256Twice } from './sha256-block.ts'

export const payloadBytes = 25
const checkBytes = 4
const hashedBytes = payloadBytes - checkBytes

const none = 255
const values = new Uint8Array(256).fill(none)
for (const [value, letter] of [
  ...'123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz',
].entries())
  values[letter.charCodeAt(0)] = value

/** Five letters at a time: 58^5 times 2^23 is still exact. */
const chunkLetters = 5
const powers = [1, 58, 58 ** 2, 58 ** 3, 58 ** 4, 58 ** 5]
const limbBits = 23
const limbBase = 2 ** limbBits
/** The lowest first; 9 are 207 bits, of which all above 200 have to be empty. */
const limbs = new Int32Array(9)
const lastBits = 8 * payloadBytes - 8 * limbBits
const payload = new Uint8Array(payloadBytes)

/** First byte: Bitcoin, its test network, Litecoin, Dogecoin, Dash, Tron. */
const versions = new Uint8Array(256)
for (const version of [0, 5, 0x6f, 0xc4, 0x30, 0x32, 0x1e, 0x16, 0x4c, 0x10, 0x41])
  versions[version] = 1

/** From its last byte on, 8 bits of the limbs at a time. */
function writePayload(): void {
  let limb = 0
  let rest = limbs[0]!
  let bits = limbBits
  for (let index = payloadBytes - 1; index >= 0; index--) {
    if (bits < 8 && limb + 1 < limbs.length) {
      rest |= limbs[++limb]! << bits
      bits += limbBits
    }
    payload[index] = rest
    rest >>>= 8
    bits -= 8
  }
}

/** Whether all letters from `at` to `end` are of the alphabet, and of both cases. */
export function isBase58(bytes: Uint8Array, at: number, end: number): boolean {
  let lower = 0
  let upper = 0
  for (let index = at; index < end; index++) {
    const byte = bytes[index]!
    if (values[byte] === none) return false
    if (byte >= 0x61) lower++
    else if (byte >= 0x41) upper++
  }
  return lower > 0 && upper > 0
}

/** Of letters that are base58: whether the first byte is one of an address, and length and check fit. */
export function hasAddressCheck(bytes: Uint8Array, at: number, end: number): boolean {
  for (let limb = 0; limb < limbs.length; limb++) limbs[limb] = 0
  let used = 0
  for (let position = at; position < end; position += chunkLetters) {
    const letters = Math.min(chunkLetters, end - position)
    const power = powers[letters]!
    let carry = 0
    for (let index = 0; index < letters; index++)
      carry = carry * 58 + values[bytes[position + index]!]!
    for (let limb = 0; limb < used || carry > 0; limb++) {
      if (limb === limbs.length) return false
      const value = limbs[limb]! * power + carry
      carry = Math.floor(value / limbBase)
      limbs[limb] = value - carry * limbBase
      if (limb === used) used++
    }
  }
  if (limbs[limbs.length - 1]! >= 1 << lastBits) return false
  writePayload()
  if (versions[payload[0]!] === 0) return false
  const check = firstWordOfSha256Twice(payload, hashedBytes)
  for (let index = 0; index < checkBytes; index++)
    if (((check >>> (24 - 8 * index)) & 0xff) !== payload[hashedBytes + index]) return false
  return true
}

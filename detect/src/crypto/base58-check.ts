/**
 * Base58Check: the alphabet without 0, O, I and l; the last four of 25 bytes are the first of a double SHA-256 of the others.
 * Of what a Bitcoin address looks like, one in four milliards has it by chance.
 */
import { hashBytes, sha256Block } from './sha256-block.ts'

export const payloadBytes = 25
const checkBytes = 4
const hashedBytes = payloadBytes - checkBytes

const none = 255
const values = new Uint8Array(256).fill(none)
for (const [value, letter] of [
  ...'123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz',
].entries())
  values[letter.charCodeAt(0)] = value

/** Five letters at a time: 58^5 times 2^16 is still exact. */
const chunkLetters = 5
const powers = [1, 58, 58 ** 2, 58 ** 3, 58 ** 4, 58 ** 5]
const limbs = new Float64Array(13)
const payload = new Uint8Array(payloadBytes)
const hash = new Uint8Array(hashBytes)
const limbBase = 0x1_0000

/** Whether all letters from `at` to `end` are of the alphabet. */
export function isBase58(bytes: Uint8Array, at: number, end: number): boolean {
  for (let index = at; index < end; index++) if (values[bytes[index]!] === none) return false
  return true
}

/** Of letters that are base58: the first byte, which says what it is an address of; -1 if length or check don't fit. */
export function versionOfAddress(bytes: Uint8Array, at: number, end: number): number {
  limbs.fill(0)
  let used = 0
  for (let position = at; position < end; position += chunkLetters) {
    const letters = Math.min(chunkLetters, end - position)
    let carry = 0
    for (let index = 0; index < letters; index++)
      carry = carry * 58 + values[bytes[position + index]!]!
    for (let limb = 0; limb < used || carry > 0; limb++) {
      if (limb === limbs.length) return -1
      const value = limbs[limb]! * powers[letters]! + carry
      carry = Math.floor(value / limbBase)
      limbs[limb] = value - carry * limbBase
      used = Math.max(used, limb + 1)
    }
  }
  // 13 limbs are 26 bytes: the highest has to be empty.
  if (limbs[12]! > 0xff) return -1
  for (let index = 0; index < payloadBytes; index++) {
    const fromEnd = payloadBytes - 1 - index
    payload[index] = limbs[fromEnd >> 1]! >>> ((fromEnd & 1) * 8)
  }
  sha256Block(payload, hashedBytes, hash)
  sha256Block(hash, hashBytes, hash)
  for (let index = 0; index < checkBytes; index++)
    if (hash[index] !== payload[hashedBytes + index]) return -1
  return payload[0]!
}

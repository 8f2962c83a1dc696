/**
 * Base58Check: the alphabet without 0, O, I and l; the last four of 25 bytes are the first of a double SHA-256 of the others.
 * Of what a Bitcoin address looks like, one in four milliards has it by chance.
 */
import { sha256 } from '@noble/hashes/sha2.js'

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
/** Used again for every address: to make one takes longer than to hash with it. */
const fresh = sha256.create()
const hasher = fresh.clone()
const hash = new Uint8Array(32)
const hashed = payload.subarray(0, hashedBytes)
const limbBase = 0x1_0000

function hashOnce(bytes: Uint8Array): void {
  fresh._cloneInto(hasher)
  hasher.update(bytes).digestInto(hash)
}

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
  hashOnce(hashed)
  hashOnce(hash)
  for (let index = 0; index < checkBytes; index++)
    if (hash[index] !== payload[hashedBytes + index]) return -1
  return payload[0]!
}

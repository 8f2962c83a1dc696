/** Bech32 and bech32m (BIP-173, BIP-350): a name, a 1, and letters of which the last six are a check over all. */

const none = 255
const values = new Uint8Array(256).fill(none)
for (const [value, letter] of [...'qpzry9x8gf2tvdw0s3jn54khce6mua7l'].entries()) {
  values[letter.charCodeAt(0)] = value
  values[letter.toUpperCase().charCodeAt(0)] = value
}
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const
const checkOf = { bech32: 1, bech32m: 0x2bc830a3 } as const

function step(check: number, value: number): number {
  const top = check >>> 25
  let next = ((check & 0x1ffffff) << 5) ^ value
  for (let bit = 0; bit < generator.length; bit++)
    if (((top >>> bit) & 1) !== 0) next ^= generator[bit]!
  return next
}

/** Whether all letters from `at` to `end` are of the alphabet, in one case. */
export function isBech32(bytes: Uint8Array, at: number, end: number): boolean {
  let isLower = false
  let isUpper = false
  for (let index = at; index < end; index++) {
    const byte = bytes[index]!
    if (values[byte] === none) return false
    if (byte >= 0x61) isLower = true
    else if (byte >= 0x41) isUpper = true
  }
  return !(isLower && isUpper)
}

/** Whether the check fits of the text from `at` to `end`, with its 1 at `one`; `end - at` is at most some hundred. */
export function hasCheck(bytes: Uint8Array, at: number, one: number, end: number): boolean {
  let check = 1
  for (let index = at; index < one; index++) check = step(check, (bytes[index]! | 0x20) >>> 5)
  check = step(check, 0)
  for (let index = at; index < one; index++) check = step(check, bytes[index]! & 31)
  for (let index = one + 1; index < end; index++) check = step(check, values[bytes[index]!]!)
  return check === checkOf.bech32 || check === checkOf.bech32m
}

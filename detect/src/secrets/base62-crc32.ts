/**
 * The check digits of GitHub's and npm's tokens: the CRC32 of what stands between the prefix and the last six characters, in
 * base 62 (github.blog, "Behind GitHub's new authentication token formats", 2021).
 */

const polynomial = 0xedb88320
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++)
    value = (value & 1) === 1 ? (value >>> 1) ^ polynomial : value >>> 1
  return value
})

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const valueOf = new Int8Array(256).fill(-1)
for (let value = 0; value < digits.length; value++) valueOf[digits.charCodeAt(value)] = value

export const checkDigits = 6

/** Whether the last six of the bytes from `from` to `to` are the check digits of those before. */
export function hasBase62Crc32(bytes: Uint8Array, from: number, to: number): boolean {
  let crc = 0xffffffff
  for (let at = from; at < to - checkDigits; at++)
    crc = table[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8)
  let expected = 0
  for (let at = to - checkDigits; at < to; at++) {
    const value = valueOf[bytes[at]!]!
    if (value === -1) return false
    expected = expected * digits.length + value
  }
  return expected === (crc ^ 0xffffffff) >>> 0
}

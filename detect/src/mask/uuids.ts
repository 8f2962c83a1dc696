/** Masks of UUIDs: RFC 9562. Pure. */
import type { Permutation } from './permutation.ts'

const byteCount = 16
const versionByte = 6
const variantByte = 8

/** Version 8: whatever its maker says, here the first bytes of a keyed hash. */
export function maskedUuid(digest: Uint8Array): Uint8Array {
  const uuid = digest.slice(0, byteCount)
  uuid[versionByte] = 0x80 | (uuid[versionByte]! & 0x0f)
  uuid[variantByte] = 0x80 | (uuid[variantByte]! & 0x3f)
  return uuid
}

/** Version and variant stay, all other bits are permuted. */
export function permutedUuid(permutation: Permutation, bytes: Uint8Array, start: number): boolean {
  const bitsAt = (index: number): number =>
    index === versionByte ? 4 : index === variantByte ? 6 : 8
  let value = 0n
  for (let index = 0; index < byteCount; index++) {
    const bits = bitsAt(index)
    value = (value << BigInt(bits)) | BigInt(bytes[start + index]! & ((1 << bits) - 1))
  }
  let result = permutation.number('uuid', value, 1n << 122n)
  if (result === undefined) return false
  for (let index = byteCount - 1; index >= 0; index--) {
    const bits = bitsAt(index)
    const mask = (1 << bits) - 1
    const byte = bytes[start + index]!
    bytes[start + index] = (byte & ~mask) | Number(result & BigInt(mask))
    result >>= BigInt(bits)
  }
  return true
}

/** UUIDv7 (RFC 9562 §5.7): sessions and writers sort by the time they began. */
import { randomFillSync } from 'node:crypto'

/** 16 bytes: 48 bits of `nowMs`, the rest random. */
export function uuidVersion7(nowMs: number = Date.now()): Uint8Array {
  const bytes = randomFillSync(new Uint8Array(16))
  let rest = nowMs
  for (let index = 5; index >= 0; index--) {
    bytes[index] = rest % 256
    rest = Math.floor(rest / 256)
  }
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes
}

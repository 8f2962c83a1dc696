/**
 * CRC-32 (ISO-HDLC, as zlib) over a range of a buffer. Short ranges in JavaScript, eight bytes a step: a call into zlib
 * needs a view, which is the only allocation that a record would cost. Long ranges in zlib, which uses the processor's own.
 */
import { crc32 as zlibCrc32 } from 'node:zlib'

const inJavaScriptBytesMax = 384
const table = buildTable()

/** CRC of bytes from `start` to `end`, as an unsigned 32-bit number. */
export function crc32(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > inJavaScriptBytesMax) return zlibCrc32(bytes.subarray(start, end))
  let crc = -1
  let at = start
  for (; at + 8 <= end; at += 8) {
    const low =
      crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24))
    crc =
      table[1792 + (low & 255)]! ^
      table[1536 + ((low >>> 8) & 255)]! ^
      table[1280 + ((low >>> 16) & 255)]! ^
      table[1024 + (low >>> 24)]! ^
      table[768 + bytes[at + 4]!]! ^
      table[512 + bytes[at + 5]!]! ^
      table[256 + bytes[at + 6]!]! ^
      table[bytes[at + 7]!]!
  }
  for (; at < end; at++) crc = table[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8)
  return (crc ^ -1) >>> 0
}

function buildTable(): Int32Array {
  const built = new Int32Array(256 * 8)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1
    built[byte] = crc
  }
  for (let byte = 0; byte < 256; byte++) {
    let crc = built[byte]!
    for (let slice = 1; slice < 8; slice++) {
      crc = built[crc & 255]! ^ (crc >>> 8)
      built[slice * 256 + byte] = crc
    }
  }
  return built
}

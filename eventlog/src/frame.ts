/**
 * How a record lies in a segment: `u32 length · u32 crc32 · mark · record bytes`, big-endian. Length and CRC cover the mark
 * and the record bytes. The mark of a record is 0x00, so that what they cover is exactly what the leaf hash covers
 * (docs/ARCHITECTURE.md). A frame with mark 0x01 is the header of its segment (segment.ts). Pure.
 */
import { limits, recordFormat, recordHeaderBytes } from '@gatetrail/schemas'
import { crc32 } from './crc32.ts'

export const frameHeaderBytes = 8
export const recordMark = 0x00
export const segmentMark = 0x01
/** What a frame adds to its record. */
export const frameOverheadBytes = frameHeaderBytes + 1
/** Bytes of the longest frame. */
export const frameBytesMax = limits.recordBytesMax + frameOverheadBytes

const writerAt = frameOverheadBytes + 20

export const incompleteFrame = 0
export const damagedFrame = -1

/**
 * Looks at the frame at `at`. Returns its length in bytes if it is whole and sound, `incompleteFrame` if `end` comes
 * before its own end, `damagedFrame` if its length cannot be or its CRC does not fit.
 */
export function checkFrame(bytes: Uint8Array, at: number, end: number): number {
  if (at + frameHeaderBytes > end) return incompleteFrame
  const length = readUint32(bytes, at)
  if (length < 2 || length > limits.recordBytesMax + 1) return damagedFrame
  const frameEnd = at + frameHeaderBytes + length
  if (frameEnd > end) return incompleteFrame
  if (crc32(bytes, at + frameHeaderBytes, frameEnd) !== readUint32(bytes, at + 4))
    return damagedFrame
  return frameEnd - at
}

/** Whether the bytes from `at` to `end` are one whole record whose length field was damaged: not a torn tail. */
export function isFrameWithDamagedLength(bytes: Uint8Array, at: number, end: number): boolean {
  return (
    end - at > frameOverheadBytes &&
    crc32(bytes, at + frameHeaderBytes, end) === readUint32(bytes, at + 4)
  )
}

/**
 * Finds where sound frames go on after damage: every record of a writer bears the writer's id. Returns the offset of the
 * first frame from `from` on that is sound, or that looks like one and runs past `end`; -1 if there is none.
 */
export function findRecordFrame(
  bytes: Buffer,
  from: number,
  end: number,
  writer: Uint8Array,
): number {
  let search = from + writerAt
  for (;;) {
    const found = bytes.indexOf(writer, search)
    if (found < 0 || found + writer.length > end) return -1
    const at = found - writerAt
    if (
      bytes[at + frameHeaderBytes] === recordMark &&
      bytes[at + frameOverheadBytes] === recordFormat
    ) {
      if (checkFrame(bytes, at, end) !== damagedFrame) return at
    }
    search = found + 1
  }
}

/** Whether a sound frame of this length with this mark is a record of `writer`. */
export function isRecordOf(
  bytes: Uint8Array,
  at: number,
  frameBytes: number,
  writer: Uint8Array,
): boolean {
  if (bytes[at + frameHeaderBytes] !== recordMark) return false
  if (frameBytes < frameOverheadBytes + recordHeaderBytes) return false
  if (bytes[at + frameOverheadBytes] !== recordFormat) return false
  for (let index = 0; index < 16; index++) {
    if (bytes[at + writerAt + index] !== writer[index]) return false
  }
  return true
}

/** Position in the writer of the record in the frame at `at`. */
export function positionInFrame(bytes: Uint8Array, at: number): number {
  const position = at + frameOverheadBytes + 40
  return readUint32(bytes, position) * 2 ** 32 + readUint32(bytes, position + 4)
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 0x1000000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!)
}

/** Segments: their names, and the header frame that each begins with. Pure. */
import { limits, segmentHeaderSchema, type SegmentHeader } from '@gatetrail/schemas'
import { crc32 } from './crc32.ts'
import { checkFrame, frameHeaderBytes, frameOverheadBytes, segmentMark } from './frame.ts'

const extension = '.segment'

export function segmentFileName(segment: number): string {
  return `${String(segment).padStart(8, '0')}${extension}`
}

/** The number in a segment's file name, or undefined for any other file. */
export function segmentNumber(fileName: string): number | undefined {
  return /^\d{8,12}\.segment$/.test(fileName) ? Number.parseInt(fileName, 10) : undefined
}

/** The first frame of a segment. */
export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const body = Buffer.from(JSON.stringify(header))
  const frame = Buffer.alloc(frameOverheadBytes + body.length)
  frame.writeUInt32BE(1 + body.length, 0)
  frame[frameHeaderBytes] = segmentMark
  body.copy(frame, frameOverheadBytes)
  frame.writeUInt32BE(crc32(frame, frameHeaderBytes, frame.length), 4)
  return frame
}

/** Reads the header frame at the start of `bytes`; undefined if it is torn, damaged or of a newer format. */
export function decodeSegmentHeader(bytes: Buffer): SegmentHeader | undefined {
  const frameBytes = checkFrame(bytes, 0, bytes.length)
  if (frameBytes <= 0 || bytes[frameHeaderBytes] !== segmentMark) return undefined
  let json: unknown
  try {
    json = JSON.parse(bytes.toString('utf8', frameOverheadBytes, frameBytes))
  } catch {
    return undefined // A sound frame that is not JSON is of a newer format, or forged: the caller reports it.
  }
  const parsed = segmentHeaderSchema.safeParse(json)
  return parsed.success ? parsed.data : undefined
}

/** A header never exceeds a frame. */
export const segmentHeaderBytesMax: number = limits.recordBytesMax

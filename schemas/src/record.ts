/**
 * The bytes of one record: a header of 64 bytes, then the body. These bytes are what the journal frames, the leaf hash
 * covers, Kafka carries and `records.bytes` holds. Big-endian throughout.
 *
 *   0  u8   format (1)            36  u32  seq in the session
 *   1  u16  kind                  40  u64  position in the writer
 *   3  u8   version of the body   48  u64  wall clock, µs since 1970
 *   4  16   session (UUID)        56  u64  monotonic offset in the session, µs
 *   20 16   writer (UUID)         64  …    body: JSON (UTF-8) or a chunk (chunk.ts)
 */
import { GatetrailError } from './error.ts'
import { recordBytesMax } from './limits.ts'
import {
  chunkKind,
  eventKinds,
  recordKindOf,
  upcastBody,
  type EventBody,
  type EventKind,
  type RecordKind,
} from './registry.ts'

export const recordFormat = 1
export const recordHeaderBytes = 64

export type RecordHeader = {
  /** Undefined for a kind of a newer release: such a record is kept, counted and not interpreted. */
  kind: RecordKind | undefined
  kindCode: number
  version: number
  session: string
  writer: string
  seq: number
  position: number
  timeMicros: number
  offsetMicros: number
}

export type StoredRecord = { header: RecordHeader; body: Uint8Array; bytes: Uint8Array }

/** Writes a header at `at`. The target must have `recordHeaderBytes` left. The hot path: no allocation. */
export function writeRecordHeader(
  target: Uint8Array,
  view: DataView,
  at: number,
  kindCode: number,
  version: number,
  session: Uint8Array,
  writer: Uint8Array,
  seq: number,
  position: number,
  timeMicros: number,
  offsetMicros: number,
): void {
  target[at] = recordFormat
  view.setUint16(at + 1, kindCode)
  target[at + 3] = version
  for (let index = 0; index < 16; index++) {
    target[at + 4 + index] = session[index]!
    target[at + 20 + index] = writer[index]!
  }
  view.setUint32(at + 36, seq)
  writeUint53(view, at + 40, position)
  writeUint53(view, at + 48, timeMicros)
  writeUint53(view, at + 56, offsetMicros)
}

/** Encodes one record. Not for the hot path: see `writeRecordHeader`. */
export function encodeRecord(header: Omit<RecordHeader, 'kind'>, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(recordHeaderBytes + body.length)
  const view = new DataView(bytes.buffer)
  writeRecordHeader(
    bytes,
    view,
    0,
    header.kindCode,
    header.version,
    uuidBytes(header.session),
    uuidBytes(header.writer),
    header.seq,
    header.position,
    header.timeMicros,
    header.offsetMicros,
  )
  bytes.set(body, recordHeaderBytes)
  return bytes
}

/**
 * Reads one record. Keeps `bytes` as they are; `body` is a view into them.
 * @throws GatetrailError RECORD_INVALID if they are no record of a format that we know.
 */
export function decodeRecord(bytes: Uint8Array): StoredRecord {
  if (bytes.length < recordHeaderBytes || bytes.length > recordBytesMax) {
    throw new GatetrailError('RECORD_INVALID', `a record of ${bytes.length} bytes cannot be`)
  }
  if (bytes[0] !== recordFormat) {
    throw new GatetrailError(
      'RECORD_INVALID',
      `record format ${bytes[0]} is not known to this release`,
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const kindCode = view.getUint16(1)
  const header: RecordHeader = {
    kind: recordKindOf(kindCode),
    kindCode,
    version: bytes[3]!,
    session: uuidText(bytes, 4),
    writer: uuidText(bytes, 20),
    seq: view.getUint32(36),
    position: readUint53(view, 40),
    timeMicros: readUint53(view, 48),
    offsetMicros: readUint53(view, 56),
  }
  return { header, body: bytes.subarray(recordHeaderBytes), bytes }
}

const textDecoder = new TextDecoder()

/**
 * The body of an event, validated, as the current version has it. `version` is that of its record: left out, the current
 * one. @throws GatetrailError RECORD_INVALID
 */
export function decodeEventBody<Kind extends EventKind>(
  kind: Kind,
  body: Uint8Array,
  version: number = eventKinds[kind].version,
): EventBody<Kind> {
  let json: unknown
  try {
    json = JSON.parse(textDecoder.decode(body))
  } catch (cause) {
    throw new GatetrailError('RECORD_INVALID', `the body of a ${kind} is not JSON`, { cause })
  }
  const parsed = eventKinds[kind].body.safeParse(upcastBody(kind, version, json))
  if (!parsed.success) {
    throw new GatetrailError(
      'RECORD_INVALID',
      `the body of a ${kind} does not fit its schema: ${parsed.error.message}`,
    )
  }
  return parsed.data as EventBody<Kind>
}

export function isChunk(header: RecordHeader): boolean {
  return header.kindCode === chunkKind.code
}

export function uuidBytes(uuid: string): Uint8Array {
  const hex = uuid.replaceAll('-', '')
  if (!/^[0-9a-f]{32}$/i.test(hex))
    throw new GatetrailError('RECORD_INVALID', `not a UUID: ${uuid.slice(0, 64)}`)
  const bytes = new Uint8Array(16)
  for (let index = 0; index < 16; index++)
    bytes[index] = Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16)
  return bytes
}

const hexPairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export function uuidText(bytes: Uint8Array, at = 0): string {
  let text = ''
  for (let index = 0; index < 16; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += '-'
    text += hexPairs[bytes[at + index]!]!
  }
  return text
}

const twoTo32 = 2 ** 32

function writeUint53(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / twoTo32))
  view.setUint32(at + 4, value % twoTo32)
}

function readUint53(view: DataView, at: number): number {
  return view.getUint32(at) * twoTo32 + view.getUint32(at + 4)
}

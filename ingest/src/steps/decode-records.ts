/**
 * Step 2 of 7. From read-batch.ts, to check-chain.ts. Reads headers and bodies. What doesn't decode becomes a dead letter and
 * the pipeline goes on; a record with a sound header stays a record, whatever its body is. Pure.
 */
import { createHash, hash } from 'node:crypto'
import {
  chunkKind,
  decodeEventBody,
  decodeRecord,
  eventKinds,
  isGatetrailError,
  limits,
  type EventKind,
  type Sha256,
  type StoredRecord,
} from '@gatetrail/schemas'
import type { DecodedBody, DecodedEvent, DecodedRecord, Findings, ReadRecord } from '../batch.ts'

export const sha256: Sha256 = (parts) => {
  const digest = createHash('sha256')
  for (const part of parts) digest.update(part)
  return digest.digest()
}

const stringsKeptMax = 10_000
const stringsKept = new Map<string, string>()

/** Equal ids become one string: looked up in many maps, and hashed once. */
function sameString(id: string): string {
  const kept = stringsKept.get(id)
  if (kept !== undefined) return kept
  if (stringsKept.size >= stringsKeptMax) stringsKept.clear()
  stringsKept.set(id, id)
  return id
}

/** Byte 0 stays the leaf prefix. */
const scratch = Buffer.alloc(1 + limits.recordBytesMax)

/** In one call, which is twice as fast as a hash object for a small record. */
function leafOf(bytes: Uint8Array): Uint8Array {
  return Buffer.from(hash('sha256', leafInputOf(bytes), 'binary'), 'latin1')
}

/** Where the byte before the record is the leaf prefix, as in a journal's frame, it is hashed where it lies. */
function leafInputOf(bytes: Uint8Array): Uint8Array {
  const start = bytes.byteOffset - 1
  if (start >= 0) {
    const framed = new Uint8Array(bytes.buffer, start, bytes.length + 1)
    if (framed[0] === 0) return framed
  }
  scratch.set(bytes, 1)
  return scratch.subarray(0, bytes.length + 1)
}

export function decodeRecords(
  records: readonly ReadRecord[],
  storedSeconds: number,
  findings: Findings,
): DecodedRecord[] {
  const decoded: DecodedRecord[] = []
  for (const record of records) {
    const one = decodeOne(record, storedSeconds, findings)
    if (one !== undefined) decoded.push(one)
  }
  return decoded
}

function decodeOne(
  record: ReadRecord,
  storedSeconds: number,
  findings: Findings,
): DecodedRecord | undefined {
  let stored: StoredRecord
  try {
    stored = decodeRecord(record.bytes)
  } catch (error) {
    findings.deadLetters.push({
      ...where(record),
      reason: 'record_invalid',
      message: messageOf(error),
    })
    return undefined
  }
  const { header, body, bytes } = stored
  if (header.writer !== record.writer || header.position !== record.position) {
    const message = `the record says position ${header.position} of writer ${header.writer}`
    findings.deadLetters.push({ ...where(record), reason: 'record_invalid', message })
    return undefined
  }
  header.session = sameString(header.session)
  header.writer = sameString(header.writer)
  return {
    header,
    body,
    bytes,
    leaf: leafOf(bytes),
    partition: record.partition,
    rowVersion: 0,
    decoded: decodeBody(record, stored, findings),
    storedSeconds,
  }
}

/** Exported for rebuild.ts, which starts from `records.bytes`. */
export function decodeBody(
  record: ReadRecord,
  { header, body }: StoredRecord,
  findings: Findings,
): DecodedBody {
  const kind = header.kind
  if (kind === undefined || header.version > versionKnown(kind)) {
    findings.unknownKinds++
    return { type: 'opaque' }
  }
  if (kind === chunkKind.name) return { type: 'chunk' }
  try {
    const event = { kind, body: decodeEventBody(kind, body, header.version) }
    // The body was validated by the schema of this very kind.
    return { type: 'event', event: event as DecodedEvent }
  } catch (error) {
    findings.deadLetters.push({
      ...where(record),
      reason: 'body_invalid',
      message: messageOf(error),
    })
    return { type: 'opaque' }
  }
}

function where({ writer, position, bytes }: ReadRecord) {
  return { writer, position, bytes }
}

function versionKnown(kind: EventKind | typeof chunkKind.name): number {
  return kind === chunkKind.name ? chunkKind.version : eventKinds[kind].version
}

function messageOf(error: unknown): string {
  if (!isGatetrailError(error)) throw error // A bug of ours, not a bad record.
  return error.message.slice(0, 1000)
}

/**
 * Nothing crosses the proxy that is not on record: what a client and a target received, byte for byte, against what the journal
 * holds of their session. Pure.
 */
import type { RecordedFrame, RecordedSession } from './recorded-sessions.ts'

export type Compared = {
  /** Bytes that are on record as they were received. */
  bytesToClient: number
  bytesToTarget: number
  /** Frames to the target whose record is masked: of these, type and length are compared. */
  masked: number
  /** Messages of the proxy itself, with nothing of the client in them. */
  own: number
}

const authentication = 0x52
const backendKeyData = 0x4b
const readyForQuery = 0x5a
const portal = 0x50

/** Undefined if all is well, else what was received and is not on record. */
export function findUnrecorded(
  session: RecordedSession,
  client: Buffer,
  target: Buffer,
  compared: Compared,
): string | undefined {
  return toClient(session, client, compared) ?? toTarget(session, target, compared)
}

/** A client may have left before the end: what it received is the beginning of the record. */
function toClient(
  session: RecordedSession,
  client: Buffer,
  compared: Compared,
): string | undefined {
  const received = withoutKeys(client)
  const recorded = Buffer.concat(session.toClient)
  if (!recorded.subarray(0, received.length).equals(received)) {
    const at = firstDifference(recorded, received)
    return `to the client at byte ${at}: received ${hex(received, at)}, recorded ${hex(recorded, at)}`
  }
  compared.bytesToClient += received.length
  return undefined
}

/**
 * Each frame that the target received is one of the record, in the order of the record. What may be the proxy's own is not
 * looked for: one that it is not would be taken for a later one of the client.
 */
function toTarget(
  session: RecordedSession,
  target: Buffer,
  compared: Compared,
): string | undefined {
  let next = 0
  for (const frame of framesOf(target)) {
    if (isOwn(frame)) {
      compared.own++
      continue
    }
    const index = session.toTarget.findIndex(
      (recorded, at) => at >= next && isRecordOf(recorded, frame),
    )
    if (index === -1) {
      const recorded = session.toTarget.map((one) => letter(one.type) + one.bytes.length).join(' ')
      return `to the target: ${hex(frame, 0)} (${frame.toString('latin1', 0, 80)}); recorded: ${recorded}`
    }
    next = index + 1
    if (session.toTarget[index]!.masked) compared.masked++
    else compared.bytesToTarget += frame.length
  }
  return undefined
}

/** `frame` may be cut, where the session ended within it. */
function isRecordOf(recorded: RecordedFrame, frame: Buffer): boolean {
  if (recorded.withheld || recorded.type !== frame[0]) return false
  return recorded.masked
    ? recorded.bytes.length === frame.length
    : recorded.bytes.subarray(0, frame.length).equals(frame)
}

/**
 * Terminate at the end, Flush and Sync where it needs the answers, the questions of what a portal returns and what names mean,
 * and what the proxy sends to fail in the place of a statement that it refused.
 */
function isOwn(frame: Buffer): boolean {
  switch (letter(frame[0]!)) {
    case 'X':
    case 'H':
    case 'S':
      return frame.length === 5
    case 'D':
      return frame[5] === portal
    default:
      return frame.includes('gatetrail refused this statement') || frame.includes('gatetrail_names')
  }
}

/** The last one may be cut. */
function* framesOf(bytes: Buffer): Generator<Buffer> {
  let at = 0
  while (at < bytes.length) {
    const length = at + 5 <= bytes.length ? 1 + bytes.readUInt32BE(at + 1) : bytes.length - at
    const end = Math.min(at + Math.max(length, 5), bytes.length)
    yield bytes.subarray(at, end)
    at = end
  }
}

/** Without what is withheld from the record: the messages of authentication, and the key for cancel requests. */
function withoutKeys(client: Buffer): Buffer {
  const parts: Buffer[] = []
  let at = 0
  for (const frame of framesOf(client)) {
    at += frame.length
    if (frame[0] !== authentication && frame[0] !== backendKeyData) parts.push(frame)
    if (frame[0] === readyForQuery) break
  }
  return Buffer.concat([...parts, client.subarray(at)])
}

function letter(type: number): string {
  return String.fromCharCode(type)
}

function firstDifference(one: Buffer, other: Buffer): number {
  let at = 0
  while (at < one.length && one[at] === other[at]) at++
  return at
}

function hex(bytes: Buffer, at: number): string {
  return bytes.toString('hex', at, at + 32)
}

/**
 * What a target sends, as the relay reads it, and the answers that the proxy gives in its stead. `start` and `end` are
 * those of a whole frame, header included. PostgreSQL documentation, "Message Formats". Pure.
 */
import { backendTypes, frameHeaderBytes, readUint16, readUint32 } from './frames.ts'
import { shortText, textEnd, torn } from './texts.ts'

export type ColumnDescription = {
  name: string
  /** 0 if the column is an expression. */
  tableOid: number
  /** 0 if the column is an expression. */
  attribute: number
  typeOid: number
  /** 0 text, 1 binary. In the answer to Describe of a statement always 0: not known yet. */
  format: number
}

const columnTailBytes = 18

/** @throws GatetrailError PROTOCOL_VIOLATION */
export function readRowDescription(
  bytes: Uint8Array,
  start: number,
  end: number,
): ColumnDescription[] {
  let at = start + frameHeaderBytes
  if (at + 2 > end) throw torn('a count that is cut')
  const length = readUint16(bytes, at)
  at += 2
  const columns: ColumnDescription[] = []
  for (let index = 0; index < length; index++) {
    const nameEnd = textEnd(bytes, at, end)
    const tail = nameEnd + 1
    if (tail + columnTailBytes > end) throw torn('a column that is cut')
    columns.push({
      name: shortText(bytes, at, nameEnd),
      tableOid: readUint32(bytes, tail),
      attribute: readUint16(bytes, tail + 4),
      typeOid: readUint32(bytes, tail + 6),
      format: readUint16(bytes, tail + 16),
    })
    at = tail + columnTailBytes
  }
  if (at !== end) throw torn('something after its columns')
  return columns
}

/** Calls back for each field of an ErrorResponse or NoticeResponse: its letter, and where its text is. */
export function eachErrorField(
  bytes: Uint8Array,
  start: number,
  end: number,
  field: (letter: number, textStart: number, textEnd: number) => void,
): void {
  let at = start + frameHeaderBytes
  while (at < end && bytes[at] !== 0) {
    const fieldEnd = textEnd(bytes, at + 1, end)
    field(bytes[at]!, at + 1, fieldEnd)
    at = fieldEnd + 1
  }
}

/** CopyOutResponse and CopyInResponse. @throws GatetrailError PROTOCOL_VIOLATION */
export function readCopyResponse(
  bytes: Uint8Array,
  start: number,
  end: number,
): { binary: boolean; columns: number } {
  const at = start + frameHeaderBytes
  if (at + 3 > end) throw torn('a format that is cut')
  return { binary: bytes[at] !== 0, columns: readUint16(bytes, at + 1) }
}

export type ErrorResponseFields = {
  severity: 'ERROR' | 'FATAL'
  sqlstate: string
  message: string
  detail?: string
  hint?: string
}

const encoder = new TextEncoder()

export function errorResponseMessage(fields: ErrorResponseFields): Uint8Array {
  const { severity, sqlstate, message: text, detail, hint } = fields
  const parts = [`S${severity}`, `V${severity}`, `C${sqlstate}`, `M${text}`]
  if (detail !== undefined) parts.push(`D${detail}`)
  if (hint !== undefined) parts.push(`H${hint}`)
  const body = encoder.encode(`${parts.map((part) => part.replaceAll('\0', '')).join('\0')}\0\0`)
  return message(backendTypes.error, body)
}

/** `status`: I (idle), T (in a transaction), E (in a failed one). */
export function readyForQueryMessage(status: 'I' | 'T' | 'E'): Uint8Array {
  return message(backendTypes.readyForQuery, encoder.encode(status))
}

function message(type: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(frameHeaderBytes + body.length)
  bytes[0] = type
  new DataView(bytes.buffer).setUint32(1, bytes.length - 1)
  bytes.set(body, frameHeaderBytes)
  return bytes
}

/**
 * Recorded frames → what a person would read in them. Tolerant, unlike the readers of the relay, which it uses: a frame
 * that is torn, or was too long to keep whole, gives what can be read of it. Used by session-reader.ts. Pure.
 */
import { isGatetrailError } from '@gatetrail/schemas'
import { eachErrorField, readRowDescription, type ColumnDescription } from './backend-messages.ts'
import { frameHeaderBytes, readInt32, readUint16, readUint32 } from './frames.ts'
import { BindMessage, readParse } from './frontend-messages.ts'
import { decodeText } from './visible-text.ts'

/** One value of a row or of a Bind; undefined for NULL. `cut`: bytes that are not here, of a value too long to show. */
export type RecordedValue = { bytes: Uint8Array | undefined; cut: number }

export type RecordedParse = { name: string; sql: string; parameterTypes: number[] }
export type RecordedBind = {
  portal: string
  statement: string
  parameters: { value: RecordedValue; format: number }[]
  resultFormats: readonly number[]
}

/** What `read` gives, or undefined where the frame does not hold it. */
export function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch (error) {
    if (isGatetrailError(error)) return undefined
    throw error
  }
}

/** The text of a Query, as far as it is here. */
export function querySql(frame: Uint8Array): string {
  const end = frame.indexOf(0, frameHeaderBytes)
  return decodeText(frame.subarray(frameHeaderBytes, end === -1 ? frame.length : end))
}

export function parseOf(frame: Uint8Array): RecordedParse {
  const message = readable(() => readParse(frame, 0, frame.length))
  if (message === undefined) {
    const nameEnd = Math.max(frame.indexOf(0, frameHeaderBytes), frameHeaderBytes)
    const name = decodeText(frame.subarray(frameHeaderBytes, nameEnd))
    return { name, sql: decodeText(frame.subarray(nameEnd + 1)), parameterTypes: [] }
  }
  const count = readUint16(frame, message.textEnd + 1)
  return {
    name: message.name,
    sql: decodeText(frame.subarray(message.textStart, message.textEnd)),
    parameterTypes: Array.from({ length: count }, (_, index) =>
      readUint32(frame, message.textEnd + 3 + 4 * index),
    ),
  }
}

export function bindOf(frame: Uint8Array): RecordedBind | undefined {
  const bind = new BindMessage()
  if (readable(() => (bind.read(frame, 0, frame.length), true)) === undefined) return undefined
  const parameters: RecordedBind['parameters'] = []
  for (let index = 0; index < bind.parameterCount; index++) {
    const start = bind.ranges[2 * index]!
    const bytes = start === -1 ? undefined : frame.subarray(start, bind.ranges[2 * index + 1])
    parameters.push({ value: { bytes, cut: 0 }, format: bind.formats[index]! })
  }
  const { portal, statement, resultFormats } = bind
  return { portal, statement, parameters, resultFormats }
}

export function columnsOf(frame: Uint8Array): ColumnDescription[] | undefined {
  return readable(() => readRowDescription(frame, 0, frame.length))
}

export function parameterTypesOf(frame: Uint8Array): number[] {
  if (frame.length < frameHeaderBytes + 2) return []
  const count = readUint16(frame, frameHeaderBytes)
  if (frame.length !== frameHeaderBytes + 2 + 4 * count) return []
  return Array.from({ length: count }, (_, index) =>
    readUint32(frame, frameHeaderBytes + 2 + 4 * index),
  )
}

/** The values of a DataRow, as far as they are here. */
export function rowValues(frame: Uint8Array): RecordedValue[] {
  const values: RecordedValue[] = []
  let at = frameHeaderBytes + 2
  if (at > frame.length) return values
  const count = readUint16(frame, frameHeaderBytes)
  for (let index = 0; index < count && at + 4 <= frame.length; index++) {
    const length = readInt32(frame, at)
    at += 4
    if (length < 0) {
      values.push({ bytes: undefined, cut: 0 })
      continue
    }
    const end = Math.min(at + length, frame.length)
    values.push({ bytes: frame.subarray(at, end), cut: at + length - end })
    at += length
  }
  return values
}

/** Fields of an ErrorResponse or NoticeResponse by their letter. */
export function reportFields(frame: Uint8Array): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  readable(() =>
    eachErrorField(frame, 0, frame.length, (letter, start, end) => {
      fields.set(String.fromCharCode(letter), decodeText(frame.subarray(start, end)))
    }),
  )
  return fields
}

/** The tag of a CommandComplete, or any body that is one string. */
export function bodyText(frame: Uint8Array): string {
  const end = frame.indexOf(0, frameHeaderBytes)
  return decodeText(frame.subarray(frameHeaderBytes, end === -1 ? frame.length : end))
}

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

/** Idle, in a transaction, in a failed one: as ReadyForQuery says it. */
export type TransactionStatus = 'I' | 'T' | 'E'

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

/** How many rows an Execute asks for at most; 0 for all. */
export function rowLimitOf(frame: Uint8Array): number {
  const end = frame.indexOf(0, frameHeaderBytes)
  return end === -1 || frame.length !== end + 5 ? 0 : readUint32(frame, end + 1)
}

export type RecordedCall = {
  functionOid: number
  arguments: { value: RecordedValue; format: number }[]
}

/** A FunctionCall: u32 function · u16 formats · formats · u16 arguments · per argument i32 length, bytes · u16 format of the result. */
export function callOf(frame: Uint8Array): RecordedCall {
  if (frame.length < frameHeaderBytes + 6) return { functionOid: 0, arguments: [] }
  const functionOid = readUint32(frame, frameHeaderBytes)
  const formats = readUint16(frame, frameHeaderBytes + 4)
  const formatAt = (index: number): number => {
    const at = frameHeaderBytes + 6 + 2 * (formats === 1 ? 0 : index)
    return formats === 0 || at + 2 > frame.length ? 0 : readUint16(frame, at)
  }
  const values = valuesFrom(frame, frameHeaderBytes + 6 + 2 * formats)
  return {
    functionOid,
    arguments: values.map((value, index) => ({ value, format: formatAt(index) })),
  }
}

/** The value of a FunctionCallResponse. */
export function callResultOf(frame: Uint8Array): RecordedValue {
  return valueAt(frame, frameHeaderBytes)?.value ?? { bytes: undefined, cut: 0 }
}

export type RecordedNotification = { processId: number; channel: string; payload: string }

export function notificationOf(frame: Uint8Array): RecordedNotification {
  const [channel = '', payload = ''] = texts(frame, frameHeaderBytes + 4)
  const processId = frame.length < frameHeaderBytes + 4 ? 0 : readUint32(frame, frameHeaderBytes)
  return { processId, channel, payload }
}

/** Name and value of a ParameterStatus. */
export function parameterStatusOf(frame: Uint8Array): { name: string; value: string } {
  const [name = '', value = ''] = texts(frame, frameHeaderBytes)
  return { name, value }
}

/** I, T or E of a ReadyForQuery. */
export function transactionOf(frame: Uint8Array): TransactionStatus | undefined {
  const letter = String.fromCharCode(frame[frameHeaderBytes] ?? 0)
  return letter === 'I' || letter === 'T' || letter === 'E' ? letter : undefined
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
  return valuesFrom(frame, frameHeaderBytes)
}

/** u16 values · per value i32 length (-1: NULL) and bytes. */
function valuesFrom(frame: Uint8Array, start: number): RecordedValue[] {
  const values: RecordedValue[] = []
  let at = start + 2
  if (at > frame.length) return values
  const count = readUint16(frame, start)
  for (let index = 0; index < count; index++) {
    const found = valueAt(frame, at)
    if (found === undefined) break
    values.push(found.value)
    at = found.next
  }
  return values
}

function valueAt(
  frame: Uint8Array,
  at: number,
): { value: RecordedValue; next: number } | undefined {
  const start = at + 4
  if (start > frame.length) return undefined
  const length = readInt32(frame, at)
  if (length < 0) return { value: { bytes: undefined, cut: 0 }, next: start }
  const end = Math.min(start + length, frame.length)
  const value = { bytes: frame.subarray(start, end), cut: start + length - end }
  return { value, next: start + length }
}

/** Texts that end with a NUL, one after the other, the last one perhaps without. */
function texts(frame: Uint8Array, start: number): string[] {
  const found: string[] = []
  for (let at = start; at < frame.length && found.length < 2;) {
    const end = frame.indexOf(0, at)
    found.push(decodeText(frame.subarray(at, end === -1 ? frame.length : end)))
    at = end === -1 ? frame.length : end + 1
  }
  return found
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

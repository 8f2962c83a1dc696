/**
 * What a client sends, as the relay reads it: names as strings, everything else as offsets, so that nothing is copied.
 * `start` and `end` are those of a whole frame, header included. PostgreSQL documentation, "Message Formats". Pure.
 */
import { frameHeaderBytes, frontendTypes, readInt32, readUint16 } from './frames.ts'
import { shortText, textEnd, torn } from './texts.ts'

/** Where the text of a Query is: the NUL not included. @throws GatetrailError PROTOCOL_VIOLATION */
export function queryTextEnd(bytes: Uint8Array, start: number, end: number): number {
  const at = textEnd(bytes, start + frameHeaderBytes, end)
  if (at !== end - 1) throw torn('something after its text')
  return at
}

export type ParseMessage = { name: string; textStart: number; textEnd: number }

/** @throws GatetrailError PROTOCOL_VIOLATION */
export function readParse(bytes: Uint8Array, start: number, end: number): ParseMessage {
  const nameStart = start + frameHeaderBytes
  const nameEnd = textEnd(bytes, nameStart, end)
  const queryEnd = textEnd(bytes, nameEnd + 1, end)
  if (queryEnd + 3 > end || queryEnd + 3 + 4 * readUint16(bytes, queryEnd + 1) !== end) {
    throw torn('a list of parameter types that does not fit')
  }
  return {
    name: shortText(bytes, nameStart, nameEnd),
    textStart: nameEnd + 1,
    textEnd: queryEnd,
  }
}

/** One Bind, read in place. Reused: what it holds is good until the next `read`. */
export class BindMessage {
  portal = ''
  statement = ''
  parameterCount = 0
  /** By parameter: start and end of its bytes; start -1 for NULL. */
  readonly ranges: number[] = []
  /** 0 or 1 per parameter. */
  readonly formats: number[] = []
  resultFormats: readonly number[] = []

  /** @throws GatetrailError PROTOCOL_VIOLATION */
  read(bytes: Uint8Array, start: number, end: number): void {
    let at = start + frameHeaderBytes
    const portalEnd = textEnd(bytes, at, end)
    this.portal = shortText(bytes, at, portalEnd)
    const statementEnd = textEnd(bytes, portalEnd + 1, end)
    this.statement = shortText(bytes, portalEnd + 1, statementEnd)
    at = statementEnd + 1
    const formatsAt = at + 2
    const formatCount = count(bytes, at, end)
    at = formatsAt + 2 * formatCount
    this.parameterCount = count(bytes, at, end)
    at += 2
    for (let index = 0; index < this.parameterCount; index++) {
      if (at + 4 > end) throw torn('fewer parameters than it says')
      const length = readInt32(bytes, at)
      at += 4
      if (length < -1 || at + length > end) throw torn('a parameter longer than itself')
      this.ranges[2 * index] = length === -1 ? -1 : at
      this.ranges[2 * index + 1] = length === -1 ? -1 : at + length
      this.formats[index] =
        formatCount === 0
          ? 0
          : readUint16(
              bytes,
              formatsAt + 2 * (formatCount === 1 ? 0 : Math.min(index, formatCount - 1)),
            )
      if (length > 0) at += length
    }
    const resultCount = count(bytes, at, end)
    at += 2
    if (at + 2 * resultCount !== end) throw torn('result formats that do not fit')
    this.resultFormats = resultCount === 0 ? noFormats : readFormats(bytes, at, resultCount)
  }
}

const noFormats: readonly number[] = []
const allText: readonly number[] = [0]
const allBinary: readonly number[] = [1]

function readFormats(bytes: Uint8Array, at: number, length: number): readonly number[] {
  if (length === 1) {
    const format = readUint16(bytes, at)
    return format === 0 ? allText : format === 1 ? allBinary : [format]
  }
  const formats: number[] = []
  for (let index = 0; index < length; index++) formats.push(readUint16(bytes, at + 2 * index))
  return formats
}

function count(bytes: Uint8Array, at: number, end: number): number {
  if (at + 2 > end) throw torn('a count that is cut')
  return readUint16(bytes, at)
}

export type FunctionCallMessage = {
  oid: number
  argumentCount: number
  /** Of all arguments, their lengths included. */
  argumentsStart: number
  argumentsEnd: number
  resultFormat: number
}

/** @throws GatetrailError PROTOCOL_VIOLATION */
export function readFunctionCall(
  bytes: Uint8Array,
  start: number,
  end: number,
): FunctionCallMessage {
  let at = start + frameHeaderBytes
  if (at + 4 > end) throw torn('no function')
  const oid = readInt32(bytes, at) >>> 0
  const formatCount = count(bytes, at + 4, end)
  at += 6 + 2 * formatCount
  const argumentCount = count(bytes, at, end)
  at += 2
  const argumentsStart = at
  for (let index = 0; index < argumentCount; index++) {
    if (at + 4 > end) throw torn('fewer arguments than it says')
    const length = readInt32(bytes, at)
    if (length < -1) throw torn('an argument shorter than nothing')
    at += 4 + Math.max(0, length)
  }
  if (at + 2 !== end) throw torn('arguments that do not fit')
  const resultFormat = readUint16(bytes, at)
  return { oid, argumentCount, argumentsStart, argumentsEnd: at, resultFormat }
}

export type NamedMessage = { kind: 'statement' | 'portal'; name: string }

/** Describe and Close. @throws GatetrailError PROTOCOL_VIOLATION */
export function readNamed(bytes: Uint8Array, start: number, end: number): NamedMessage {
  const at = start + frameHeaderBytes
  const kind = bytes[at]
  if (at >= end || (kind !== statementLetter && kind !== portalLetter)) {
    throw torn('neither S nor P')
  }
  const nameEnd = textEnd(bytes, at + 1, end)
  if (nameEnd !== end - 1) throw torn('something after its name')
  return {
    kind: kind === statementLetter ? 'statement' : 'portal',
    name: shortText(bytes, at + 1, nameEnd),
  }
}

const statementLetter = 0x53
const portalLetter = 0x50

/** The portal that an Execute names. @throws GatetrailError PROTOCOL_VIOLATION */
export function readExecute(bytes: Uint8Array, start: number, end: number): string {
  const at = start + frameHeaderBytes
  const nameEnd = textEnd(bytes, at, end)
  if (nameEnd + 5 !== end) throw torn('a row limit that does not fit')
  return shortText(bytes, at, nameEnd)
}

const encoder = new TextEncoder()

/** A Query. The text must hold no NUL. */
export function queryMessage(text: string): Uint8Array {
  return message(frontendTypes.query, [`${text}\0`])
}

/** A Parse without parameter types. Neither text may hold a NUL. */
export function parseMessage(name: string, text: string): Uint8Array {
  return message(frontendTypes.parse, [`${name}\0${text}\0\0\0`])
}

/** A Describe of a portal. */
export function describePortalMessage(name: string): Uint8Array {
  return message(frontendTypes.describe, [`P${name}\0`])
}

/** A Bind without parameters, all results as text. */
export function bindMessage(portal: string, statement: string): Uint8Array {
  return message(frontendTypes.bind, [`${portal}\0${statement}\0`, '\0'.repeat(6)])
}

/** An Execute without a limit of rows. */
export function executeMessage(portal: string): Uint8Array {
  return message(frontendTypes.execute, [`${portal}\0`, '\0'.repeat(4)])
}

export function closeMessage(kind: NamedMessage['kind'], name: string): Uint8Array {
  return message(frontendTypes.close, [`${kind === 'statement' ? 'S' : 'P'}${name}\0`])
}

export function syncMessage(): Uint8Array {
  return message(frontendTypes.sync, [])
}

export function terminateMessage(): Uint8Array {
  return message(frontendTypes.terminate, [])
}

function message(type: number, texts: readonly string[]): Uint8Array {
  const body = encoder.encode(texts.join(''))
  const bytes = new Uint8Array(frameHeaderBytes + body.length)
  bytes[0] = type
  new DataView(bytes.buffer).setUint32(1, bytes.length - 1)
  bytes.set(body, frameHeaderBytes)
  return bytes
}

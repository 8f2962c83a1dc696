/**
 * The messages that the proxy itself writes while a session is set up, to clients and to targets, and reading the fields
 * of an ErrorResponse. Pure. PostgreSQL documentation, "Message Formats".
 */
import { GatetrailError } from '@gatetrail/schemas'

export const messageTypes = {
  authentication: 0x52, // R
  password: 0x70, // p
  parameterStatus: 0x53, // S
  backendKeyData: 0x4b, // K
  readyForQuery: 0x5a, // Z
  errorResponse: 0x45, // E
  noticeResponse: 0x4e, // N
  negotiateProtocolVersion: 0x76, // v
} as const

export const requestCodes = {
  startup30: 0x0003_0000,
  startup32: 0x0003_0002,
  cancel: 80877102,
  ssl: 80877103,
  gssEncryption: 80877104,
} as const

/** A message with a type byte. */
export function message(type: number, ...parts: readonly Uint8Array[]): Buffer {
  const bodyLength = parts.reduce((sum, part) => sum + part.length, 0)
  const bytes = Buffer.allocUnsafe(5 + bodyLength)
  bytes[0] = type
  bytes.writeUInt32BE(4 + bodyLength, 1)
  let at = 5
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** A message without a type byte: startup, SSLRequest, CancelRequest. */
export function untypedMessage(code: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const bytes = Buffer.allocUnsafe(8 + body.length)
  bytes.writeUInt32BE(8 + body.length, 0)
  bytes.writeUInt32BE(code, 4)
  bytes.set(body, 8)
  return bytes
}

/** A string and its NUL. @throws GatetrailError PROTOCOL_VIOLATION if the text holds one: it would end early. */
export function cString(text: string): Buffer {
  if (text.includes('\0')) {
    throw new GatetrailError('PROTOCOL_VIOLATION', 'a text with a NUL cannot be sent')
  }
  return Buffer.from(`${text}\0`)
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes
}

/** Field by field: no value can become another field. */
export function startupMessage(
  parameters: ReadonlyMap<string, string>,
  version: number = requestCodes.startup30,
): Buffer {
  const parts: Buffer[] = []
  for (const [name, value] of parameters) parts.push(cString(name), cString(value))
  return untypedMessage(version, ...parts, Buffer.of(0))
}

export const authenticationOk = message(messageTypes.authentication, uint32(0))
export const authenticationCleartextPassword = message(messageTypes.authentication, uint32(3))

/** Offers one SASL mechanism. */
export function authenticationSasl(mechanism: string): Buffer {
  return message(messageTypes.authentication, uint32(10), cString(mechanism), Buffer.of(0))
}

export function authenticationSaslContinue(challenge: Uint8Array): Buffer {
  return message(messageTypes.authentication, uint32(11), challenge)
}

export function backendKeyData(processId: number, secret: Uint8Array): Buffer {
  return message(messageTypes.backendKeyData, uint32(processId), secret)
}

/** Offers a protocol version (the whole number, as the server does) and names the protocol options that we do not know. */
export function negotiateProtocolVersion(
  version: number,
  unknownOptions: readonly string[],
): Buffer {
  return message(
    messageTypes.negotiateProtocolVersion,
    uint32(version),
    uint32(unknownOptions.length),
    ...unknownOptions.map(cString),
  )
}

/** Name and value of a ParameterStatus message, as the target said them. */
export function parameterOf(status: Buffer): [name: string, value: string] {
  const [name = '', value = ''] = status.toString('utf8', 5).split('\0')
  return [name, value]
}

export type ErrorFields = {
  severity: 'FATAL' | 'ERROR'
  sqlstate: string
  message: string
  detail?: string
  hint?: string
}

export function errorResponse(fields: ErrorFields): Buffer {
  const parts: Buffer[] = []
  const field = (code: string, text: string | undefined): void => {
    if (text !== undefined) parts.push(Buffer.from(code), cString(text.replaceAll('\0', '')))
  }
  field('S', fields.severity)
  field('V', fields.severity)
  field('C', fields.sqlstate)
  field('M', fields.message)
  field('D', fields.detail)
  field('H', fields.hint)
  return message(messageTypes.errorResponse, ...parts, Buffer.of(0))
}

/** The fields of an ErrorResponse of a peer that may be hostile: what is missing or torn is left out. */
export function parseErrorFields(body: Buffer): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  let at = 0
  while (at < body.length && body[at] !== 0) {
    const end = body.indexOf(0, at + 1)
    if (end === -1) break
    fields.set(String.fromCharCode(body[at]!), body.toString('utf8', at + 1, end))
    at = end + 1
  }
  return fields
}

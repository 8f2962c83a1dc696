/** The messages without a type byte with which every connection begins. Pure; the bytes come from a stranger. */
import { GatetrailError } from '@gatetrail/schemas'
import { requestCodes } from '../messages.ts'

/** The server's own MAX_STARTUP_PACKET_LENGTH. */
export const startupPacketBytesMax = 10_000
const startupPacketBytesMin = 8
/** A CancelRequest without its key, which has 4 bytes in protocol 3.0 and up to 256 from 3.2 on. */
const cancelRequestBytes = 12
const cancelSecretBytesMin = 4
const cancelSecretBytesMax = 256

export type StartupPacket =
  | { type: 'ssl' }
  | { type: 'gss-encryption' }
  | { type: 'cancel'; processId: number; secret: Buffer }
  | { type: 'startup'; minor: number; parameters: ReadonlyMap<string, string>; bytes: Buffer }

/** The declared length, checked before a byte more is waited for. @throws GatetrailError FRAME_LENGTH_INVALID */
export function startupPacketLength(header: Buffer): number {
  const length = header.readUInt32BE(0)
  if (length < startupPacketBytesMin || length > startupPacketBytesMax) {
    throw new GatetrailError('FRAME_LENGTH_INVALID', `a start-up packet declares ${length} bytes`, {
      hint: 'Is this a PostgreSQL client?',
    })
  }
  return length
}

/** @throws GatetrailError PROTOCOL_VIOLATION, FEATURE_UNSUPPORTED, OPTION_REFUSED */
export function parseStartupPacket(bytes: Buffer): StartupPacket {
  const code = bytes.readUInt32BE(4)
  switch (code) {
    case requestCodes.ssl:
    case requestCodes.gssEncryption:
      if (bytes.length !== 8) throw violation('a request for encryption has a body')
      return { type: code === requestCodes.ssl ? 'ssl' : 'gss-encryption' }
    case requestCodes.cancel:
      if (
        bytes.length < cancelRequestBytes + cancelSecretBytesMin ||
        bytes.length > cancelRequestBytes + cancelSecretBytesMax
      ) {
        throw violation('a cancel request has a wrong length')
      }
      return {
        type: 'cancel',
        processId: bytes.readUInt32BE(8),
        secret: Buffer.from(bytes.subarray(cancelRequestBytes)),
      }
    default:
      break
  }
  if (code >>> 16 !== 3) {
    throw new GatetrailError(
      'FEATURE_UNSUPPORTED',
      `protocol version ${code >>> 16}.${code & 0xffff} is not supported`,
      { hint: 'Use a client that speaks protocol 3.0 or 3.2.' },
    )
  }
  return { type: 'startup', minor: code & 0xffff, parameters: parseParameters(bytes), bytes }
}

const textDecoder = new TextDecoder('utf-8', { fatal: true })

function parseParameters(bytes: Buffer): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  let at = 8
  const text = (): string => {
    const end = bytes.indexOf(0, at)
    if (end === -1) throw violation('a text in the start-up packet has no end')
    let decoded: string
    try {
      decoded = textDecoder.decode(bytes.subarray(at, end))
    } catch {
      throw violation('a text in the start-up packet is not UTF-8')
    }
    at = end + 1
    return decoded
  }
  for (;;) {
    if (at >= bytes.length) throw violation('the start-up packet has no end')
    const name = text()
    if (name === '') break
    if (at >= bytes.length) throw violation('a start-up option has no value')
    const value = text()
    if (parameters.has(name)) {
      throw new GatetrailError('OPTION_REFUSED', 'a start-up option is given twice')
    }
    parameters.set(name, value)
  }
  if (at !== bytes.length) throw violation('the start-up packet goes on after its end')
  return parameters
}

function violation(what: string): GatetrailError {
  return new GatetrailError('PROTOCOL_VIOLATION', what)
}

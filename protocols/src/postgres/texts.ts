/** Reading NUL-terminated strings out of frames. Pure. */
import { GatetrailError } from '@gatetrail/schemas'

const decoder = new TextDecoder()

/** Where the string at `at` ends (its NUL). @throws GatetrailError PROTOCOL_VIOLATION if it does not end before `end`. */
export function textEnd(bytes: Uint8Array, at: number, end: number): number {
  const found = bytes.indexOf(0, at)
  if (found === -1 || found >= end) throw torn('a text without an end')
  return found
}

/** A name: mostly short and ASCII, where this is faster than a decoder. */
export function shortText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > 64) return decoder.decode(bytes.subarray(start, end))
  let text = ''
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte > 127) return decoder.decode(bytes.subarray(start, end))
    text += String.fromCharCode(byte)
  }
  return text
}

export function torn(what: string): GatetrailError {
  return new GatetrailError('PROTOCOL_VIOLATION', `a message has ${what}`)
}

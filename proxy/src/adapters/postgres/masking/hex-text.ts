/** Text in bytes, and as PostgreSQL writes bytes in text: in hexadecimal digits. From find-in-value.ts and find-in-record.ts. Pure. */

const letterA = 0x61

/** Without control characters but white space. Of what is no text the first few bytes tell. */
export function isText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (isControl(bytes[at]!)) return false
  return true
}

function isControl(byte: number): boolean {
  return byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d
}

/** The bytes of hexadecimal digits (lower case, as PostgreSQL writes them); undefined if they are no text. */
export function textOfHex(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
  for (let at = start; at + 1 < end; at += 2) {
    if (isControl(16 * digit(bytes[at]!) + digit(bytes[at + 1]!))) return undefined
  }
  const value = new Uint8Array((end - start) >> 1)
  for (let at = start, to = 0; at + 1 < end; at += 2) {
    value[to++] = 16 * digit(bytes[at]!) + digit(bytes[at + 1]!)
  }
  return value
}

function digit(byte: number): number {
  return byte >= letterA ? byte - letterA + 10 : byte - 0x30
}

export function writeHex(bytes: Uint8Array, at: number, byte: number): void {
  const hex = byte.toString(16).padStart(2, '0')
  bytes[at] = hex.charCodeAt(0)
  bytes[at + 1] = hex.charCodeAt(1)
}

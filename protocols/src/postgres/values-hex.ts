/** Bytes as `\x` and hex: what bytea shows, and whatever can't be read as its type. Pure. */
export const hexPairs: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
)

export function hexText(bytes: Uint8Array): string {
  let hex = '\\x'
  for (const byte of bytes) hex += hexPairs[byte]!
  return hex
}

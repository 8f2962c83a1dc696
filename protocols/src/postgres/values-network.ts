/** Binary inet, cidr and MAC addresses as PostgreSQL writes them in text (utils/adt/network.c, mac.c). Pure. */
import { hexPairs } from './values-hex.ts'

/** inet and cidr: u8 family (2 or 3) · u8 bits · u8 is cidr · u8 length · address. */
export function networkText(bytes: Uint8Array): string | undefined {
  const [family, bits, isCidr, length] = bytes
  if (bits === undefined || length === undefined || bytes.length !== 4 + length) return undefined
  const address = bytes.subarray(4)
  const whole = family === 2 && length === 4 ? 32 : family === 3 && length === 16 ? 128 : undefined
  if (whole === undefined) return undefined
  const shown = whole === 32 ? address.join('.') : ipv6Text(address)
  return isCidr === 1 || bits !== whole ? `${shown}/${bits}` : shown
}

export function macText(bytes: Uint8Array): string | undefined {
  if (bytes.length !== 6 && bytes.length !== 8) return undefined
  return Array.from(bytes, (byte) => hexPairs[byte]!).join(':')
}

/** RFC 5952: the longest run of zero groups becomes `::`. */
function ipv6Text(address: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((address[index * 2]! << 8) | address[index * 2 + 1]!).toString(16),
  )
  let best = { start: -1, length: 1 }
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (start + length < 8 && groups[start + length] === '0') length++
    if (length > best.length) best = { start, length }
  }
  if (best.start < 0) return groups.join(':')
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`
}

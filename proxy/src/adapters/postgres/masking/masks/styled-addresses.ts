/** UUIDs and addresses in styles. Binary values are masked as the text that PostgreSQL writes of them. From styled-types.ts. Pure. */
import type { StyledMask } from './value-mask.ts'

const colon = 0x3a
const uuidLength = 36
const uuidBytes = 16
const addressOfFour = 4
const encoder = new TextEncoder()

const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

export const uuidBinary: StyledMask = (mask, bytes, start, end) =>
  end - start === uuidBytes && mask.uuid(bytes, start) ? end : undefined

export const uuidText: StyledMask = (mask, bytes, start, end) => {
  if (end - start !== uuidLength) return undefined
  const text = String.fromCharCode(...bytes.subarray(start, end)).replaceAll('-', '')
  const value = Uint8Array.from(Buffer.from(text, 'hex'))
  if (value.length !== uuidBytes || !mask.uuid(value, 0)) return undefined
  const masked = hexOf(value).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  bytes.set(encoder.encode(masked), start)
  return end
}

export const hardwareText: StyledMask = (mask, bytes, start, end) =>
  mask.formed('hardware_address', bytes, start, end)

export const hardwareBinary: StyledMask = (mask, bytes, start, end) => {
  const text = encoder.encode(hexOf(bytes.subarray(start, end)))
  if (mask.formed('hardware_address', text, 0, text.length) === undefined) return undefined
  bytes.set(Buffer.from(String.fromCharCode(...text), 'hex'), start)
  return end
}

/** Of version 4: one of version 6 has several spellings, of which the binary format knows nothing. */
export const addressText: StyledMask = (mask, bytes, start, end) =>
  bytes.subarray(start, end).includes(colon) ? undefined : mask.formed('ipv4', bytes, start, end)

/** network_send: family · bits of the mask · is a cidr · bytes of the address · address. */
export const addressBinary: StyledMask = (mask, bytes, start, end) => {
  if (end - start !== 4 + addressOfFour || bytes[start + 3] !== addressOfFour) return undefined
  const text = encoder.encode(bytes.subarray(start + 4, end).join('.'))
  const masked = mask.formed('ipv4', text, 0, text.length)
  if (masked === undefined) return undefined
  bytes.set(
    String.fromCharCode(...text)
      .split('.')
      .map(Number),
    start + 4,
  )
  return end
}

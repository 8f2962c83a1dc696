/**
 * The header of PROXY protocol v2, by which a balancer tells whose connection it passes on. Written from HAProxy's
 * proxy-protocol.txt, §2.2. Pure; read from sockets by adapters (in PostgreSQL's: front-door/receive-proxy-header.ts).
 *
 *   signature (12) · version and command (1) · family and transport (1) · length of what follows (2) · addresses · TLVs
 */
import { isIPv4, SocketAddress } from 'node:net'
import { GatetrailError } from '@gatetrail/schemas'
import { plainAddress } from './address.ts'

export type ProxyHeader =
  | {
      kind: 'client'
      address: string
      port: number
      /** Sent by another proxy of ours, with a cancel request that it could not place. */
      forwardedCancel: boolean
    }
  /** The balancer speaks for itself: it looks whether we are there. */
  | { kind: 'health-check' }

export const proxyHeaderBytesMin = 16
/** The least that a TCP segment holds: senders keep a header within one, so that it comes whole. */
export const proxyHeaderBytesMax = 536

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
const version = 2
const commands = { local: 0, proxy: 1 } as const
/** Address family and transport in one byte. */
const families = { tcp4: 0x11, tcp6: 0x21 } as const
/** Two addresses and two ports. */
const addressesBytes = { tcp4: 12, tcp6: 36 } as const
/** `forwardedCancel` is of the range that the protocol leaves to applications. */
const tlvTypes = { crc32c: 0x03, forwardedCancel: 0xe7 } as const
const tlvHeaderBytes = 3
const crc32cBytes = 4

/** The length of the whole header, from its first 16 bytes. @throws GatetrailError PROXY_HEADER_REFUSED */
export function proxyHeaderLength(start: Buffer): number {
  checkSignature(start.subarray(0, signature.length))
  const length = proxyHeaderBytesMin + start.readUInt16BE(14)
  if (length > proxyHeaderBytesMax) {
    throw refused(`sent a PROXY header of ${length} bytes, more than ${proxyHeaderBytesMax}`)
  }
  return length
}

/** Refuses at the first byte that no header has: nothing more is waited for. @throws GatetrailError PROXY_HEADER_REFUSED */
export function checkSignature(start: Buffer): void {
  if (start[0] === 0x50) {
    throw refused('sent something else than PROXY protocol v2, perhaps version 1')
  }
  if (!signature.subarray(0, start.length).equals(start)) throw refused('sent no PROXY header')
}

/** `bytes`: the whole header, and no more. @throws GatetrailError PROXY_HEADER_REFUSED */
export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  const versionAndCommand = bytes[12]!
  if (versionAndCommand >>> 4 !== version) {
    throw refused(`sent a PROXY header of version ${versionAndCommand >>> 4}`)
  }
  switch (versionAndCommand & 0xf) {
    case commands.local:
      return { kind: 'health-check' }
    case commands.proxy:
      return parseClient(bytes)
    default:
      throw refused('sent a PROXY header with an unknown command')
  }
}

/** The header before a cancel request that goes to another proxy. Where the connection led to is not told: nobody asks. */
export function forwardedCancelHeader(address: string, port: number): Buffer {
  const four = isIPv4(address)
  const addresses = Buffer.alloc(four ? addressesBytes.tcp4 : addressesBytes.tcp6)
  ;(four ? bytesOf4(address) : bytesOf6(address)).copy(addresses)
  addresses.writeUInt16BE(port, addresses.length - 4)
  const tlv = Buffer.of(tlvTypes.forwardedCancel, 0, 0)
  const start = Buffer.alloc(proxyHeaderBytesMin)
  signature.copy(start)
  start[12] = (version << 4) | commands.proxy
  start[13] = four ? families.tcp4 : families.tcp6
  start.writeUInt16BE(addresses.length + tlv.length, 14)
  return Buffer.concat([start, addresses, tlv])
}

function parseClient(bytes: Buffer): ProxyHeader {
  const family = bytes[13]!
  const at = proxyHeaderBytesMin
  switch (family) {
    case families.tcp4: {
      const rest = at + addressesBytes.tcp4
      if (bytes.length < rest) throw refused('sent a PROXY header without its addresses')
      const address = [...bytes.subarray(at, at + 4)].join('.')
      return client(address, bytes.readUInt16BE(at + 8), bytes, rest)
    }
    case families.tcp6: {
      const rest = at + addressesBytes.tcp6
      if (bytes.length < rest) throw refused('sent a PROXY header without its addresses')
      const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(at + 2 * index))
      const text = groups.map((group) => group.toString(16)).join(':')
      // As the system writes it, so that one client has one address.
      const { address } = new SocketAddress({ address: text, family: 'ipv6' })
      return client(plainAddress(address), bytes.readUInt16BE(at + 32), bytes, rest)
    }
    default:
      // The protocol leaves it to us to take the balancer's address then: a guess, by which policies would judge.
      throw refused('sent a PROXY header that tells no TCP address of a client')
  }
}

function client(address: string, port: number, bytes: Buffer, tlvsAt: number): ProxyHeader {
  let forwardedCancel = false
  let checksumAt: number | undefined
  for (let at = tlvsAt; at < bytes.length;) {
    const valueAt = at + tlvHeaderBytes
    const end = valueAt <= bytes.length ? valueAt + bytes.readUInt16BE(at + 1) : Infinity
    if (end > bytes.length) throw refused('sent a PROXY header that ends within a field')
    const type = bytes[at]
    if (type === tlvTypes.forwardedCancel) forwardedCancel = true
    if (type === tlvTypes.crc32c) {
      if (checksumAt !== undefined || end - valueAt !== crc32cBytes) {
        throw refused('sent a PROXY header with a wrong checksum field')
      }
      checksumAt = valueAt
    }
    at = end
  }
  if (checksumAt !== undefined) checkChecksum(bytes, checksumAt)
  return { kind: 'client', address, port, forwardedCancel }
}

/** §2.2.3: over the whole header, the field itself taken as zero. */
function checkChecksum(bytes: Buffer, at: number): void {
  const zeroed = Buffer.from(bytes)
  zeroed.fill(0, at, at + crc32cBytes)
  if (crc32c(zeroed) !== bytes.readUInt32BE(at)) {
    throw refused('sent a PROXY header that does not fit its checksum')
  }
}

/** Castagnoli's polynomial, reflected. Bit by bit: headers are short, and few have a checksum. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f6_3b78 : 0)
  }
  return (crc ^ 0xffff_ffff) >>> 0
}

function bytesOf4(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number))
}

/** Of an address as the system writes it: groups, of which one run may be left out, the last two perhaps as IPv4. */
function bytesOf6(address: string): Buffer {
  const [head = '', tail] = address.split('::').map(groupsOf)
  const bytes = Buffer.alloc(16)
  Buffer.from(head, 'hex').copy(bytes)
  if (tail !== undefined) Buffer.from(tail, 'hex').copy(bytes, 16 - tail.length / 2)
  return bytes
}

function groupsOf(part: string): string {
  return part
    .split(':')
    .map((group) =>
      group.includes('.')
        ? bytesOf4(group).toString('hex')
        : group.padStart(group === '' ? 0 : 4, '0'),
    )
    .join('')
}

function refused(what: string): GatetrailError {
  return new GatetrailError('PROXY_HEADER_REFUSED', `a balancer of listen.trustedProxies ${what}`, {
    hint: 'Let it send PROXY protocol version 2 (HAProxy: send-proxy-v2), or take it out of listen.trustedProxies.',
  })
}

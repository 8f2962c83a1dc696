import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  checkSignature,
  crc32c,
  forwardedCancelHeader,
  parseProxyHeader,
  proxyHeaderBytesMax,
  proxyHeaderBytesMin,
  proxyHeaderLength,
} from './proxy-header.ts'
import { createTrustedProxies } from './trusted-proxies.ts'

const signature = '0d0a0d0a000d0a515549540a'
/** 192.0.2.7:50000 → 192.0.2.1:5432 */
const tcp4 = `c0000207c0000201${(50_000).toString(16)}1538`
/** 2001:db8::7, port 50000 → 2001:db8::1, port 5432 */
const tcp6 = `20010db8000000000000000000000007 20010db8000000000000000000000001 c3501538`

const refused = expect.objectContaining({ code: 'PROXY_HEADER_REFUSED' })

/** `rest` in hex, with the length of it before. */
function header(versionAndCommand: number, family: number, rest: string): Buffer {
  const body = Buffer.from(rest.replaceAll(' ', ''), 'hex')
  const start = Buffer.from([versionAndCommand, family, body.length >> 8, body.length & 0xff])
  return Buffer.concat([Buffer.from(signature, 'hex'), start, body])
}

const clientOf = (address: string, port = 50_000, forwardedCancel = false) => ({
  kind: 'client',
  address,
  port,
  forwardedCancel,
})

test('the client of a TCP connection is told, over IPv4 and IPv6, IPv4 within IPv6 by its own address', () => {
  expect(parseProxyHeader(header(0x21, 0x11, tcp4))).toEqual(clientOf('192.0.2.7'))
  expect(parseProxyHeader(header(0x21, 0x21, tcp6))).toEqual(clientOf('2001:db8::7'))
  const mapped = `00000000000000000000ffffc0000207 00000000000000000000ffffc0000201 c3501538`
  expect(parseProxyHeader(header(0x21, 0x21, mapped))).toEqual(clientOf('192.0.2.7'))
})

test('a balancer that looks whether we are there is told from a client, whatever comes along', () => {
  expect(parseProxyHeader(header(0x20, 0x00, ''))).toEqual({ kind: 'health-check' })
  expect(parseProxyHeader(header(0x20, 0x11, tcp4))).toEqual({ kind: 'health-check' })
})

test.each([
  ['no family', 0x21, 0x00, ''],
  ['UDP', 0x21, 0x12, tcp4],
  ['a UNIX socket', 0x21, 0x31, '00'.repeat(216)],
  ['version 1 in the place of 2', 0x11, 0x11, tcp4],
  ['a command that there is not', 0x22, 0x11, tcp4],
  ['fewer bytes than two addresses', 0x21, 0x11, tcp4.slice(2)],
  ['an IPv4 pair where IPv6 is announced', 0x21, 0x21, tcp4],
  ['a field that ends early', 0x21, 0x11, `${tcp4}0400`],
  ['a field longer than the header', 0x21, 0x11, `${tcp4}04000500000000`],
])('a header with %s is refused: no address is guessed', (_, command, family, rest) => {
  expect(() => parseProxyHeader(header(command, family, rest))).toThrow(refused)
})

test('version 1, and anything else that is no header, is refused at the first byte that differs', () => {
  expect(() => checkSignature(Buffer.from('P'))).toThrow(/version 1/)
  expect(() => checkSignature(Buffer.from([0x16]))).toThrow(/no PROXY header/)
  expect(() => checkSignature(Buffer.of(0))).toThrow(/no PROXY header/)
  const bent = header(0x21, 0x11, tcp4)
  bent[11] = 0x0b
  expect(() => proxyHeaderLength(bent.subarray(0, proxyHeaderBytesMin))).toThrow(refused)
})

test('a header longer than a small segment is refused before it is waited for', () => {
  const start = (bytes: number): Buffer =>
    header(0x21, 0x11, '00'.repeat(bytes)).subarray(0, proxyHeaderBytesMin)
  const room = proxyHeaderBytesMax - proxyHeaderBytesMin
  expect(proxyHeaderLength(start(room))).toBe(proxyHeaderBytesMax)
  expect(() => proxyHeaderLength(start(room + 1))).toThrow(refused)
})

test('further fields are skipped, and a checksum must fit if there is one', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe306_9283) // The check value of every table of CRCs.
  const open = header(0x21, 0x11, `${tcp4}02000561626364650400000300040000 0000`)
  const sum = crc32c(open)
  open.writeUInt32BE(sum, open.length - 4)
  expect(parseProxyHeader(open)).toEqual(clientOf('192.0.2.7'))
  open.writeUInt32BE((sum ^ 1) >>> 0, open.length - 4)
  expect(() => parseProxyHeader(open)).toThrow(/checksum/)
  expect(() => parseProxyHeader(header(0x21, 0x11, `${tcp4}03000200 00`))).toThrow(/checksum/)
})

test('any address of a client comes through a header of ours unchanged, marked as forwarded', () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6())
  fc.assert(
    fc.property(address, fc.integer({ min: 0, max: 65_535 }), (told, port) => {
      const first = parseProxyHeader(forwardedCancelHeader(toSystem(told), port))
      expect(first).toMatchObject({ kind: 'client', port, forwardedCancel: true })
      if (first.kind !== 'client') return
      // Once read it is as the system writes it, and stays so.
      expect(parseProxyHeader(forwardedCancelHeader(first.address, port))).toEqual(first)
      expect(createTrustedProxies([first.address]).includes(toSystem(told))).toBe(true)
    }),
  )
})

test('no bytes do more than tell an address or be refused', () => {
  const garbage = fc.uint8Array({ maxLength: proxyHeaderBytesMax - proxyHeaderBytesMin })
  fc.assert(
    fc.property(fc.nat(255), fc.nat(255), garbage, (command, family, rest) => {
      const bytes = header(command, family, Buffer.from(rest).toString('hex'))
      let parsed
      try {
        parsed = parseProxyHeader(bytes)
      } catch (error) {
        expect(error).toEqual(refused)
        return
      }
      expect(['client', 'health-check']).toContain(parsed.kind)
    }),
  )
})

test('trusted are the addresses and networks that are listed, of either family, and no others', () => {
  const trusted = createTrustedProxies(['192.0.2.7', '10.1.0.0/16', 'fd00::/8', '2001:db8::1'])
  const inside = ['192.0.2.7', '10.1.255.255', 'fd12::1', '2001:db8::1']
  expect(inside.filter((address) => !trusted.includes(address))).toEqual([])
  const outside = ['192.0.2.8', '10.2.0.1', 'fe80::1', '2001:db8::2', 'unknown', '', '127.0.0.1']
  expect(outside.filter((address) => trusted.includes(address))).toEqual([])
  expect(createTrustedProxies([]).includes('127.0.0.1')).toBe(false)
})

/** fast-check writes IPv6 in forms that no socket reports. */
function toSystem(address: string): string {
  if (!address.includes(':')) return address
  return new URL(`http://[${address}]`).hostname.slice(1, -1)
}

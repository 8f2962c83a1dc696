import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isGatetrailError } from '@gatetrail/schemas'
import { requestCodes, startupMessage, untypedMessage } from '../messages.ts'
import { parseStartupPacket, startupPacketLength } from './startup-packet.ts'

const withBody = (body: string): Buffer =>
  untypedMessage(requestCodes.startup30, Buffer.from(body, 'latin1'))

test('parameters are read as they were written, whatever is in them but NUL', () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter((value) => !value.includes('\0') && Buffer.from(value).toString() === value)
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(text, text), { selector: ([name]) => name }), (entries) => {
      const packet = parseStartupPacket(startupMessage(new Map(entries)))
      expect(packet.type === 'startup' && [...packet.parameters]).toEqual(entries)
    }),
  )
})

test.each([
  ['a parameter without a value', 'user\0', 'PROTOCOL_VIOLATION'],
  ['a text without an end', 'user\0alice', 'PROTOCOL_VIOLATION'],
  ['no end of the packet', 'user\0alice\0', 'PROTOCOL_VIOLATION'],
  ['bytes after its end', 'user\0alice\0\0x', 'PROTOCOL_VIOLATION'],
  ['a NUL inside a name', 'user\0al\0ice\0\0', 'PROTOCOL_VIOLATION'],
  ['the same parameter twice', 'user\0alice\0user\0bob\0\0', 'OPTION_REFUSED'],
  ['text that is not UTF-8', 'user\0\xff\xfe\0\0', 'PROTOCOL_VIOLATION'],
])('%s is refused', (_, body, code) => {
  expect(() => parseStartupPacket(withBody(body))).toThrow(expect.objectContaining({ code }))
})

test.each([0x0002_0000, 0x0004_0000, 0, 0xffff_ffff, 80877105])(
  'protocol %i is refused as unsupported',
  (code) => {
    expect(() => parseStartupPacket(untypedMessage(code, Buffer.from('user\0a\0\0')))).toThrow(
      expect.objectContaining({ code: 'FEATURE_UNSUPPORTED' }),
    )
  },
)

test.each([0, 3, 7, 10_001, 0x7fffffff, 0x80000000, 0xffffffff])(
  'a declared length of %i is refused before anything is read',
  (length) => {
    const header = Buffer.alloc(4)
    header.writeUInt32BE(length)
    expect(() => startupPacketLength(header)).toThrow(
      expect.objectContaining({ code: 'FRAME_LENGTH_INVALID' }),
    )
  },
)

test('any bytes end in a packet or in an error of ours', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 64 }), (bytes) => {
      const packet = Buffer.from(bytes)
      if (bytes[9]! & 1) packet.writeUInt32BE(requestCodes.startup30, 4)
      try {
        parseStartupPacket(packet)
      } catch (error) {
        expect(isGatetrailError(error)).toBe(true)
      }
    }),
  )
})

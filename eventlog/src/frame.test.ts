/** The frame codec alone: CRC, resynchronisation, times. */
import { crc32 as zlibCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createClock } from './clock.ts'
import { crc32 } from './crc32.ts'
import { checkFrame, findRecordFrame, positionInFrame } from './frame.ts'
import { RecordBuffer } from './journal/record-buffer.ts'
import {
  decodeSegmentHeader,
  encodeSegmentHeader,
  segmentFileName,
  segmentNumber,
} from './segment.ts'
import { createSessionStamp } from './session-stamp.ts'
import { uuidVersion7 } from './uuid.ts'

test('the CRC is that of zlib, over any range of any buffer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1000 }), fc.nat(), fc.nat(), (bytes, a, b) => {
      const [start, end] = [a % (bytes.length + 1), b % (bytes.length + 1)].sort((x, y) => x - y)
      expect(crc32(bytes, start!, end!)).toBe(zlibCrc32(bytes.subarray(start, end)))
    }),
  )
})

test('behind any damage the next sound record is found, whatever stands between', () => {
  const writer = uuidVersion7()
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ maxLength: 300 }),
      fc.nat({ max: 2 ** 40 }),
      (garbage, text, position) => {
        const buffer = new RecordBuffer(writer, 8192)
        const length = buffer.add(41, 1, createSessionStamp(), position, 1, 2, JSON.stringify(text))
        // Garbage that ends with the writer's id, as a damaged record would.
        const bytes = Buffer.concat([garbage, writer, buffer.bytes.subarray(0, length)])
        const at = findRecordFrame(bytes, 0, bytes.length, writer)
        expect(at).toBe(garbage.length + 16)
        expect(checkFrame(bytes, at, bytes.length)).toBe(length)
        expect(positionInFrame(bytes, at)).toBe(position)
      },
    ),
  )
})

test('a segment header comes back, and a damaged one does not', () => {
  const header = {
    format: 1,
    writer: 'w',
    segment: 7,
    firstPosition: 9,
    tenant: 'default',
    version: '1.2.3',
    openSessions: [['s', 4, 5] as [string, number, number]],
  } as const
  const bytes = encodeSegmentHeader({ ...header, openSessions: [...header.openSessions] })
  expect(decodeSegmentHeader(bytes)).toEqual(header)
  bytes[20]! ^= 1
  expect(decodeSegmentHeader(bytes)).toBeUndefined()
  expect(segmentNumber(segmentFileName(7))).toBe(7)
  expect(segmentNumber('00000007.segment.temporary')).toBeUndefined()
})

test('the wall clock follows the system within 5 ms, in steps of µs, and the monotonic one never falls', async () => {
  const clock = createClock()
  let before = clock.monotonicMicros()
  for (let index = 0; index < 20; index++) {
    expect(Math.abs(clock.wallMicros() / 1000 - Date.now())).toBeLessThan(5)
    const now = clock.monotonicMicros()
    expect(now).toBeGreaterThanOrEqual(before)
    before = now
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
})

test('ids are UUIDs of version 7 that sort by time', () => {
  const ids = [1_000, 2_000, 3_000_000_000_000].map((nowMs) => uuidVersion7(nowMs))
  for (const id of ids) {
    expect(id[6]! >> 4).toBe(7)
    expect(id[8]! >> 6).toBe(2)
  }
  expect([...ids].sort(Buffer.compare)).toEqual(ids)
})

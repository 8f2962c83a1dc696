import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FrameSplitter, frameLength, type FrameTarget } from './frames.ts'

type Seen = { type: number; bytes: number[]; parts: number }

/** Frames above 100 KB come in parts. */
class Collector implements FrameTarget<Uint8Array> {
  readonly seen: Seen[] = []

  treat(_type: number, totalLength: number): 'whole' | 'parts' {
    return totalLength > 100_000 ? 'parts' : 'whole'
  }

  frame(type: number, bytes: Uint8Array, start: number, end: number): void {
    this.seen.push({ type, bytes: [...bytes.subarray(start, end)], parts: 0 })
  }

  part(
    type: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    first: boolean,
    last: boolean,
    totalLength: number,
  ): void {
    if (first) this.seen.push({ type, bytes: [], parts: 1 })
    const frame = this.seen.at(-1)!
    for (let at = start; at < end; at++) frame.bytes.push(bytes[at]!)
    expect(frame.bytes.length <= totalLength).toBe(true)
    expect(last).toBe(frame.bytes.length === totalLength)
  }
}

function frame(type: number, bodyLength: number): Uint8Array {
  const bytes = new Uint8Array(5 + bodyLength).map((_, at) => (at * 31 + bodyLength) & 0xff)
  bytes[0] = type
  new DataView(bytes.buffer).setUint32(1, 4 + bodyLength)
  return bytes
}

function joined(frames: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(frames.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of frames) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

const bodyLengths = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 200 }) },
  { weight: 2, arbitrary: fc.integer({ min: 9_990, max: 70_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 99_990, max: 130_000 }) },
)
const cuts = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 40_000 })),
  {
    minLength: 1,
    maxLength: 12,
  },
)

it('gives the same frames however the stream is cut, and whenever it is held', () => {
  fc.assert(
    fc.property(
      fc.array(bodyLengths, { maxLength: 8 }),
      cuts,
      fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
      (lengths, sizes, holds) => {
        const frames = lengths.map((length, index) => frame(0x41 + index, length))
        const stream = joined(frames)
        const target = new Collector()
        const splitter = new FrameSplitter<Uint8Array>(target, (length) => new Uint8Array(length))
        for (let at = 0, index = 0; at < stream.length; index++) {
          const size = sizes[index % sizes.length]!
          if (holds[index % holds.length]!) splitter.hold()
          splitter.push(stream.slice(at, at + size))
          splitter.resume()
          at += size
        }
        expect(target.seen.map(({ type, bytes }) => ({ type, bytes }))).toEqual(
          frames.map((bytes) => ({ type: bytes[0], bytes: [...bytes] })),
        )
        expect(splitter.bufferedBytes).toBe(0)
      },
    ),
    { numRuns: 60 },
  )
})

it.each([0, 1, 2, 3, 0x4000_0010, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff])(
  'a declared length of %i is refused before anything is allocated for it',
  (length) => {
    const header = frame(0x51, 0)
    new DataView(header.buffer).setUint32(1, length)
    expect(() => frameLength(header, 0)).toThrow(/declares a length/)
    let allocated = 0
    const splitter = new FrameSplitter<Uint8Array>(new Collector(), (bytes) => {
      allocated += bytes
      return new Uint8Array(bytes)
    })
    expect(() => {
      for (const byte of header) splitter.push(Uint8Array.of(byte))
    }).toThrow(/declares a length/)
    expect(allocated).toBeLessThanOrEqual(64)
  },
)

it('a frame that is announced large and never comes costs no memory', () => {
  let allocated = 0
  const splitter = new FrameSplitter<Uint8Array>(new Collector(), (bytes) => {
    allocated += bytes
    return new Uint8Array(bytes)
  })
  splitter.push(frame(0x44, 90_000).subarray(0, 20))
  expect(allocated).toBeLessThanOrEqual(64 * 1024)
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RowWriter } from './row-writer.ts'

/** RowBinary's String by its definition: a LEB128 length, then the bytes. */
function expected(bytes: Uint8Array): Buffer {
  const length: number[] = []
  let rest = bytes.length
  for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128)
  return Buffer.concat([Buffer.from([...length, rest]), bytes])
}

/** Writes a value of some kind, `size` large where it has a size. What it is by the format's definition. */
function writeOne(writer: RowWriter, what: number, size: number): Buffer {
  const byte = size % 256
  switch (what) {
    case 0: {
      const bytes = Buffer.alloc(size, byte)
      writer.string(bytes)
      return expected(bytes)
    }
    case 1: {
      const text = 'ö'.repeat(size % 60_000)
      writer.text(text)
      return expected(Buffer.from(text))
    }
    case 2: {
      const count = size % 50_000
      writer.uint64s(new Float64Array(count).fill(size + 2 ** 40), count)
      const one = Buffer.alloc(8)
      one.writeBigUInt64LE(BigInt(size + 2 ** 40))
      return Buffer.alloc(count * 8, one)
    }
    case 3: {
      const count = size % 90_000
      writer.uint32s(new Uint32Array(count).fill(size), count)
      const one = Buffer.alloc(4)
      one.writeUInt32LE(size)
      return Buffer.alloc(count * 4, one)
    }
    case 4:
      writer.bits(new Uint8Array(size).fill(byte), size, 4)
      return Buffer.alloc(size, (byte & 4) === 0 ? 0 : 1)
    case 5:
      writer.uint8(byte)
      return Buffer.of(byte)
    case 6:
      writer.uuid(Buffer.alloc(16, byte))
      return Buffer.alloc(16, byte)
    default: {
      writer.uint16(size % 65_536)
      const two = Buffer.alloc(2)
      two.writeUInt16LE(size % 65_536)
      return two
    }
  }
}

describe('RowWriter', () => {
  it('writes every text as its length in bytes and its UTF-8, whatever came before', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 80, maxLength: 300 })),
        ),
        (texts) => {
          const writer = new RowWriter()
          for (const text of texts) writer.text(text)
          const written = Buffer.concat(writer.parts())
          writer.clear()
          const wanted = Buffer.concat(texts.map((text) => expected(Buffer.from(text))))
          expect(written.equals(wanted)).toBe(true)
        },
      ),
    )
  })

  it('writes values and bytes of any length across its blocks of memory, and again after it was cleared', () => {
    const writer = new RowWriter()
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ what: fc.integer({ min: 0, max: 7 }), size: fc.nat({ max: 200_000 }) }),
          { minLength: 1, maxLength: 12 },
        ),
        (values) => {
          writer.clear()
          const wanted: Buffer[] = []
          for (const { what, size } of values) wanted.push(writeOne(writer, what, size))
          const written = Buffer.concat(writer.parts())
          expect(Buffer.compare(written, Buffer.concat(wanted))).toBe(0)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('writes integers up to 2^53 little-endian', () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (value) => {
        const writer = new RowWriter()
        writer.uint64(value)
        expect(writer.parts()[0]!.readBigUInt64LE()).toBe(BigInt(value))
      }),
    )
  })
})

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
          const wanted = Buffer.concat(texts.map((text) => expected(Buffer.from(text))))
          expect(writer.bytes().equals(wanted)).toBe(true)
        },
      ),
    )
  })

  it('writes integers up to 2^53 little-endian', () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (value) => {
        const writer = new RowWriter()
        writer.uint64(value)
        expect(writer.bytes().readBigUInt64LE()).toBe(BigInt(value))
      }),
    )
  })
})

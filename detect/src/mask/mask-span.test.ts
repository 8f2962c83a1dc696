import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maskSpan, maskText, maskWhole, noSpans } from '../index.ts'

function masked(text: string, mask: (bytes: Uint8Array) => void): string {
  const bytes = new TextEncoder().encode(text)
  mask(bytes)
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}

function whole(bytes: Uint8Array): void {
  maskWhole(bytes, 0, bytes.length)
}

describe('masking', () => {
  it.each([
    ['536-90-4399', '***-**-****'],
    ['4111 1111 1111 1111', '**** **** **** ****'],
    ['bob.smith+x@example.com', '***.********@*******.***'.replace('********', '*******')],
  ])('masks %s and keeps its separators', (text, expected) => {
    expect(masked(text, (bytes) => maskSpan(bytes, { start: 0, end: bytes.length }))).toBe(expected)
  })

  it('masks a whole value but for separators, byte for byte', () => {
    expect(masked('Jörg Müller, 2026-03-12 10:15', whole)).toBe('***** ******** ****-**-** **:**')
    expect(masked('+1 (212) 555-0187\n', whole)).toBe('** ***** ***-*****')
  })

  it('changes nothing outside the span', () => {
    expect(masked('éab é', (bytes) => maskSpan(bytes, { start: 2, end: 4 }))).toBe('é** é')
  })

  it('leaves the same length and no letter, digit or byte above 127 in any value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const bytes = new TextEncoder().encode(text)
        const { length } = bytes
        maskWhole(bytes, 0, length)
        expect(bytes.length).toBe(length)
        expect(bytes.every((byte) => '-.@/: *'.includes(String.fromCharCode(byte)))).toBe(true)
      }),
    )
  })
})

describe('maskText', () => {
  it('masks every finding and says where it was', () => {
    const { text, spans } = maskText("select 'ü', '536-90-4399', 'bob@example.com'")
    expect(text).toBe("select 'ü', '***-**-****', '***@*******.***'")
    expect(spans.map(({ start, entity }) => [start, entity])).toEqual([
      [14, 'US_SSN'],
      [29, 'EMAIL'],
    ])
  })

  it('returns the very same text when it finds nothing', () => {
    const text = 'lone surrogate \ud800, BOM \ufeff'
    expect(maskText(text)).toEqual({ text, spans: noSpans })
  })

  it('keeps a leading byte order mark', () => {
    expect(maskText('\ufeff536-90-4399').text).toBe('\ufeff***-**-****')
  })
})

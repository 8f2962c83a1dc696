import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import golden from '../../golden/values.json' with { type: 'json' }
import { valueText } from './values.ts'

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))

describe('values', () => {
  it.each(golden)(
    'shows binary $expression as PostgreSQL itself does',
    ({ type, text, binary }) => {
      expect(valueText(type, 'binary', bytesOf(binary))).toBe(text)
    },
  )

  it('passes text values through', () => {
    expect(valueText(1700, 'text', new TextEncoder().encode('1.50'))).toBe('1.50')
  })

  it('shows what does not fit its type as hex, never as a guess', () => {
    expect(valueText(23, 'binary', Uint8Array.of(1, 2))).toBe('\\x0102')
    expect(valueText(1007, 'binary', new Uint8Array(20).fill(255))).toBe(`\\x${'ff'.repeat(20)}`)
    expect(valueText(999_999, 'binary', Uint8Array.of(0xab))).toBe('\\xab')
  })

  it('takes any bytes for any type without an error', () => {
    const types = [...new Set(golden.map(({ type }) => type))]
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.uint8Array({ maxLength: 64 }), (type, bytes) => {
        expect(typeof valueText(type, 'binary', bytes)).toBe('string')
        expect(typeof valueText(type, 'text', bytes)).toBe('string')
      }),
    )
  })
})

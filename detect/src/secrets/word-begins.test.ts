import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WordBegins } from './word-begins.ts'

const begins = new WordBegins('api key keys s v apikey')

describe('the begins of words', () => {
  it('rule out no word of the list, whatever stands around it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...begins.words),
        fc.boolean(),
        fc.string({ unit: fc.constantFrom('_', '1', '.') }),
        (word, isUpper, after) => {
          const text = (isUpper ? word.toUpperCase() : word) + after
          const bytes = new TextEncoder().encode(text)
          expect(begins.isNone(bytes, 0, bytes.length)).toBe(false)
        },
      ),
    )
  })

  it('rule out a word that begins as none does', () => {
    const bytes = new TextEncoder().encode('baba')
    expect(begins.isNone(bytes, 0, bytes.length)).toBe(true)
  })
})

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { TextPosition } from './text-position.ts'

/** Begins and ends of characters, what may not follow them, and newlines. */
const bytesOfText = fc.uint8Array({ maxLength: 12 }).chain((random) =>
  fc
    .array(
      fc.constantFrom(0x0a, 0x61, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc3, 0xe0, 0xe2, 0xed, 0xf0, 0xf3, 0xf4, 0xf5, 0xff), // prettier-ignore
      { maxLength: 24 },
    )
    .map((edges) => Uint8Array.from([...edges, ...random])),
)

test('offsets are those in the text as a decoder gives it, whatever the bytes are and however they are cut', () => {
  fc.assert(
    fc.property(bytesOfText, fc.nat(36), (bytes, cut) => {
      const position = new TextPosition()
      const middle = Math.min(cut, bytes.length)
      position.advance(bytes, 0, middle)
      position.advance(bytes.slice(middle), 0, bytes.length - middle)
      const text = [...new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)]
      expect(position.offset).toBe(text.length)
      expect(position.line).toBe(text.filter((letter) => letter === '\n').length + 1)
    }),
    { numRuns: 5_000 },
  )
})

test('a degree sign of Latin-1 is one character', () => {
  const position = new TextPosition()
  const bytes = Buffer.from('20 \u00b0C, ', 'latin1')
  position.advance(bytes, 0, bytes.length)
  expect(position.offset).toBe(7)
})

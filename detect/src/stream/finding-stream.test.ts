/** However a text is cut, a stream finds what the whole has, and gives the same bytes. */
import { describe, expect, it } from 'vitest'
import { builtInRules, FindingStream, maskSpan, type Span } from '../index.ts'
import { randomText, randomNumbers } from './testing/random-text.ts'

const inputs = 10_000

type Outcome = { text: string; spans: readonly Span[] }

function mask(bytes: Uint8Array): Uint8Array {
  maskSpan(bytes, { start: 0, end: bytes.length })
  return bytes
}

function whole(bytes: Uint8Array): Outcome {
  const spans = builtInRules.find(bytes, 0, bytes.length)
  const copy = Buffer.from(bytes)
  for (const { start, end } of spans) mask(copy.subarray(start, end))
  return { text: copy.toString('latin1'), spans }
}

function streamed(chunks: readonly Uint8Array[]): Outcome {
  const stream = new FindingStream(builtInRules, { mask })
  const pieces: Uint8Array[] = []
  const spans: Span[] = []
  for (const output of [...chunks.map((chunk) => stream.feed(chunk)), stream.end()]) {
    pieces.push(...output.pieces)
    spans.push(...output.spans)
    expect(output.late).toEqual([])
  }
  return { text: Buffer.concat(pieces).toString('latin1'), spans }
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  return [...places, bytes.length].map((place, index) =>
    bytes.subarray(index === 0 ? 0 : places[index - 1]!, place),
  )
}

describe('a stream', () => {
  it(`finds the same and gives the same bytes, however ${inputs} random texts are cut`, () => {
    const seed = 20_261_121
    const random = randomNumbers(seed)
    let found = 0
    for (let input = 0; input < inputs; input++) {
      const bytes = randomText(random, random(1, 12))
      const places = Array.from({ length: random(0, 6) }, () => random(0, bytes.length)).sort(
        (a, b) => a - b,
      )
      const expected = whole(bytes)
      found += expected.spans.length
      expect(streamed(cut(bytes, places)), `seed ${seed}, input ${input}`).toEqual(expected)
    }
    expect(found).toBeGreaterThan(inputs / 2)
  })

  it('finds the same in chunks of one byte', () => {
    const random = randomNumbers(7)
    for (let input = 0; input < 500; input++) {
      const bytes = randomText(random, random(1, 12))
      const places = Array.from({ length: bytes.length }, (_, index) => index)
      expect(streamed(cut(bytes, places)), `input ${input}`).toEqual(whole(bytes))
    }
  })
})

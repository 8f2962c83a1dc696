/** However a text is cut, a stream finds what the whole has, and gives the same bytes. */
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { findingBytesMax, pemBytesMax } from '../detector.ts'
import { builtInRules, FindingStream, maskSpan, type Span } from '../index.ts'
import { processorSeconds } from './testing/processor-time.ts'
import { randomNumbers, randomText } from './testing/random-text.ts'
import { nearMisses, samples } from './testing/samples.ts'

const inputs = 10_000
const seed = 20_261_121

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

/** Every value that detectors know, in the texts that it comes in. */
const corpus = [
  samples.join('\n'),
  samples
    .map(
      (sample, index) =>
        `${index},${sample.replaceAll('\n', ' ')},"${nearMisses[index % nearMisses.length]!.slice(0, 40)}"`,
    )
    .join('\r\n'),
  JSON.stringify(samples.map((sample, id) => ({ id, sample, note: 'naïve 東京 👍' }))),
  `INSERT INTO people VALUES ${samples.map((sample) => `('${sample}', now())`).join(', ')};`,
].map((text) => Buffer.from(text))

describe('a stream', () => {
  it(`finds the same and gives the same bytes, however ${inputs} random texts are cut`, () => {
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
  }, 120_000)

  it('finds the same in chunks of one byte', () => {
    const random = randomNumbers(7)
    for (let input = 0; input < 500; input++) {
      const bytes = randomText(random, random(1, 12))
      const places = Array.from({ length: bytes.length }, (_, index) => index)
      expect(streamed(cut(bytes, places)), `input ${input}`).toEqual(whole(bytes))
    }
  }, 120_000)

  it('finds the same wherever a corpus of every kind of value is cut', () => {
    for (const [index, bytes] of corpus.entries()) {
      const expected = whole(bytes)
      expect(expected.spans.length).toBeGreaterThan(samples.length / 2)
      for (let place = 0; place <= bytes.length; place++) {
        const outcome = streamed(cut(bytes, [place]))
        if (outcome.text === expected.text && isDeepStrictEqual(outcome.spans, expected.spans))
          continue
        expect(outcome, `text ${index} cut at ${place}`).toEqual(expected)
      }
    }
  }, 120_000)

  it('gives the very bytes that it was fed where nothing is found', () => {
    const stream = new FindingStream(builtInRules, { mask })
    const chunks = ['no finding in here\n', 'nor in this one,\n', 'the last\n'].map((text) =>
      Buffer.from(text),
    )
    const pieces = [...chunks.map((chunk) => stream.feed(chunk)), stream.end()].flatMap(
      (output) => output.pieces,
    )
    expect(Buffer.concat(pieces).toString()).toBe(Buffer.concat(chunks).toString())
    for (const piece of pieces) {
      expect(chunks.some((chunk) => chunk.buffer === piece.buffer)).toBe(true)
    }
  })

  it('does not change what it was fed', () => {
    const bytes = Buffer.from(samples.join('\n'))
    const before = Buffer.from(bytes)
    streamed([bytes])
    expect(bytes.equals(before)).toBe(true)
  })

  it('holds nothing of a whole line without candidates, and of others no more than detectors look at', () => {
    const stream = new FindingStream(builtInRules)
    stream.feed(Buffer.from('the order was shipped\n'))
    expect(stream.heldBytes).toBe(0)
    const random = randomNumbers(11)
    let most = 0
    for (let part = 0; part < 3_000; part++) {
      stream.feed(randomText(random, 3))
      most = Math.max(most, stream.heldBytes)
    }
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(pemBytesMax + 2 * findingBytesMax)
  })
})

describe('a flush', () => {
  it('gives everything, and masks what is a finding if nothing comes any more', () => {
    const stream = new FindingStream(builtInRules, { mask })
    stream.feed(Buffer.from('write to ann@example.com'))
    const { pieces, spans } = stream.flush()
    expect(Buffer.concat(pieces).toString()).toContain('***@*******.***')
    expect(spans).toMatchObject([{ entity: 'EMAIL', start: 9, end: 24 }])
    expect(stream.heldBytes).toBe(0)
  })

  it('does not report again what it has reported', () => {
    const stream = new FindingStream(builtInRules, { mask })
    stream.feed(Buffer.from('write to ann@example.com'))
    stream.flush()
    const rest = [stream.feed(Buffer.from(' today\n')), stream.end()]
    expect(rest.flatMap(({ spans, late }) => [...spans, ...late])).toEqual([])
  })

  it('makes a finding late of which a part has gone on, and blots out the rest', () => {
    const stream = new FindingStream(builtInRules, { mask })
    stream.feed(Buffer.from('card 4111 1111 '))
    expect(Buffer.concat(stream.flush().pieces).toString()).toBe('card 4111 1111 ')
    const outputs = [
      stream.feed(Buffer.from('1111')),
      stream.flush(),
      stream.feed(Buffer.from(' 1111\nrest\n')),
      stream.end(),
    ]
    expect(outputs.flatMap(({ late }) => late)).toMatchObject([
      { entity: 'CREDIT_CARD', start: 5, end: 24 },
    ])
    const text = Buffer.concat(outputs.flatMap(({ pieces }) => pieces)).toString()
    expect(text).toBe('1111*****\nrest\n')
  })
})

describe('the work', () => {
  it.each([
    ['one byte of a word', 'a'],
    ['a digit and a blank', '1 '],
    ['groups of a card', '4111 '],
    ['signs of an email', '@'],
    ['colons', ':'],
    ['begins of keys', '-----BEGIN RSA PRIVATE KEY-----\n'],
    ['names of secrets', 'password='],
    ['newlines', '\n'],
  ])(
    'grows no faster than the text, byte by byte: %s',
    (_, unit) => {
      const bytes = Buffer.from(unit.repeat(Math.ceil(80_000 / unit.length)))
      const secondsFor = (length: number) =>
        processorSeconds(() => {
          const stream = new FindingStream(builtInRules)
          for (let at = 0; at < length; at++) stream.feed(bytes.subarray(at, at + 1))
          stream.end()
        })
      const short = secondsFor(bytes.length / 10)
      // Ten times the text: quadratic would be 100.
      expect(secondsFor(bytes.length) / short).toBeLessThan(40)
    },
    60_000,
  )
})

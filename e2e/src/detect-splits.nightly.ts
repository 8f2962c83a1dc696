/** Ten minutes of texts that streams cut in other places, with another seed each night; the day's part stands beside the source. */
import { isDeepStrictEqual } from 'node:util'
import { builtInRules, createRuleset, FindingStream, maskSpan, type Span } from '@gatetrail/detect'
import { randomNumbers, randomText } from '@gatetrail/detect/testing/random-text'
import { expect, test } from 'vitest'
import { chooseSeed } from './harness/random.ts'

const seconds = 600
const custom = createRuleset({
  off: ['EMAIL'],
  custom: [
    { entity: 'ORDER', pattern: '\\b[0-9]{3,6}[-a-z]+', context: [], level: 'certain' },
    { entity: 'WORD', words: ['customer', 'Straße', '東京'], context: [], level: 'likely' },
  ],
})

function mask(bytes: Uint8Array): Uint8Array {
  maskSpan(bytes, { start: 0, end: bytes.length })
  return bytes
}

test('findings and output are the same however a text is cut', () => {
  const seed = chooseSeed()
  const random = randomNumbers(seed)
  const until = performance.now() + seconds * 1_000
  let texts = 0
  let found = 0
  while (performance.now() < until) {
    const rules = random(0, 3) === 0 ? custom : builtInRules
    const bytes = randomText(random, random(1, 60))
    const whole = rules.find(bytes, 0, bytes.length)
    const masked = Buffer.from(bytes)
    for (const span of whole) maskSpan(masked, span)
    const stream = new FindingStream(rules, { mask })
    const spans: Span[] = []
    const pieces: Uint8Array[] = []
    for (let at = 0; at < bytes.length;) {
      const to = Math.min(bytes.length, at + random(1, random(0, 1) === 0 ? 4 : 400))
      const output = stream.feed(bytes.subarray(at, to))
      spans.push(...output.spans)
      pieces.push(...output.pieces)
      at = to
    }
    const rest = stream.end()
    spans.push(...rest.spans)
    pieces.push(...rest.pieces)
    const same = isDeepStrictEqual(spans, [...whole]) && Buffer.concat(pieces).equals(masked)
    expect(same, `seed ${seed}, text ${texts}: ${Buffer.from(bytes).toString('base64')}`).toBe(true)
    texts++
    found += whole.length
  }
  process.stdout.write(`seed ${seed}: ${texts} texts, ${found} findings\n`)
  expect(found).toBeGreaterThan(texts)
})

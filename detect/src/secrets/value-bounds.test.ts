/**
 * What lies outside the value is never looked at, and what a stream has not seen yet changes nothing: the same bytes give the same
 * findings wherever they lie in a buffer and however they are cut.
 */
import { describe, expect, it } from 'vitest'
import { FindingStream } from '../index.ts'
import type { Span } from '../ruleset.ts'
import { secretRules } from './testing/find-secrets.ts'
import { randomNumbers, randomSecrets } from './testing/random-secrets.ts'

const inputs = 8000
const seed = 20_261_121

describe('a value', () => {
  it(`gives the same findings within a buffer as alone, of ${inputs} random texts`, () => {
    const next = randomNumbers(seed)
    let found = 0
    for (let input = 0; input < inputs; input++) {
      const bytes = randomSecrets(next)
      const from = next(Math.ceil(bytes.length / 2))
      const to = from + 1 + next(bytes.length - from)
      const alone = secretRules.find(bytes.slice(from, to), 0, to - from, { levelMin: 'possible' })
      const within = secretRules.find(bytes, from, to, { levelMin: 'possible' })
      expect(
        within.map((span) => ({ ...span, start: span.start - from, end: span.end - from })),
        `seed ${seed}, input ${input}`,
      ).toEqual(alone)
      for (const { start, end } of within)
        expect(from <= start && start < end && end <= to).toBe(true)
      found += within.length
    }
    expect(found).toBeGreaterThan(inputs / 40)
  })

  it(`gives the same findings in chunks, of ${inputs} random texts`, () => {
    const next = randomNumbers(seed)
    for (let input = 0; input < inputs; input++) {
      const bytes = randomSecrets(next)
      const stream = new FindingStream(secretRules, { mask: (masked) => masked })
      const spans: Span[] = []
      for (let at = 0; at < bytes.length;) {
        const to = at + 1 + next(24)
        spans.push(...stream.feed(bytes.subarray(at, to)).spans)
        at = to
      }
      spans.push(...stream.end().spans)
      expect(spans, `seed ${seed}, input ${input}`).toEqual(
        secretRules.find(bytes, 0, bytes.length),
      )
    }
  })
})

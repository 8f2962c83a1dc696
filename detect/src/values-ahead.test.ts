import { describe, expect, it } from 'vitest'
import { builtInRules } from './find-spans.ts'
import { randomNumbers, randomText, type RandomNumbers } from './stream/testing/random-text.ts'
import { ValuesAhead } from './values-ahead.ts'

const seed = 20_261_122
const rounds = 2_000

const plan = {}

/** A value with its length in front, as PostgreSQL sends it, or what else could be taken for a part of it; no value has the length -1. */
function valueOf(random: RandomNumbers): Uint8Array {
  if (random(0, 9) === 0) return Uint8Array.of(255, 255, 255, 255)
  if (random(0, 3) === 0) {
    const byte = random(0x20, 0x7e)
    return Uint8Array.of(byte, byte, byte, byte, ...randomText(random, random(0, 3)))
  }
  const text = randomText(random, random(0, 3))
  return Uint8Array.of(0, 0, text.length >>> 8, text.length & 255, ...text)
}

describe('values of a row', () => {
  it(`have the findings that each has alone, moved or not (seed ${seed})`, () => {
    const random = randomNumbers(seed)
    const ahead = new ValuesAhead(builtInRules)
    let found = 0
    for (let round = 0; round < rounds; round++) {
      const values = Array.from({ length: random(1, 12) }, () => valueOf(random))
      const bytes = Buffer.concat([Uint8Array.of(0, 0, 0, 1), ...values])
      let place = 4
      for (const value of values) {
        const from = place + 4
        place += value.length
        if (from < place) ahead.add(from, place)
      }
      if (!ahead.begin(bytes, 0, bytes.length, bytes.length, plan)) continue
      let at = 4
      let moved = 0
      for (const value of values) {
        const [from, to] = [at, at + value.length]
        at = to
        if (value.length <= 4) continue
        // As if the one before had become shorter by as much.
        if (from > 8 + moved && random(0, 5) === 0) moved += 3
        bytes.copyWithin(from - moved, from, to)
        const [start, end] = [from + 4 - moved, to - moved]
        const alone = bytes.slice(start, end)
        const expected = builtInRules
          .find(alone, 0, alone.length)
          .map((span) => ({ ...span, start: span.start + start, end: span.end + start }))
        expect(ahead.find(bytes, start, end, moved)).toEqual(expected)
        found += expected.length
      }
    }
    expect(found).toBeGreaterThan(rounds)
  })

  it('leave out what is not among them, and what is of a torn row', () => {
    const ahead = new ValuesAhead(builtInRules)
    const bytes = new TextEncoder().encode('a@oak.example b@oak.example c@oak.example ')
    ahead.add(0, 13)
    ahead.add(28, 41)
    expect(ahead.begin(bytes, 0, 14, 28, plan)).toBe(true)
    expect(ahead.find(bytes, 0, 13, 0)).toHaveLength(1)
    expect(ahead.find(bytes, 14, 27, 0)).toHaveLength(0)
    expect(ahead.find(bytes, 28, 41, 0)).toHaveLength(0)
  })

  it('are known once, of the bytes that were given', () => {
    const ahead = new ValuesAhead(builtInRules)
    const bytes = new Uint8Array(100)
    expect(ahead.begin(bytes, 10, 40, 90, plan)).toBe(true)
    expect(ahead.knows(bytes, 10, 40, plan)).toBe(false)
    expect(ahead.knows(new Uint8Array(100), 40, 60, plan)).toBe(false)
    expect(ahead.knows(bytes, 40, 60, plan)).toBe(true)
    expect(ahead.knows(bytes, 60, 95, plan)).toBe(false)
    expect(ahead.knows(bytes, 60, 90, {})).toBe(false)
    expect(ahead.knows(bytes, 60, 90, plan)).toBe(true)
    expect(ahead.knows(bytes, 60, 90, plan)).toBe(false)
  })
})

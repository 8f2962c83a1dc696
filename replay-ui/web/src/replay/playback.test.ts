import fc from 'fast-check'
import { expect, it } from 'vitest'
import { advance, microsAt, type Place } from './playback.ts'

const start: Place = { index: 0, waitedMs: 0 }
const at = (offsets: readonly number[]) => (index: number) => offsets[index]
const real = { speed: 1, skipIdle: false }

it('passes as it passed, and shows each statement long enough to be seen', () => {
  const offsetOf = at([0, 5_000_000, 5_000_100, 9_000_000])
  expect(advance(start, 4_999, offsetOf, real)).toEqual({ index: 0, waitedMs: 4_999 })
  expect(advance(start, 5_000, offsetOf, real)).toEqual({ index: 1, waitedMs: 0 })
  expect(advance(start, 5_699, offsetOf, real).index).toBe(1)
  expect(advance(start, 5_700, offsetOf, real).index).toBe(2)
  expect(microsAt({ index: 0, waitedMs: 2_500 }, offsetOf, false)).toBe(2_500_000)
})

it('shortens a night to two seconds if idle time is skipped, and speed is a factor', () => {
  const offsetOf = at([0, 8 * 3_600_000_000])
  expect(advance(start, 1_999, offsetOf, { speed: 1, skipIdle: true }).index).toBe(0)
  expect(advance(start, 2_000, offsetOf, { speed: 1, skipIdle: true }).index).toBe(1)
  expect(advance(start, 200, offsetOf, { speed: 10, skipIdle: true }).index).toBe(1)
})

it('waits at the last statement that is known', () => {
  expect(advance(start, 1e9, at([0, 1_000]), real)).toEqual({ index: 1, waitedMs: 0 })
  expect(advance(start, 1e9, at([]), real)).toEqual(start)
})

it('comes to the same place in one step and in many', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 5_000_000 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(
      gaps,
      fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 20 }),
      (all, steps) => {
        const offsets = all.reduce<number[]>((so, gap) => [...so, (so.at(-1) ?? 0) + gap], [0])
        const many = steps.reduce((place, ms) => advance(place, ms, at(offsets), real), start)
        const one = advance(
          start,
          steps.reduce((sum, ms) => sum + ms, 0),
          at(offsets),
          real,
        )
        expect(many.index).toBe(one.index)
      },
    ),
  )
})

import { expect, it } from 'vitest'
import type { TerminalSlice } from '@gatetrail/replay-api'
import { advanceTerminal, eventsBetween, exactPollMs, isIn } from './terminal-time.ts'

const slice: TerminalSlice = {
  session: '',
  ended: true,
  isExact: true,
  preparedMicros: 0,
  durationMicros: 90_000_000,
  keyframe: { offsetMicros: 10_000_000, columns: 80, rows: 24, state: '' },
  events: [11_000_000, 12_000_000, 40_000_000].map((offsetMicros) => ({
    kind: 'output' as const,
    offsetMicros,
    text: 'x',
  })),
  nextMicros: 60_000_000,
}
const pace = { speed: 1, skipIdle: true }

it('holds from its keyframe up to before the next one', () => {
  expect([9_999_999, 10_000_000, 59_999_999, 60_000_000].map((at) => isIn(slice, at))).toEqual([
    false,
    true,
    true,
    false,
  ])
  expect(isIn({ ...slice, nextMicros: null }, 1e12)).toBe(true)
})

it('gives each event once, however time is cut', () => {
  expect(eventsBetween(slice, 10_000_000, 11_000_000)).toHaveLength(1)
  expect(eventsBetween(slice, 11_000_000, 60_000_000)).toHaveLength(2)
})

it('skips a wait but for its last two seconds, and ends where the session ends', () => {
  expect(advanceTerminal(slice, 10_000_000, 500, pace)).toBe(10_500_000)
  expect(advanceTerminal(slice, 12_000_000, 100, pace)).toBe(38_100_000)
  expect(advanceTerminal(slice, 12_000_000, 100, { ...pace, skipIdle: false })).toBe(12_100_000)
  expect(advanceTerminal({ ...slice, nextMicros: null }, 89_900_000, 500, pace)).toBe(90_000_000)
})

it('asks for the exact screen less and less often, but so often that its pictures are made on', () => {
  const waits = Array.from({ length: 30 }, (_, asked) => exactPollMs(asked))
  expect(waits[0]).toBe(1_500)
  expect(waits.slice(0, 5).reduce((sum, ms) => sum + ms)).toBeGreaterThan(15_000)
  expect(Math.max(...waits)).toBe(30_000)
})

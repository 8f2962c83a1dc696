/** Durations of the command line. */
import { expect, test } from 'vitest'
import { secondsOf } from './dates.ts'

test.each([
  ['90s', 90],
  ['15m', 900],
  ['24h', 86_400],
  ['30d', 2_592_000],
])('%s is %i seconds', (text, seconds) => {
  expect(secondsOf(text)).toBe(seconds)
})

test.each(['', '0h', '24', 'h', '-1h', '1.5h', '1h30m', '9999999s', '24H'])(
  '"%s" is no duration',
  (text) => {
    expect(() => secondsOf(text)).toThrow(/is no duration/)
  },
)

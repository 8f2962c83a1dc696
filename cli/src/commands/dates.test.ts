/** Durations, days and times of the command line. */
import { expect, test } from 'vitest'
import { dayOf, instantOf, secondsOf } from './dates.ts'

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

test.each([
  ['2026-03-29T22:15:00Z', '2026-03-29'], // 00:15 after a day of 23 hours
  ['2026-10-25T23:15:00Z', '2026-10-25'], // 00:15 after one of 25
  ['2026-12-31T23:30:00Z', '2026-12-31'],
])('at %s, yesterday in Berlin is %s', (now, day) => {
  expect(dayOf('yesterday', 'Europe/Berlin', new Date(now))).toBe(day)
})

test.each(['2026-02-31', '2026-13-01', '2026-01-01x', '2026-02-30T10:00:00Z', 'x'])(
  '"%s" is no time',
  (text) => {
    expect(() => instantOf(text, new Date())).toThrow(/is no time/)
  },
)

test('a time is taken with its zone', () => {
  expect(instantOf('2026-02-28', new Date())).toBe('2026-02-28T00:00:00.000Z')
  expect(instantOf('2026-03-29T01:30:00+01:00', new Date())).toBe('2026-03-29T00:30:00.000Z')
})

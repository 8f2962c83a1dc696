import { expect, it } from 'vitest'
import { confirmationOf } from './confirm.ts'

const askedAtMs = 1_000_000
const hour = { confirm: { inSeconds: 3_600, everySeconds: 3_600 }, askedAtMs }
const after = (minutes: number) => confirmationOf(hour, askedAtMs + minutes * 60_000)

it('is asked for in its last quarter, and due at its end', () => {
  expect([after(0), after(44), after(45), after(59), after(60)]).toEqual([
    ...['good', 'good', 'soon', 'soon', 'due'],
  ])
})

it('is nobody\u2019s business where no issuer has signed somebody in', () => {
  expect(confirmationOf({ confirm: null, askedAtMs: 0 }, askedAtMs)).toBe('good')
})

it('of a server that says now is due at once, whatever the clock of the browser says', () => {
  const now = { confirm: { inSeconds: 0, everySeconds: 3_600 }, askedAtMs }
  expect(confirmationOf(now, askedAtMs)).toBe('due')
})

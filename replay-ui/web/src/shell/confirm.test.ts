import { expect, it } from 'vitest'
import { confirmationOf, holdsTyped, isTried, loginAddress, setTried } from './confirm.ts'

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

it('is tried once before its end: again only for what the issuer has confirmed since', () => {
  const kept = new Map<string, string>()
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  }
  const later = (ms: number, inSeconds: number) => ({
    ...{ confirm: { inSeconds, everySeconds: 3_600 }, askedAtMs: askedAtMs + ms },
  })
  expect(isTried(storage, hour)).toBe(false)
  setTried(storage, hour)
  expect(isTried(storage, later(3_000_000, 599))).toBe(true)
  expect(isTried(storage, later(3_000_000, 3_600))).toBe(false)
})

it('waits for what is typed and stands in no address', () => {
  const field = (value: string, isConnected = true) => ({ value, isConnected })
  expect(holdsTyped([field('123-45-6789')], '?on=2026-03-12')).toBe(true)
  expect(holdsTyped([field('orders'), field(''), field('gone', false)], '?q=orders')).toBe(false)
})

it('comes back to the page alone where the address is longer than the server takes', () => {
  expect(loginAddress('/touches?on=2026-03-12')).toBe(
    `/api/login?returnTo=${encodeURIComponent('/touches?on=2026-03-12')}`,
  )
  expect(loginAddress(`/touches?place=${'x'.repeat(2_000)}`)).toBe('/api/login?returnTo=%2Ftouches')
})

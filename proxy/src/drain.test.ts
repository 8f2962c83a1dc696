import { expect, test } from 'vitest'
import { createDrain } from './drain.ts'

const never = new Promise<void>(() => undefined)

test('it says how many sessions are left, and for how long', async () => {
  let now = 0
  const drain = createDrain(() => now)
  const run = drain.run(never, 240_000)
  expect(drain.note(12)).toBe('draining: 12 sessions, 240 s left')
  now = 238_900
  expect(drain.note(1)).toBe('draining: 1 session, 2 s left')
  drain.end()
  await run
  expect(drain.note(1)).toBe('shutting down')
})

test('it is over when no session is left', async () => {
  const drain = createDrain()
  await drain.run(Promise.resolve(), 60_000)
  expect(drain.note(0)).toBe('shutting down')
})

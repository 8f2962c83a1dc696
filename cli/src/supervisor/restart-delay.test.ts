import { expect, test } from 'vitest'
import { restartDelayMs, restartMsMax } from './restart-delay.ts'

test('a healthy role that dies is started again within half a second', () => {
  expect(restartDelayMs(1)).toBeLessThanOrEqual(500)
})

test('the wait grows with each failure in a row and has a bound', () => {
  const delays = Array.from({ length: 40 }, (_, index) => restartDelayMs(index + 1))
  expect(delays.every((delay, index) => index === 0 || delay >= (delays[index - 1] ?? 0))).toBe(
    true,
  )
  expect(delays.at(-1)).toBe(restartMsMax)
})

import { expect, test } from 'vitest'
import { createFailedLogins } from './failed-logins.ts'

test('an address with twenty wrong passwords is looked at again after a minute; others are all the time', () => {
  let nowMs = 0
  const failed = createFailedLogins(() => nowMs)
  for (let attempt = 0; attempt < 20; attempt++) {
    expect(failed.allows('192.0.2.1')).toBe(true)
    failed.count('192.0.2.1')
  }
  expect(failed.allows('192.0.2.1')).toBe(false)
  expect(failed.allows('192.0.2.2')).toBe(true)
  nowMs = 60_000
  expect(failed.allows('192.0.2.1')).toBe(true)
  failed.count('192.0.2.1')
  expect(failed.allows('192.0.2.1')).toBe(true)
})

test('wrong passwords from a thousand addresses take no more memory, and let nobody in for a minute', () => {
  let nowMs = 0
  const failed = createFailedLogins(() => nowMs)
  for (let address = 0; address < 1_000; address++) failed.count(`10.0.0.${address}`)
  expect(failed.allows('192.0.2.1')).toBe(false)
  nowMs = 60_000
  expect(failed.allows('192.0.2.1')).toBe(true)
})

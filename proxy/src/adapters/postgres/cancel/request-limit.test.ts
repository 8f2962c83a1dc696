import { expect, test } from 'vitest'
import { createCancelLimit } from './request-limit.ts'

const windowMs = 10_000
const wrongKeysMax = 100
const addressesMax = 4096

test('an address is shut out by its hundredth wrong key, and only until the window has passed', () => {
  let now = 0
  const limit = createCancelLimit(1, () => now)
  for (let count = 0; count < wrongKeysMax; count++) {
    expect(limit.allows('192.0.2.1')).toBe(true)
    limit.wrongKey('192.0.2.1')
  }
  expect(limit.allows('192.0.2.1')).toBe(false)
  expect(limit.allows('192.0.2.2')).toBe(true)
  now = windowMs - 1
  expect(limit.allows('192.0.2.1')).toBe(false)
  now = windowMs
  expect(limit.allows('192.0.2.1')).toBe(true)
})

test('workers share the limit, so that all of them together allow no more', () => {
  const limit = createCancelLimit(4, () => 0)
  for (let count = 0; count < wrongKeysMax / 4; count++) {
    expect(limit.allows('192.0.2.1')).toBe(true)
    limit.wrongKey('192.0.2.1')
  }
  expect(limit.allows('192.0.2.1')).toBe(false)
})

test('requests with right keys do not count, however many there are', () => {
  const limit = createCancelLimit(1, () => 0)
  for (let count = 0; count < 100_000; count++) expect(limit.allows('192.0.2.1')).toBe(true)
})

test('with wrong keys of too many addresses at once newcomers wait, and known ones go on', () => {
  let now = 0
  const limit = createCancelLimit(1, () => now)
  for (let index = 0; index < addressesMax; index++) limit.wrongKey(`address ${index}`)
  limit.wrongKey('one more')
  expect(limit.allows('a newcomer')).toBe(false)
  expect(limit.allows('address 7')).toBe(true)
  now = windowMs
  expect(limit.allows('a newcomer')).toBe(true)
})

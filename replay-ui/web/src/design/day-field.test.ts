import { expect, it } from 'vitest'
import { isTyped } from './day-field.tsx'

it('is a day once its year is typed to the end', () => {
  const typed = ['0002-03-12', '0020-03-12', '0202-03-12', '2026-03-12']
  expect(typed.map(isTyped)).toEqual([false, false, false, true])
  expect(['', '2026-02-30', '2026-3-1', 'today'].map(isTyped)).toEqual([false, false, false, false])
})

import { expect, it } from 'vitest'
import { parseTarget } from './go-to.ts'

it.each([
  ['12', { number: 12 }],
  ['#12 ', { number: 12 }],
  ['seq 40', { seq: 40 }],
  ['0:03', { at: 3_000_000 }],
  ['+1:02:03.5', { at: 3_723_500_000 }],
  ['90 s', { at: 90_000_000 }],
  ['1.5h', { at: 5_400_000_000 }],
  ['', undefined],
  ['tomorrow', undefined],
  ['-5', undefined],
  ['1:2:3:4', undefined],
])('%s is %j', (typed, target) => {
  expect(parseTarget(typed)).toEqual(target)
})

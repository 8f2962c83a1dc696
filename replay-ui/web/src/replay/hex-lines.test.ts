import { expect, it } from 'vitest'
import { hexLines } from './hex-lines.ts'

it('shows place, bytes and what of them can be read, and no control character', () => {
  expect(hexLines('510000000d73656c1b5d00')).toEqual([
    '0000  51 00 00 00 0d 73 65 6c  Q....sel',
    '0008  1b 5d 00                 .].',
  ])
  expect(hexLines('')).toEqual([])
})

import { describe, expect, it } from 'vitest'
import { duration, offset } from '../time/moment.ts'
import { bytes, counted, share } from './numbers.ts'
import { safeUrl } from './words.ts'

describe('figures', () => {
  it('never call nearly everything all of it', () => {
    expect(share(999_999, 1_000_000)).toBe('99.9 %')
    expect(share(5, 5)).toBe('100 %')
    expect(share(0, 0)).toBe('–')
  })

  it('change their unit at the right size', () => {
    expect([0, 1_023, 1_024, 10_240, 1_048_575, 5 * 1_048_576].map(bytes)).toEqual([
      '0 B',
      '1023 B',
      '1.0 KiB',
      '10 KiB',
      '1.0 MiB',
      '5.0 MiB',
    ])
    expect(
      [850, 3_400, 12_000, 999_600, 3_400_000, 125_000_000, 4_320_000_000].map(duration),
    ).toEqual(['850 µs', '3.4 ms', '12 ms', '1.0 s', '3.4 s', '2 min 5 s', '1 h 12 min'])
    expect([0, 3_241_000, 3_725_001_000].map(offset)).toEqual([
      '+0:00.000',
      '+0:03.241',
      '+1:02:05.001',
    ])
    expect([counted(1, 'run'), counted(1_200, 'run')]).toEqual(['1 run', '1,200 runs'])
  })
})

describe('an address from a claim', () => {
  it('is a link only if it is http or https', () => {
    expect(safeUrl('https://ci.example.com/a?b#c')).toBe('https://ci.example.com/a?b#c')
    const refused = ['javascript:alert(1)', 'data:text/html,x', 'file:///etc', '//x', '', null]
    expect(refused.map(safeUrl).filter((url) => url !== undefined)).toEqual([])
    expect(safeUrl(' java\nscript:alert(1)')).toBeUndefined()
  })
})

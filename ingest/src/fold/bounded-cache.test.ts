import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BoundedCache } from './bounded-cache.ts'

describe('BoundedCache', () => {
  it('keeps what the current generation used, even beyond the bound', () => {
    const cache = new BoundedCache<number, string>(10)
    for (let key = 0; key < 100; key++) cache.set(key, 'value')
    cache.trim()
    expect(cache.size).toBe(100)
  })

  it('forgets what was used longest ago first', () => {
    const cache = new BoundedCache<string, number>(4)
    for (const key of ['a', 'b', 'c', 'd']) {
      cache.set(key, 1)
      cache.nextGeneration()
    }
    cache.get('a')
    cache.nextGeneration()
    cache.set('e', 1)
    cache.nextGeneration()
    cache.trim()
    expect(['a', 'b', 'c', 'd', 'e'].filter((key) => cache.has(key))).toEqual(['a', 'd', 'e'])
  })

  it('never exceeds its bound after a trim of older generations', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 9 }))), (uses) => {
        const cache = new BoundedCache<number, number>(20)
        const weights = new Map<number, number>()
        for (const [key, weight] of uses) {
          cache.set(key, weight, weight)
          weights.set(key, weight)
          cache.nextGeneration()
        }
        cache.trim()
        const kept = [...weights].filter(([key]) => cache.has(key))
        expect(kept.reduce((sum, [, weight]) => sum + weight, 0)).toBeLessThanOrEqual(20)
      }),
    )
  })
})

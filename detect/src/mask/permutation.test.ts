import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Permutation } from './permutation.ts'

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))
const key128 = '2b7e151628aed2a6abf7158809cf4f3c'
const key192 = `${key128}ef4359d8d580aa4f`
const key256 = `${key192}7f036d6f04fc6a94`

describe('a permutation', () => {
  // NIST, "Examples with Intermediate Values": FF1 samples. The tweak is ASCII.
  it.each([
    [key128, '', '2433477484'],
    [key128, '9876543210', '6124200773'],
    [key192, '', '2830668132'],
    [key192, '9876543210', '2496655549'],
    [key256, '', '6657667009'],
    [key256, '9876543210', '1001623463'],
  ])('of decimal digits is FF1: samples of NIST, key %s, tweak "%s"', (key, tweak, result) => {
    const permutation = new Permutation(bytesOf(key))
    expect(permutation.number(tweak, 123_456_789n, 10n ** 10n)).toBe(BigInt(result))
  })

  it('stays below its bound, whatever that is, and gives different results for different numbers', () => {
    const permutation = new Permutation(bytesOf(key256))
    const bound = fc.bigInt({ min: 1_000_000n, max: 2n ** 300n })
    fc.assert(
      fc.property(bound, fc.bigInt({ min: 0n }), fc.bigInt({ min: 0n }), (count, one, other) => {
        const [a, b] = [one % count, other % count]
        const result = permutation.number('test', a, count)!
        expect(result >= 0n && result < count).toBe(true)
        expect(permutation.number('test', a, count)).toBe(result)
        expect(permutation.number('test', b, count) === result).toBe(a === b)
      }),
      { numRuns: 300 },
    )
  })

  it('hits every number below its bound once', () => {
    const permutation = new Permutation(bytesOf(key128))
    const count = 1_000_003n
    const seen = new Uint8Array(Number(count))
    // Every 97th number: all of them take a minute.
    for (let value = 0n; value < count; value += 97n) {
      const result = Number(permutation.number('test', value, count)!)
      expect(seen[result]).toBe(0)
      seen[result] = 1
    }
  })

  it('of one kind has nothing to do with that of another', () => {
    const permutation = new Permutation(bytesOf(key128))
    const of = (kind: string): bigint => permutation.number(kind, 5n, 10n ** 9n)!
    expect(of('one')).not.toBe(of('other'))
  })

  it('is refused where there are fewer than a million values, or for a value beyond', () => {
    const permutation = new Permutation(bytesOf(key128))
    expect(permutation.number('test', 5n, 999_999n)).toBeUndefined()
    expect(permutation.number('test', 10n ** 6n, 10n ** 6n)).toBeUndefined()
  })
})

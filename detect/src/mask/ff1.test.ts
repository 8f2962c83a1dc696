import { FF1 } from '@noble/ciphers/ff1.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Ff1 } from './ff1.ts'

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)
const key128 = '2b7e151628aed2a6abf7158809cf4f3c'
const key192 = `${key128}ef4359d8d580aa4f`
const key256 = `${key192}7f036d6f04fc6a94`

function valueOf(numerals: readonly number[], radix: number): bigint {
  return numerals.reduce((value, numeral) => value * BigInt(radix) + BigInt(numeral), 0n)
}

describe('FF1', () => {
  // NIST, "Examples with Intermediate Values": FF1 samples 1 to 9.
  it.each([
    [key128, 10, '', '0123456789', '2433477484'],
    [key128, 10, '9876543210', '0123456789', '6124200773'],
    [key128, 36, '7777pqrs777', '0123456789abcdefghi', 'a9tv40mll9kdu509eum'],
    [key192, 10, '', '0123456789', '2830668132'],
    [key192, 10, '9876543210', '0123456789', '2496655549'],
    [key192, 36, '7777pqrs777', '0123456789abcdefghi', 'xbj3kv35jrawxv32ysr'],
    [key256, 10, '', '0123456789', '6657667009'],
    [key256, 10, '9876543210', '0123456789', '1001623463'],
    [key256, 36, '7777pqrs777', '0123456789abcdefghi', 'xs8a0azh2avyalyzuwd'],
  ])(
    'gives the samples of NIST: key %s, radix %i, tweak "%s"',
    (key, radix, tweak, plain, result) => {
      const numerals = (text: string): number[] => [...text].map((letter) => Number.parseInt(letter, 36)) // prettier-ignore
      const cipher = new Ff1(bytesOf(key), ascii(tweak), radix, plain.length)
      expect(cipher.encrypt(valueOf(numerals(plain), radix))).toBe(valueOf(numerals(result), radix))
    },
  )

  it('gives what @noble/ciphers gives, in every radix and length, with every tweak', () => {
    const seen = { small: 0, large: 0 }
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 65_535 }),
        fc.integer({ min: 2, max: 60 }),
        fc.uint8Array({ maxLength: 40 }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.infiniteStream(fc.nat({ max: 65_534 })),
        (radix, more, tweak, key, stream) => {
          let length = Math.max(2, Math.ceil(Math.log(100) / Math.log(radix)))
          length += more - 2
          const numerals = [...stream.take(length)].map((numeral) => numeral % radix)
          const cipher = new Ff1(key, tweak, radix, length)
          const result = cipher.encrypt(valueOf(numerals, radix))
          expect(result).toBe(valueOf(FF1(radix, key, tweak).encrypt(numerals), radix))
          expect(cipher.encrypt(valueOf(numerals, radix))).toBe(result)
          seen[length * Math.log2(radix) < 88 ? 'small' : 'large']++
        },
      ),
      { numRuns: 500 },
    )
    expect(Math.min(seen.small, seen.large)).toBeGreaterThan(10)
  })
})

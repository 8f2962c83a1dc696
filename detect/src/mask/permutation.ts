/**
 * A keyed permutation of the numbers below a bound: FF1 of NIST SP 800-38G, walked until the result is below the bound
 * again. What format-preserving masks are made of. Pure.
 */
import { Ff1 } from './ff1.ts'

/** SP 800-38G revision 1, section 5.1: smaller domains can be searched through. */
const domainMin = 1_000_000n
/** What FF1 allows. */
const radixMax = 65_535n
/** The domain of FF1 is hardly larger than ours: each step ends the walk with more than even chances. */
const stepsMax = 256
/** One per kind of value and bound: of bounds there are as many as formats. */
const ciphersMax = 1_024

const encoder = new TextEncoder()

export class Permutation {
  readonly #key: Uint8Array
  readonly #ciphers = new Map<string, Map<bigint, Ff1>>()
  #count = 0

  /** `key`: of AES. */
  constructor(key: Uint8Array) {
    this.#key = key
  }

  /**
   * Another number below `count` for one that is. Undefined: there are too few for any secrecy. `kind`: permutations of
   * one kind have nothing to do with those of another.
   */
  number(kind: string, value: bigint, count: bigint): bigint | undefined {
    if (count < domainMin || value < 0n || value >= count) return undefined
    const cipher = this.#cipher(kind, count)
    for (let step = 0; step < stepsMax; step++) {
      value = cipher.encrypt(value)
      if (value < count) return value
    }
    return undefined
  }

  #cipher(kind: string, count: bigint): Ff1 {
    let ofKind = this.#ciphers.get(kind)
    let cipher = ofKind?.get(count)
    if (cipher !== undefined) return cipher
    if (ofKind === undefined || this.#count >= ciphersMax) {
      if (this.#count >= ciphersMax) this.#ciphers.clear()
      if (this.#ciphers.size === 0) this.#count = 0
      ofKind = new Map()
      this.#ciphers.set(kind, ofKind)
    }
    const { radix, length } = shapeFor(count)
    cipher = new Ff1(this.#key, encoder.encode(kind), radix, length)
    ofKind.set(count, cipher)
    this.#count++
    return cipher
  }
}

type Shape = { readonly radix: number; readonly length: number }

/**
 * The fewest numerals, of the smallest radix, in which all numbers below `count` can be written; for powers of ten it is
 * decimal digits, as others who use FF1 take them.
 */
function shapeFor(count: bigint): Shape {
  const digits = count.toString()
  if (/^10+$/.test(digits)) return { radix: 10, length: digits.length - 1 }
  let length = 2
  while (radixMax ** BigInt(length) < count) length++
  let low = 2n
  let high = radixMax
  while (low < high) {
    const middle = (low + high) / 2n
    if (middle ** BigInt(length) >= count) high = middle
    else low = middle + 1n
  }
  return { radix: Number(low), length }
}

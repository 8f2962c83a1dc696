/**
 * A keyed permutation of the numbers below a bound: FF1 of NIST SP 800-38G, walked until the result is below the bound
 * again. What format-preserving masks are made of. Pure.
 */
import { FF1 } from '@noble/ciphers/ff1.js'

/** SP 800-38G revision 1, section 5.1: smaller domains can be searched through. */
const domainMin = 1_000_000n
/** The library writes the radix in two bytes. */
const radixMax = 65_535n
/** The domain of FF1 is hardly larger than ours: each step ends the walk with more than even chances. */
const stepsMax = 256
/** One per kind of value and radix. */
const ciphersMax = 4_096

const encoder = new TextEncoder()

export class Permutation {
  readonly #key: Uint8Array
  readonly #ciphers = new Map<string, ReturnType<typeof FF1>>()
  readonly #shapes = new Map<bigint, Shape>()

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
    const { radix, length } = this.#shapeOf(count)
    const cipher = this.#cipher(kind, radix)
    let numerals = numeralsOf(value, radix, length)
    for (let step = 0; step < stepsMax; step++) {
      numerals = cipher.encrypt(numerals)
      const result = valueOf(numerals, radix)
      if (result < count) return result
    }
    return undefined
  }

  #cipher(kind: string, radix: number): ReturnType<typeof FF1> {
    const name = `${kind} ${radix}`
    let cipher = this.#ciphers.get(name)
    if (cipher === undefined) {
      if (this.#ciphers.size >= ciphersMax) this.#ciphers.clear()
      cipher = FF1(radix, this.#key, encoder.encode(kind))
      this.#ciphers.set(name, cipher)
    }
    return cipher
  }

  #shapeOf(count: bigint): Shape {
    let shape = this.#shapes.get(count)
    if (shape === undefined) {
      if (this.#shapes.size >= ciphersMax) this.#shapes.clear()
      shape = shapeFor(count)
      this.#shapes.set(count, shape)
    }
    return shape
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

function numeralsOf(value: bigint, radix: number, length: number): number[] {
  const numerals = Array.from({ length }, () => 0)
  const base = BigInt(radix)
  for (let at = length - 1; at >= 0; at--) {
    numerals[at] = Number(value % base)
    value /= base
  }
  return numerals
}

function valueOf(numerals: readonly number[], radix: number): bigint {
  const base = BigInt(radix)
  let value = 0n
  for (const numeral of numerals) value = value * base + BigInt(numeral)
  return value
}

/**
 * FF1 of NIST SP 800-38G, algorithm 7, on numbers: the numeral string is the number, written with `length` numerals. That of
 * @noble/ciphers does the same, on strings; it expands the key for each value and calculates in BigInt alone, which takes
 * several times as long. AES is that of @noble/ciphers. Pure.
 */
import { unsafe as aes } from '@noble/ciphers/aes.js'

const blockBytes = 16
const rounds = 10
/** Below this a number times 256 is exact. */
const exactMax = 2n ** 45n

export class Ff1 {
  readonly #key: Uint32Array
  readonly #tweak: Uint8Array
  /** Of the first half, and of the second, which has a numeral more where the length is odd. */
  readonly #first: bigint
  readonly #second: bigint
  /** CIPH of the block P, the same for all values. */
  readonly #prefix = new Uint8Array(blockBytes)
  /** Q: tweak, zeros, the number of the round, the half. */
  readonly #block: Uint8Array
  readonly #halfBytes: number
  readonly #sumBytes: number
  readonly #state = new Uint8Array(blockBytes)
  readonly #sum: Uint8Array

  constructor(key: Uint8Array, tweak: Uint8Array, radix: number, length: number) {
    this.#key = aes.expandKeyLE(key)
    this.#tweak = tweak
    const half = length >> 1
    this.#first = BigInt(radix) ** BigInt(half)
    this.#second = BigInt(radix) ** BigInt(length - half)
    this.#halfBytes = byteCount(this.#second - 1n)
    this.#sumBytes = 4 * Math.ceil(this.#halfBytes / 4) + 4
    this.#sum = new Uint8Array(Math.ceil(this.#sumBytes / blockBytes) * blockBytes)
    const used = tweak.length + 1 + this.#halfBytes
    this.#block = new Uint8Array(Math.ceil(used / blockBytes) * blockBytes)
    this.#block.set(tweak)
    const view = new DataView(this.#prefix.buffer)
    this.#prefix.set([1, 2, 1, 0, 0, 0, rounds, half % 256])
    view.setUint16(4, radix)
    view.setUint32(8, length)
    view.setUint32(12, this.#tweak.length)
    aes.encryptBlock(this.#key, this.#prefix)
  }

  /** `value`: below radix ** length, and so is the result. */
  encrypt(value: bigint): bigint {
    const isExact = this.#second <= exactMax
    return isExact ? this.#encryptNumbers(value) : this.#encryptIntegers(value)
  }

  #encryptNumbers(value: bigint): bigint {
    const [first, second] = [Number(this.#first), Number(this.#second)]
    let a = Number(value / this.#second)
    let b = Number(value % this.#second)
    const { length } = this.#block
    for (let round = 0; round < rounds; round++) {
      let rest = b
      for (let index = 1; index <= this.#halfBytes; index++) {
        this.#block[length - index] = rest % 256
        rest = Math.floor(rest / 256)
      }
      this.#mix(round)
      const modulus = round % 2 === 0 ? first : second
      let sum = 0
      for (let index = 0; index < this.#sumBytes; index++) {
        sum = (sum * 256 + this.#sum[index]!) % modulus
      }
      ;[a, b] = [b, (a + sum) % modulus]
    }
    return BigInt(a) * this.#second + BigInt(b)
  }

  #encryptIntegers(value: bigint): bigint {
    let a = value / this.#second
    let b = value % this.#second
    const { length } = this.#block
    for (let round = 0; round < rounds; round++) {
      let rest = b
      for (let index = 1; index <= this.#halfBytes; index++) {
        this.#block[length - index] = Number(rest & 0xffn)
        rest >>= 8n
      }
      this.#mix(round)
      let sum = 0n
      for (let index = 0; index < this.#sumBytes; index += 4) {
        sum = (sum << 32n) | BigInt(word(this.#sum, index))
      }
      ;[a, b] = [b, (a + sum) % (round % 2 === 0 ? this.#first : this.#second)]
    }
    return a * this.#second + b
  }

  /** Steps 6.i to 6.iii: R is the PRF of P and Q, S is R and as many blocks made of it as are needed. */
  #mix(round: number): void {
    const state = this.#state
    state.set(this.#prefix)
    this.#block[this.#block.length - this.#halfBytes - 1] = round
    for (let at = 0; at < this.#block.length; at += blockBytes) {
      for (let index = 0; index < blockBytes; index++) state[index]! ^= this.#block[at + index]!
      aes.encryptBlock(this.#key, state)
    }
    this.#sum.set(state)
    for (let at = blockBytes; at < this.#sum.length; at += blockBytes) {
      const next = Uint8Array.from(state)
      new DataView(next.buffer).setUint32(12, word(next, 12) ^ (at / blockBytes))
      this.#sum.set(aes.encryptBlock(this.#key, next), at)
    }
  }
}

function byteCount(value: bigint): number {
  let count = 0
  for (; value > 0n; value >>= 8n) count++
  return count
}

function word(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  )
}

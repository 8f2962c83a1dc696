/**
 * SHA-256 of messages that fit into one block, of at most 55 bytes (FIPS 180-4 §5, §6.2). Nothing is allocated: of a text full of
 * what looks like addresses, this is what most of the time goes to. Its test compares it to @noble/hashes.
 */

export const messageBytesMax = 55
const hashBytes = 32
const blockWords = 16
const rounds = 64

/** Of the first 64 primes, the first 32 bits of the fractions of their cube roots; of the first eight, of their square roots. */
const constants = new Int32Array(rounds)
const initial = new Int32Array(8)
for (let candidate = 2, found = 0; found < rounds; candidate++) {
  if (!isPrime(candidate)) continue
  if (found < initial.length) initial[found] = fraction(Math.sqrt(candidate))
  constants[found++] = fraction(Math.cbrt(candidate))
}

const words = new Int32Array(rounds)
const state = new Int32Array(initial.length)

/** Of the first `length` bytes of `message` the hash of the hash, as Base58Check has it: its first 32 bits. */
export function firstWordOfSha256Twice(message: Uint8Array, length: number): number {
  fill(message, length)
  compress()
  for (let index = 0; index < state.length; index++) words[index] = state[index]!
  words[state.length] = 0x80 << 24
  for (let index = state.length + 1; index < blockWords - 1; index++) words[index] = 0
  words[blockWords - 1] = 8 * hashBytes
  compress()
  return state[0]!
}

function fill(message: Uint8Array, length: number): void {
  for (let index = 0; index < blockWords; index++) words[index] = 0
  for (let index = 0; index < length; index++)
    words[index >> 2]! |= message[index]! << (24 - 8 * (index & 3))
  words[length >> 2]! |= 0x80 << (24 - 8 * (length & 3))
  words[blockWords - 1] = 8 * length
}

/** Of the first 16 of `words`, into `state`. Sums of two are cut to 32 bits at once: those of more would be computed as fractions. */
function compress(): void {
  for (let index = blockWords; index < rounds; index++) {
    const x = words[index - 15]!
    const y = words[index - 2]!
    const low = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
    const high = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
    words[index] = (((words[index - 16]! + low) | 0) + ((words[index - 7]! + high) | 0)) | 0
  }
  let a = initial[0]!
  let b = initial[1]!
  let c = initial[2]!
  let d = initial[3]!
  let e = initial[4]!
  let f = initial[5]!
  let g = initial[6]!
  let h = initial[7]!
  for (let index = 0; index < rounds; index++) {
    const mix = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const fixed = (((h + constants[index]!) | 0) + words[index]!) | 0
    const first = (fixed + ((mix + (g ^ (e & (f ^ g)))) | 0)) | 0
    const turn = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const second = (turn + ((a & b) | (c & (a | b)))) | 0
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + second) | 0
  }
  state[0] = initial[0]! + a
  state[1] = initial[1]! + b
  state[2] = initial[2]! + c
  state[3] = initial[3]! + d
  state[4] = initial[4]! + e
  state[5] = initial[5]! + f
  state[6] = initial[6]! + g
  state[7] = initial[7]! + h
}

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++)
    if (number % divisor === 0) return false
  return true
}

function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32) | 0
}

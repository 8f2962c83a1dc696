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
  // After four rounds the two halves have changed places.
  for (let index = 0; index < rounds; index += 4) {
    h = (((constants[index]! + words[index]!) | 0) + ((h + sumOfE(e, f, g)) | 0)) | 0
    d = (d + h) | 0
    h = (h + sumOfA(a, b, c)) | 0
    g = (((constants[index + 1]! + words[index + 1]!) | 0) + ((g + sumOfE(d, e, f)) | 0)) | 0
    c = (c + g) | 0
    g = (g + sumOfA(h, a, b)) | 0
    f = (((constants[index + 2]! + words[index + 2]!) | 0) + ((f + sumOfE(c, d, e)) | 0)) | 0
    b = (b + f) | 0
    f = (f + sumOfA(g, h, a)) | 0
    e = (((constants[index + 3]! + words[index + 3]!) | 0) + ((e + sumOfE(b, c, d)) | 0)) | 0
    a = (a + e) | 0
    e = (e + sumOfA(f, g, h)) | 0
    const first = a
    const second = b
    const third = c
    const fourth = d
    a = e
    b = f
    c = g
    d = h
    e = first
    f = second
    g = third
    h = fourth
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

/** Σ1(e) + Ch(e, f, g), FIPS 180-4 §4.1.2. */
function sumOfE(e: number, f: number, g: number): number {
  const turned = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
  return (turned + (g ^ (e & (f ^ g)))) | 0
}

/** Σ0(a) + Maj(a, b, c). */
function sumOfA(a: number, b: number, c: number): number {
  const turned = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
  return (turned + ((a & b) | (c & (a | b)))) | 0
}

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++)
    if (number % divisor === 0) return false
  return true
}

function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32) | 0
}

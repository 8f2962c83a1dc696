/**
 * JSON web tokens: three parts of base64url (RFC 7515 §7.1), of which the first is a JSON object with `alg` (RFC 7515 §4.1.1);
 * `eyJ` is what `{"` becomes. The signature may be missing (an unsigned or cut token still shows its claims); JWE has five parts.
 */
import { findingBytesMax, type Detector } from '../detector.ts'
import { characterOf, characters, alphanumericBits } from './characters.ts'

const base64urlBits = alphanumericBits | characterOf.dash | characterOf.underscore
const dot = 0x2e
/** A header with certificates (x5c) is longer; then its algorithm stands in front, or it isn't known as a token. */
const headerBytesMax = 1024
const partsMax = 5
const payloadBytesMin = 8

/** The end of the run of base64url from `at`, at most `bytesMax` on. */
function runEnd(bytes: Uint8Array, at: number, end: number, bytesMax: number): number {
  const ceiling = Math.min(end, at + bytesMax)
  let position = at
  while (position < ceiling && (characters[bytes[position]!]! & base64urlBits) !== 0) position++
  return position
}

export const jwt: Detector = {
  name: 'jwt',
  on: 'literal',
  exact: true,
  literals: ['eyJ'],
  within: 'token',
  behind: 0,
  confirm(scan, at, afterPrefix) {
    const { bytes, start, end } = scan
    if (
      at > start &&
      (characters[bytes[at - 1]!]! & base64urlBits) !== 0 &&
      !isEscape(bytes, start, at)
    )
      return
    const headerEnd = runEnd(bytes, afterPrefix, end, headerBytesMax)
    if (headerEnd >= end || bytes[headerEnd] !== dot || !isHeader(bytes, at, headerEnd)) return
    const payload = headerEnd + 1
    const limit = at + findingBytesMax
    let to = runEnd(bytes, payload, end, limit - payload)
    // A JWE with a direct key has an empty second part (RFC 7518 §4.5).
    if (to - payload < payloadBytesMin && !(to === payload && bytes[to] === dot)) return
    for (let part = 2; part < partsMax && to < end && bytes[to] === dot; part++) {
      const next = runEnd(bytes, to + 1, end, limit - to - 1)
      if (next === to + 1) break
      to = next
    }
    if (to > payload) scan.add(at, to, 'JWT', 'certain', 'jwt')
  },
}

/** `\n` of JSON, `%3D` of URLs: their letters are no part of the token. */
function isEscape(bytes: Uint8Array, start: number, at: number): boolean {
  if (at - 2 >= start && bytes[at - 2] === 0x5c) return true
  return at - 3 >= start && bytes[at - 3] === 0x25
}

const sextetOf = new Uint8Array(256)
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
for (let value = 0; value < alphabet.length; value++) sextetOf[alphabet.charCodeAt(value)] = value

const header = new Uint8Array((headerBytesMax / 4) * 3)

/** Whether base64url from `at` to `to` is a JSON object with a text as `alg`: no letter of it is allocated. */
function isHeader(bytes: Uint8Array, at: number, to: number): boolean {
  if ((to - at) % 4 === 1) return false
  let length = 0
  let bits = 0
  let held = 0
  for (let position = at; position < to; position++) {
    held = ((held << 6) | sextetOf[bytes[position]!]!) & 0xffff
    bits += 6
    if (bits < 8 || length === header.length) continue
    bits -= 8
    header[length++] = (held >>> bits) & 0xff
  }
  while (length > 0 && header[length - 1]! <= 0x20) length--
  if (header[length - 1] !== 0x7d) return false
  return hasAlgorithm(length)
}

const algorithm = [0x22, 0x61, 0x6c, 0x67, 0x22] // "alg"

function hasAlgorithm(length: number): boolean {
  for (let from = 1; from + algorithm.length < length; from++) {
    let matched = 0
    while (matched < algorithm.length && header[from + matched] === algorithm[matched]) matched++
    if (matched < algorithm.length) continue
    let after = from + matched
    while (after < length && header[after]! <= 0x20) after++
    if (header[after] === 0x3a) return true
  }
  return false
}

/**
 * Private keys as text: PEM of all kinds (RFC 7468, RFC 1421; OpenSSH's PROTOCOL.key), PGP blocks (RFC 9580 §6.2), PuTTY's files
 * (PuTTY manual, appendix C). The finding is the whole block, cut off at {@link pemBytesMax}; without an end mark, what looks like it.
 */
import { pemBytesMax, type Detector } from '../detector.ts'
import { alphanumericBits, characterOf, characters, isAt } from './characters.ts'

const dash = 0x2d
const headingBytesMax = 48
const base64BytesMin = 32

/** What may stand within a block: base64, blanks and line ends, also as `\n` of JSON, and header lines (`DEK-Info: AES-128-CBC,…`). */
const within = new Uint8Array(256)
for (let byte = 0; byte < 256; byte++) {
  const bits = alphanumericBits | characterOf.base64 | characterOf.equals
  if ((characters[byte]! & bits) !== 0) within[byte] = 1
}
for (const mark of ' \t\r\n\\-:,.()@<>"\'_') within[mark.charCodeAt(0)] = 1

export const pemPrivateKey: Detector = {
  name: 'private_key',
  on: 'literal',
  exact: true,
  // Without `PR`, which begins too many words (looked-for.ts).
  literals: ['IVATE KEY'],
  ahead: pemBytesMax,
  behind: headingBytesMax + 8,
  confirm(scan, literal, wordEnd) {
    const { bytes, start, end } = scan
    const at = literal - 2
    if (at < start || !isAt(bytes, at, end, 'private')) return
    const from = headingStart(bytes, start, at)
    if (from === -1) return
    let body = isAt(bytes, wordEnd, end, ' block') ? wordEnd + 6 : wordEnd
    if (bytes[body] === 0x20) body++
    const dashes = body
    while (body < end && bytes[body] === dash && body - dashes < 5) body++
    if (body - dashes < 4) return
    const to = blockEnd(bytes, body, Math.min(end, from + pemBytesMax))
    if (to !== -1) scan.add(from, to, 'PRIVATE_KEY', 'certain', 'private_key')
  },
}

/** Where the dashes of `-----BEGIN RSA ` begin that end before `at`, or -1. */
function headingStart(bytes: Uint8Array, start: number, at: number): number {
  const floor = Math.max(start, at - headingBytesMax)
  let position = at
  while (position > floor && bytes[position - 1] !== dash) {
    const byte = bytes[position - 1]!
    if (byte !== 0x20 && (characters[byte]! & alphanumericBits) === 0) return -1
    position--
  }
  if (!isAt(bytes, bytes[position] === 0x20 ? position + 1 : position, at, 'begin ')) return -1
  const dashes = position
  while (position > floor && bytes[position - 1] === dash && dashes - position < 5) position--
  return dashes - position >= 4 ? position : -1
}

/** After the `-----END …-----` of the block, or where it stops to look like one; -1 if there is no key in it. */
function blockEnd(bytes: Uint8Array, body: number, end: number): number {
  let base64 = 0
  let at = body
  while (at < end && within[bytes[at]!] === 1) {
    if (bytes[at] === dash && isAt(bytes, at, end, '---')) break
    if (bytes[at]! > 0x20 && bytes[at] !== 0x5c) base64++
    at++
  }
  if (base64 < base64BytesMin) return -1
  return endMark(bytes, at, end)
}

function endMark(bytes: Uint8Array, at: number, end: number): number {
  let position = at
  while (position < end && bytes[position] === dash && position - at < 5) position++
  if (bytes[position] === 0x20) position++
  if (!isAt(bytes, position, end, 'end ')) return at
  const ceiling = Math.min(end, position + headingBytesMax)
  while (position < ceiling && bytes[position] !== dash && bytes[position]! >= 0x20) position++
  const dashes = position
  while (position < end && bytes[position] === dash && position - dashes < 5) position++
  return position
}

/** `Private-Lines: 8`, then that many lines, then `Private-MAC:`. */
export const puttyPrivateKey: Detector = {
  name: 'putty_private_key',
  on: 'literal',
  exact: true,
  literals: ['e-Lines: '],
  ahead: pemBytesMax,
  behind: 6,
  confirm(scan, literal, afterName) {
    const { bytes } = scan
    const at = literal - 6
    if (at < scan.start || !isAt(bytes, at, literal, 'privat')) return
    const end = Math.min(scan.end, at + pemBytesMax)
    let position = afterName
    while (position < end && (characters[bytes[position]!]! & characterOf.digit) !== 0) position++
    if (position === afterName || position - afterName > 4) return
    const to = blockEnd(bytes, position, end)
    if (to !== -1) scan.add(at, to, 'PRIVATE_KEY', 'certain', 'putty_private_key')
  },
}

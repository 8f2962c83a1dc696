/** Passwords in URLs (RFC 3986 §3.2.1): `postgres://app:…@db/orders`. The finding is the password alone; who and where stay readable. */
import type { Detector } from '../detector.ts'
import { alphanumericBits, bytesOf, characters, isAt, letterBits } from './characters.ts'
import { isPlaceholder } from './placeholder.ts'

const userinfoBytesMax = 320
const colon = 0x3a
const at = 0x40
/** What ends the authority, or can't be in it. */
const ends = bytesOf('/?#"\'<>`|\\^ ')
for (let byte = 0; byte < 0x20; byte++) ends[byte] = 1

export const urlPassword: Detector = {
  name: 'url_password',
  on: 'literal',
  exact: true,
  literals: ['://'],
  within: 'token',
  ahead: userinfoBytesMax + 32,
  behind: 0,
  confirm(scan, schemeEnd, authority) {
    const { bytes, start, end } = scan
    if (schemeEnd === start || (characters[bytes[schemeEnd - 1]!]! & alphanumericBits) === 0) return
    const ceiling = Math.min(end, authority + userinfoBytesMax)
    let password = -1
    let last = -1
    let position = authority
    for (; position < ceiling && ends[bytes[position]!] === 0; position++) {
      if (bytes[position] === colon && password === -1) password = position + 1
      else if (bytes[position] === at) last = position
    }
    if (password === -1 || last <= password) return
    if (last + 1 >= end || !isHost(bytes[last + 1]!)) return
    const isGem = isAt(bytes, last + 1, end, 'gems.contribsys.com')
    // Sidekiq's licences are a name and a password of the same kind.
    if (isGem) scan.add(authority, last, 'PASSWORD', 'certain', 'sidekiq_license')
    else if (!isPlaceholder(bytes, password, last) && !isSame(bytes, authority, password, last))
      scan.add(password, last, 'PASSWORD', 'certain', 'url_password')
  },
}

function isHost(byte: number): boolean {
  return (characters[byte]! & alphanumericBits) !== 0 || byte === 0x5b || byte >= 0x80
}

/** `user:user`, `test:test`: from examples. */
function isSame(bytes: Uint8Array, user: number, password: number, to: number): boolean {
  if (to - password !== password - 1 - user) return false
  for (let index = 0; password + index < to; index++)
    if (bytes[user + index] !== bytes[password + index]) return false
  return (characters[bytes[user]!]! & letterBits) !== 0
}

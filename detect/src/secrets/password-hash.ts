/**
 * Hashes of passwords in the forms of crypt(5) and of databases: unmistakable, and worth as much as the password to whoever guesses it. PostgreSQL:
 * pg_authid.rolpassword (SCRAM verifiers; `md5` with 32 hex digits); Django and Werkzeug: `pbkdf2_sha256$…`.
 */
import type { Detector } from '../detector.ts'
import { isHex } from './looks-random.ts'
import { alphanumericBits, characterOf, tokenMayBegin } from './characters.ts'
import { Run } from './run.ts'
import { windowEntropy } from './window-entropy.ts'

/** `:` and `,` between the parts; `$` is counted. */
const part = new Run(
  alphanumericBits |
    characterOf.base64 |
    characterOf.equals |
    characterOf.dot |
    characterOf.underscore |
    characterOf.dash,
  ':,',
)
const bytesMax = 400
const dollar = 0x24
/** Behind the mark: of Argon2 there are four. More is a row of begins. */
const partsMax = 6

/** Text in front, and how many bytes the whole has at least. */
const marks: readonly (readonly [mark: string, bytesMin: number])[] = [
  ['$2a$', 60],
  ['$2b$', 60],
  ['$2y$', 60],
  ['$argon2', 40],
  ['$scrypt$', 40],
  ['$pbkdf2', 40],
  ['$yescrypt$', 40],
  ['pbkdf2_sha', 40],
  ['pbkdf2:sha', 40],
  ['scrypt:32768:', 60],
  ['SCRAM-SHA-256$', 100],
  ['{SSHA}', 30],
  ['{SSHA512}', 60],
]

export const passwordHash: Detector = {
  name: 'password_hash',
  on: 'literal',
  exact: true,
  literals: marks.map(([mark]) => mark),
  around: () => ({ tokenBefore: 0 }),
  within: 'token',
  ahead: bytesMax + 2,
  behind: 0,
  confirm(scan, at, afterMark) {
    const { bytes, start, end } = scan
    // Within another one, that was looked at from its begin.
    if (!tokenMayBegin(bytes, start, at) || (at > start && bytes[at - 1] === dollar)) return
    const mark = marks.find(([text]) => isText(bytes, at, afterMark, text))
    if (mark === undefined) return
    const ceiling = Math.min(end, at + bytesMax)
    // Werkzeug's has its parameters next.
    if (bytes[afterMark - 1] === 0x3a && !isDigit(bytes[afterMark])) return
    let to = part.end(scan, afterMark, ceiling - afterMark)
    for (let parts = 1; to < ceiling && bytes[to] === dollar; parts++) {
      if (parts > partsMax) return
      to = part.end(scan, to + 1, ceiling - to - 1)
    }
    if (to - at < mark[1] || windowEntropy(scan, afterMark, to) < 4) return
    scan.add(at, to, 'PASSWORD', 'certain', 'password_hash')
  },
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

function isText(bytes: Uint8Array, at: number, to: number, text: string): boolean {
  if (to - at !== text.length) return false
  for (let index = 0; index < text.length; index++)
    if (bytes[at + index] !== text.charCodeAt(index)) return false
  return true
}

const md5Bytes = 35

/** PostgreSQL's older form: `md5` and 32 hex digits. */
export const md5Password: Detector = {
  name: 'md5_password',
  on: 'word',
  bytes: [md5Bytes, md5Bytes],
  digits: 'some',
  startsWith: 'm',
  within: 'token',
  ahead: md5Bytes + 1,
  behind: 0,
  confirm(scan, at, to) {
    if (isText(scan.bytes, at, at + 3, 'md5') && isHex(scan.bytes, at + 3, to))
      scan.add(at, to, 'PASSWORD', 'likely', 'md5_password')
  },
}

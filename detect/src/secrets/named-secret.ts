/**
 * Secrets without a format of their own, by the name that they are assigned to: passwords, tokens, keys. The name alone is no
 * finding: the value must be one (password-level.ts, looks-random.ts), and no placeholder, reference or code (placeholder.ts).
 */
import { asciiOf } from '../byte-classes.ts'
import { findingBytesMax, type Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'
import { wordSet } from '../words.ts'
import {
  assignmentAt,
  assignmentBytesMax,
  behindTellingWord,
  elementAt,
  nameEnd,
  type Assignment,
} from './assignment.ts'
import { characters, isAt, letterBits } from './characters.ts'
import { aroundName, LookedForNames } from './looked-for.ts'
import { isHex, isUuid, looksRandom } from './looks-random.ts'
import {
  isAfterLogin,
  isOption,
  isWithinWord,
  wordBeforeEnd,
  wordBeforeStart,
} from './name-around.ts'
import { isAddress, isFollowedByCode, passwordLevel } from './password-level.ts'
import { isPlaceholder } from './placeholder.ts'

const onLine = { within: 'line', ahead: assignmentBytesMax, behind: 0 } as const

const bareTokenMin = 16

/** In front of `token`: what makes it none. */
const harmlessBefore = wordSet(
  'public publishable next page continuation cursor cancellation cancel pagination sync resume max min stop eos bos pad sep unk cls mask ' +
    'prompt completion input output total num count',
)

/** In front of `_key`: what makes it a secret. Without, it is a key of a map or of a table. */
const secretBefore = wordSet(
  'api secret access auth private encryption encrypt decryption signing sign signature master service app application account storage ' +
    'shared deploy deployment session consumer license licence client admin webhook hmac jwt aes cipher crypto symmetric subscription ' +
    'functions function ssh gpg pgp live test prod role integration write ingest rest project server developer dev root data recovery ' +
    'security user partner merchant sas host maps bot iam cos cloud ibm',
)

const lastOfSecretBefore = [...secretBefore].map((word) => word.slice(-1)).join('')

/** `password`, `passwd`, `passwort`, `passphrase`, `passcode`: how much of it follows `pass`; 0 if it is something else. */
function passwordRest(bytes: Uint8Array, at: number, end: number): number {
  switch (at < end ? bytes[at]! | 0x20 : 0) {
    case 0x77:
      if (isAt(bytes, at, end, 'word') || isAt(bytes, at, end, 'wort')) return 4
      return isAt(bytes, at, end, 'wd') ? 2 : 0
    case 0x70:
      return isAt(bytes, at, end, 'phrase') ? 6 : 0
    case 0x63:
      return isAt(bytes, at, end, 'code') ? 4 : 0
    default:
      return 0
  }
}

/** Of {@link passwordRest}. */
const firstOfRests = 'wpc'

const namedPassword: Detector = {
  name: 'named_password',
  on: 'literal',
  exact: false,
  literals: ['pass', 'pwd', 'nnwort'],
  around: (literal) => ({
    followedBy: behindTellingWord + (literal === 'pass' ? firstOfRests : ''),
  }),
  ...onLine,
  confirm(scan, at, literalEnd) {
    const { bytes, end } = scan
    const isPass = literalEnd - at === 4
    const rest = isPass ? passwordRest(bytes, literalEnd, end) : 0
    const isBare = isPass && rest === 0
    if (isBare && isWithinWord(scan, at)) return
    const name = nameEnd(bytes, literalEnd + rest, end)
    if (name === -1) return
    const isOfCommand = isOption(scan, at)
    const blank = isOfCommand || isAfterLogin(scan, at) ? 'any' : isBare ? 'no' : 'quoted'
    const value = assignmentAt(scan, name, blank)
    if (value !== undefined) addPassword(scan, value, isBare && !isOfCommand)
  },
}

const tokenNames = new LookedForNames([
  ...[
    'token',
    'secret',
    'cr|edential',
    'a|pikey',
    'acce|sskey',
    'a|ccountkey',
    'au|thkey',
    'a|ppkey',
  ],
  ...['priva|tekey', 'mast|erkey', 'signi|ngkey', 'encrypti|onkey', 'licen|sekey', 'pa|sskey'],
])

const namedToken: Detector = {
  name: 'named_token',
  on: 'literal',
  exact: false,
  literals: tokenNames.literals,
  around: (literal) => aroundName(behindTellingWord, tokenNames.lettersBefore(literal)),
  ...onLine,
  confirm(scan, literal, literalEnd) {
    if (isBeforeShortWord(scan, literalEnd)) return
    const at = tokenNames.begin(scan, literal, literalEnd)
    if (at === -1) return
    const value = valueOf(scan, at, literalEnd, 'any')
    if (value === undefined || isPrecededBy(scan, at, harmlessBefore)) return
    const isTold = value.by !== 'blank' || value.isQuoted || isLongToken(scan.bytes, value)
    if (isTold) addToken(scan, value)
  },
}

const namedKey: Detector = {
  name: 'named_key',
  on: 'literal',
  exact: false,
  literals: ['_key', '-key', ' key'],
  around: () => ({ after: lastOfSecretBefore, followedBy: behindTellingWord }),
  ...onLine,
  confirm(scan, at, literalEnd) {
    if (!isPrecededBy(scan, at, secretBefore)) return
    const value = valueOf(scan, at, literalEnd)
    if (value !== undefined) addToken(scan, value)
  },
}

/** npm's `_auth=`, Docker's `"auth": "…"`, `GITHUB_PAT=`, `X-Auth:`; a signature of Azure's storage: `&sig=`. */
const namedAuth: Detector = {
  name: 'named_auth',
  on: 'literal',
  exact: false,
  literals: ['_auth', '-auth', '"auth"', '_pat', '&sig', '?sig', '_dsn'],
  around: () => ({ followedBy: behindTellingWord }),
  ...onLine,
  confirm(scan, at, literalEnd) {
    const value = valueOf(scan, at, literalEnd)
    if (value !== undefined) addToken(scan, value)
  },
}

/** `<token>…</token>`: the value may stand on the next line. Literals that begin as no name above does: streams wait for these alone. */
const namedElement: Detector = {
  name: 'named_element',
  on: 'literal',
  exact: false,
  literals: ['oken>', 'ecret>', 'ikey>', 'skey>', 'sword>', 'swd>', 'phrase>'],
  ahead: findingBytesMax,
  behind: 0,
  confirm(scan, _, literalEnd) {
    const value = elementAt(scan, literalEnd)
    if (value === undefined) return
    const last = scan.bytes[literalEnd - 2]! | 0x20
    if (last === 0x64 || last === 0x65) addPassword(scan, value, false)
    else addToken(scan, value)
  },
}

export const namedSecrets: readonly Detector[] = [
  namedPassword,
  namedToken,
  namedKey,
  namedAuth,
  namedElement,
]

/** What is assigned to the name whose last telling word stands from `at` to `wordEnd`. */
function valueOf(
  scan: Scan,
  at: number,
  wordEnd: number,
  blank: 'no' | 'any' = 'no',
): Assignment | undefined {
  const name = nameEnd(scan.bytes, wordEnd, scan.end)
  if (name === -1) return undefined
  return assignmentAt(scan, name, isOption(scan, at) ? 'any' : blank)
}

/** `the token is wrong`: so short a word behind nothing but a blank is no token. */
function isBeforeShortWord({ bytes, end }: Scan, at: number): boolean {
  if (bytes[at] !== asciiOf.space) return false
  const ceiling = Math.min(end, at + bareTokenMin)
  let to = at + 1
  while (to < ceiling && (characters[bytes[to]!]! & letterBits) !== 0) to++
  // An `=` may stand behind it and more blanks (`token string = "…"`).
  return (
    to > at + 1 &&
    to + 1 < ceiling &&
    bytes[to] === asciiOf.space &&
    (characters[bytes[to + 1]!]! & letterBits) !== 0
  )
}

/** `invalid token 8fj29dk20sl39dkw`: with nothing but a blank between, a word that is no hash. */
function isLongToken(bytes: Uint8Array, { from, to }: Assignment): boolean {
  return to - from >= bareTokenMin && !isHex(bytes, from, to)
}

function isPrecededBy(scan: Scan, at: number, words: ReturnType<typeof wordSet>): boolean {
  // `_key`: the separator belongs to the candidate.
  const isSeparated = wordBeforeEnd(scan.bytes, scan.start, at + 1) === at
  const from = wordBeforeStart(scan, isSeparated ? at + 1 : at)
  const to = wordBeforeEnd(scan.bytes, scan.start, isSeparated ? at + 1 : at)
  return from < to && words.hasIn(scan.bytes, from, to)
}

function addPassword(scan: Scan, value: Assignment, isWeak: boolean): void {
  const level = passwordLevel(scan, value, isWeak)
  if (level !== undefined) scan.add(value.from, value.to, 'PASSWORD', level, 'named_password')
}

/** Adds a finding if the value is a token. `name`: of the finding's detector. */
export function addToken(scan: Scan, value: Assignment, name: string = 'named_token'): void {
  const { from, to } = value
  if (isFollowedByCode(scan, value)) return
  const fits = isUuid(scan.bytes, from, to) || looksRandom(scan.bytes, from, to)
  if (!fits || isAddress(scan.bytes, from, to) || isPlaceholder(scan.bytes, from, to)) return
  scan.add(from, to, 'API_KEY', 'likely', name)
}

/**
 * Secrets without a format of their own, by the name that they are assigned to: passwords, tokens, keys. The name alone is no
 * finding: the value must be one (looks-random.ts), and no placeholder, reference or code (placeholder.ts).
 */
import type { TouchLevel } from '@gatetrail/schemas'
import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'
import { wordSet } from '../words.ts'
import { assignmentAt, nameEnd, type Assignment } from './assignment.ts'
import { characterOf, characters, isAt, letterBits } from './characters.ts'
import { isName, isUuid, looksRandom } from './looks-random.ts'
import { isCode, isPlaceholder } from './placeholder.ts'

const { digit, lowerHex, lower } = characterOf
const lowerBits = lowerHex | lower
const dash = 0x2d
const nameBytesMax = 64
const passwordBytesMax = 256

/** In front of `token`, `secret`: what makes it none. */
const harmlessBefore = wordSet(
  'public publishable next page continuation cursor cancellation cancel pagination sync resume max min stop eos bos pad sep unk cls mask ' +
    'prompt completion input output total num count',
)

/** In front of `_key`: what makes it one. Without, it is a key of a map or of a table. */
const secretBefore = wordSet(
  'api secret access auth private encryption encrypt decryption signing sign signature master service app application account storage ' +
    'shared deploy deployment session consumer license licence client admin webhook hmac jwt aes cipher crypto symmetric subscription ' +
    'functions function ssh gpg pgp live test prod role integration write ingest rest project server developer dev root data recovery ' +
    'security user partner merchant sas host okta algolia clickhouse sumo datadog dd newrelic mailgun mailchimp sendgrid stripe twilio ' +
    'openai anthropic cohere gemini azure aws gcp google cloudflare heroku asana trello jira rapid rapidapi maps bot iam cos hmac cloud ibm',
)

/** `password`, `passwd`, `passphrase`, `passwort`, `passcode`: what follows `pass`. */
const passwordRests = ['word', 'wd', 'phrase', 'wort', 'code']

export const namedPassword: Detector = {
  name: 'named_password',
  on: 'literal',
  exact: false,
  literals: ['pass', 'pwd', 'kennwort'],
  confirm(scan, at, literalEnd) {
    const { bytes, end } = scan
    const rest =
      literalEnd - at === 4 ? passwordRests.find((text) => isAt(bytes, literalEnd, end, text)) : ''
    const isWeak = rest === undefined
    if (isWeak && isWithinWord(scan, at)) return
    const name = nameEnd(bytes, literalEnd + (rest ?? '').length, end)
    if (name === -1) return
    const blank = isOption(scan, at) ? 'any' : isWeak ? 'no' : 'quoted'
    const value = assignmentAt(bytes, name, end, blank)
    if (value === undefined) return
    const level = passwordLevel(scan, value, isWeak && !isOption(scan, at))
    if (level !== undefined) scan.add(value.from, value.to, 'PASSWORD', level, 'named_password')
  },
}

export const namedToken: Detector = {
  name: 'named_token',
  on: 'literal',
  exact: false,
  literals: [
    'token',
    'secret',
    'apikey',
    'credential',
    'accesskey',
    'accountkey',
    'authkey',
    'privatekey',
    'masterkey',
    'signingkey',
    'encryptionkey',
    'appkey',
    'licensekey',
    'passkey',
  ],
  confirm(scan, at, literalEnd) {
    const name = nameEnd(scan.bytes, literalEnd, scan.end)
    if (name === -1) return
    const value = assignmentAt(scan.bytes, name, scan.end, isOption(scan, at) ? 'any' : 'no')
    if (value === undefined || harmlessBefore.has(wordBefore(scan, at))) return
    addToken(scan, value)
  },
}

export const namedKey: Detector = {
  name: 'named_token',
  on: 'literal',
  exact: false,
  literals: ['_key', '-key', '_auth', '"auth"', '_pat', ' key'],
  confirm(scan, at, literalEnd) {
    const name = nameEnd(scan.bytes, literalEnd, scan.end)
    if (name === -1) return
    const value = assignmentAt(scan.bytes, name, scan.end, isOption(scan, at) ? 'any' : 'no')
    if (value === undefined) return
    const isKey = (scan.bytes[at + 1]! | 0x20) === 0x6b
    if (isKey && !secretBefore.has(wordBefore(scan, at))) return
    addToken(scan, value)
  },
}

function addToken(scan: Scan, value: Assignment): void {
  const { from, to } = value
  if (isFollowedByCode(scan, value)) return
  const fits = isUuid(scan.bytes, from, to) || looksRandom(scan.bytes, from, to)
  if (!fits || isAddress(scan.bytes, from, to) || isPlaceholder(scan.bytes, from, to)) return
  scan.add(from, to, 'API_KEY', 'likely', 'named_token')
}

function passwordLevel(scan: Scan, value: Assignment, isWeak: boolean): TouchLevel | undefined {
  const { bytes } = scan
  const { from, to, isQuoted, by, isAttached } = value
  if (to - from > passwordBytesMax || (by === 'blank' && bytes[from] === dash)) return undefined
  if (isPlaceholder(bytes, from, to) || isFollowedByCode(scan, value)) return undefined
  const kind = kindOf(bytes, from, to)
  if (by === 'comma') return looksRandom(bytes, from, to) ? 'likely' : undefined
  if (kind === 'words') return isQuoted && by !== 'colon' ? 'possible' : undefined
  if (kind === 'number') {
    if (isWeak || (!isQuoted && to - from < 5)) return undefined
    return to - from >= 4 ? 'likely' : undefined
  }
  if (kind === 'name') return nameLevel(bytes, value, isWeak)
  if (isQuoted) return 'likely'
  if (isAddress(bytes, from, to) || isCode(bytes, from, to)) return undefined
  return isWeak && !isAttached && !looksRandom(bytes, from, to) ? undefined : 'likely'
}

/** Of letters only: a password, a label of a form, or a variable. */
function nameLevel(
  bytes: Uint8Array,
  { from, to, isQuoted, by, isAttached }: Assignment,
  isWeak: boolean,
): TouchLevel | undefined {
  for (let at = from; at < to; at++) {
    const byte = bytes[at]! | 0x20
    if (byte !== 0x70 && byte !== 0x73) continue
    if (isAt(bytes, at, to, 'pass') || isAt(bytes, at, to, 'secret') || isAt(bytes, at, to, 'pwd'))
      return undefined
  }
  const isLetters = lettersEnd(bytes, from, to) === to
  if (isQuoted) {
    const isLowerFirst = (characters[bytes[from]!]! & lowerBits) !== 0
    return by !== 'colon' || isLowerFirst ? 'likely' : 'possible'
  }
  if (by === 'blank' || by === 'element') return 'likely'
  if (isWeak || !isAttached || by !== 'equals') return undefined
  return isLetters ? 'likely' : 'possible'
}

function lettersEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  while (at < to && (characters[bytes[at]!]! & letterBits) !== 0) at++
  return at
}

type Kind = 'words' | 'number' | 'name' | 'mixed'

function kindOf(bytes: Uint8Array, from: number, to: number): Kind {
  let digits = 0
  for (let at = from; at < to; at++) {
    if (bytes[at]! <= 0x20) return 'words'
    if ((characters[bytes[at]!]! & digit) !== 0) digits++
  }
  if (digits === to - from) return 'number'
  return isName(bytes, from, to) ? 'name' : 'mixed'
}

/** A path, or a URL: what is secret in a URL is found there. */
function isAddress(bytes: Uint8Array, from: number, to: number): boolean {
  if (isAt(bytes, from, to, './') || isAt(bytes, from, to, '../') || isAt(bytes, from, to, '~/'))
    return true
  if (bytes[from] === 0x2f && !looksRandom(bytes, from, to)) return true
  for (let at = from; at + 3 <= to; at++)
    if (bytes[at] === 0x3a && isAt(bytes, at, to, '://')) return true
  return false
}

/** `password = read(…)`, `token = tokens[…]`, `connect(password=pw)`. */
function isFollowedByCode({ bytes, end }: Scan, { from, to, isQuoted }: Assignment): boolean {
  if (isQuoted || to >= end) return false
  const after = bytes[to]!
  if (after === 0x28 || after === 0x5b) return true
  return after === 0x29 && isName(bytes, from, to)
}

/** The word that ends before `at`, in lower case; separators between are passed over. */
function wordBefore({ bytes, start }: Scan, at: number): string {
  const floor = Math.max(start, at - nameBytesMax)
  let to = at
  while (to > floor && (bytes[to - 1] === 0x5f || bytes[to - 1] === dash || bytes[to - 1] === 0x2e))
    to--
  let word = ''
  for (let position = to; position > floor && word.length < 16; position--) {
    const byte = bytes[position - 1]!
    if ((characters[byte]! & letterBits) === 0) break
    word = String.fromCharCode(byte | 0x20) + word
    const isUpper = (byte & 0x20) === 0
    const isLowerBefore =
      position - 1 > floor && (characters[bytes[position - 2]!]! & lowerBits) !== 0
    if (isUpper && isLowerBefore) break
  }
  return word
}

/** Whether letters of the same word stand before `at`: `bypass`, but not `dbPass` nor `DB_PASS`. */
function isWithinWord({ bytes, start }: Scan, at: number): boolean {
  if (at === start || (characters[bytes[at - 1]!]! & letterBits) === 0) return false
  const isUpper = (bytes[at]! & 0x20) === 0
  return !isUpper || (characters[bytes[at - 1]!]! & lowerBits) === 0
}

/** Whether the name at `at` is of an option of a command line: `--db-password`. */
function isOption({ bytes, start }: Scan, at: number): boolean {
  const floor = Math.max(start, at - nameBytesMax)
  let position = at
  while (position > floor) {
    const byte = bytes[position - 1]!
    if (byte !== dash && (characters[byte]! & (letterBits | digit)) === 0) break
    position--
  }
  if (position === at) return false
  const isBegin = position === start || bytes[position - 1]! <= 0x20
  return isBegin && bytes[position] === dash && bytes[position + 1] === dash
}

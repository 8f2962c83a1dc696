/** What stands where a secret will be, or where it comes from: `${TOKEN}`, `<password>`, `changeme`, `process.env.KEY`, `********`, `%s`. */
import { wordSet } from '../words.ts'
import {
  alphanumericBits,
  bytesOf,
  characterOf,
  characters,
  entropy,
  isAt,
  letterBits,
} from './characters.ts'

const wordBits = alphanumericBits | characterOf.underscore
const space = 0x20

/** Anywhere in a value, in lower case; the last is `…` in UTF-8. */
const tellingTexts = (
  '${ $( {{ }} <% %> %( %{ #{ @{ [[ %s %v %d example changeme change-me change_me change.me placeholder your- your_ your. yourtoken ' +
  'yourkey yourpass redacted masked filtered xxxxx ***** ..... insert replace dummy todo process.env os.environ getenv env. env( env[ ' +
  'secrets. secretsmanager vault: ssm: arn: function( null) => lorem &# =" =\' abcdefghijk \u00e2\u0080\u00a6'
).split(' ')

/** By first byte. */
const tellingByFirst: (string[] | undefined)[] = []
for (const text of tellingTexts) (tellingByFirst[text.charCodeAt(0)] ??= []).push(text)

/** By two bytes, 6 bits each: 1 if one of them begins so. */
const tellingPairs = new Uint8Array(1 << 12)
for (const text of tellingTexts) tellingPairs[pairOf(text.charCodeAt(0), text.charCodeAt(1))] = 1

function pairOf(first: number, second: number): number {
  return (((first | space) & 63) << 6) | ((second | space) & 63)
}

/** As the whole of a value, in lower case. */
const tellingValues = wordSet(
  'password passwd pass pwd passphrase passwort secret token key apikey api_key credentials credential user username email login name ' +
    'null none nil true false yes no on off undefined string str text bytes byte char varchar int integer number bool boolean object any ' +
    'void optional required require empty blank unset unknown hidden hide protected private public default value val input field label ' +
    'file stdin prompt ask env md5 sha1 sha256 sha512 bcrypt scrypt argon2 plain plaintext hashed encrypted encoded base64 utf8 utf-8 ascii ' +
    'foo bar baz foobar foobaz test testing todo n/a na and or not is for from to the this that self auto random generated json yaml xml function symbol scram-sha-256',
)
const tellingBytesMax = 16
/** One letter again and again: `xxxxxxxx`, `--------`. */
const repeatedEntropyMax = 1

export function isPlaceholder(bytes: Uint8Array, from: number, to: number): boolean {
  const length = to - from
  if (length <= 2 || isReference(bytes, from, to)) return true
  if (length <= tellingBytesMax && tellingValues.hasIn(bytes, from, to)) return true
  if (entropy(bytes, from, to) < repeatedEntropyMax) return true
  for (let at = from; at + 1 < to; at++) {
    const byte = bytes[at]!
    if (tellingPairs[pairOf(byte, bytes[at + 1]!)] === 0) continue
    const texts = tellingByFirst[byte >= 0x41 && byte <= 0x5a ? byte | space : byte]
    if (texts === undefined) continue
    for (const text of texts) if (isAt(bytes, at, to, text)) return true
  }
  return false
}

const referenceMarks = bytesOf('$%@:!&*')

/** `$NAME`, `$1`, `%NAME%`, `<name>`, `{name}`, `@name@`, `:name` of SQL, `!tag`, `&anchor` and `*alias` of YAML. */
function isReference(bytes: Uint8Array, from: number, to: number): boolean {
  const first = bytes[from]!
  const last = bytes[to - 1]!
  if (first === 0x3c) return true
  if (first === 0x7b && last === 0x7d) return true
  if (referenceMarks[first] === 0) return false
  let at = from + 1
  while (at < to && (characters[bytes[at]!]! & wordBits) !== 0) at++
  return at === to || (at === to - 1 && last === first)
}

/** Whether the value is code: a call, an index, a member of something. */
export function isCode(bytes: Uint8Array, from: number, to: number): boolean {
  let dots = 0
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!
    if (byte === 0x28 || byte === 0x29 || byte === 0x5b) return true
    if (byte === 0x2e) dots++
    else if ((characters[byte]! & (letterBits | wordBits)) === 0) return false
  }
  return dots > 0
}

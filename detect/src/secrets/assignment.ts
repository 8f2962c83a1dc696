/**
 * What is assigned to a name, in whatever language: `password = "x"`, `"token": "x"`, `API_KEY=x`, `secret => 'x'`, `token ?= x`, `<token>x</token>`,
 * `set("token", "x")`, `name="token" value="x"`, `PASSWORD 'x'`. Reads from the end of a word of the name. Bounded: the rest of a name, blanks and the value each have
 * a maximum, and a value without quotes ends where it has more `=` and `:` than tokens have; so names that follow each other cost no more.
 */
import type { Scan } from '../scan.ts'
import { bytesOf, characterOf, characters, isAt, letterBits } from './characters.ts'
import { keyBytesMax, unquotedEnd, valueBytesMax } from './unquoted-value.ts'
import { WordBegins } from './word-begins.ts'

export type Assignment = {
  readonly from: number
  readonly to: number
  readonly isQuoted: boolean
  /** `,` between arguments; a blank, as in SQL and on command lines; `>` of an XML element. */
  readonly by: 'equals' | 'colon' | 'comma' | 'blank' | 'element'
  /** No blank stands between the name, `=` and the value. */
  readonly isAttached: boolean
}

const tailBytesMax = 32
const tailWordsMax = 4
const blanksMax = 16
const elementBlanksMax = 64
const typeBytesMax = 16
const operatorBytesMax = 4
/** From the begin of a word of the name to behind what is looked at. */
export const assignmentBytesMax =
  16 + tailBytesMax + typeBytesMax + 5 * blanksMax + valueBytesMax + keyBytesMax

const quotes = bytesOf('"\'`')
const operators = bytesOf(':=?.+|>')
const separators = bytesOf('_-.')
const stringPrefixes = bytesOf('bBrRuUfFLN@')
const space = 0x20
const tab = 0x09
const backslash = 0x5c
const equals = 0x3d
const colon = 0x3a
const comma = 0x2c
const singleQuote = 0x27

/** Words that may follow in a name without changing what its value is: `PASSWORD_PROD`, `tokenValue2`. */
const tailWords = new WordBegins(
  's key keys value val prod dev test live staging stage base base64 b64 string str text plain plaintext raw hash new old current ' +
    'confirm confirmation confirmed again repeat encoded encrypted default main primary secondary root admin user db v header env',
)

const digits = '0123456789'
/** What may stand behind a name, or begins its next word: of all else {@link assignmentAt} knows that nothing is assigned. */
const behindName = `_-.${digits}"'\`])\\ \t:=?+|>`
/** Of a name whose last telling word is followed by others. */
export function behindNameBefore(words: WordBegins): string {
  return behindName + words.firstLetters
}
/** What stands behind the last telling word of a name that something is assigned to ({@link nameEnd}). */
export const behindTellingWord: string = behindNameBefore(tailWords)

/** Where the name ends whose last telling word ends at `at`, or -1 if its end makes it another: `tokenType`, `secret_name`. */
export function nameEnd(bytes: Uint8Array, at: number, end: number): number {
  const ceiling = Math.min(end, at + tailBytesMax)
  let position = at
  for (let words = 0; words <= tailWordsMax; words++) {
    let word = position
    while (word < ceiling && separators[bytes[word]!] === 1) word++
    while (word < ceiling && (characters[bytes[word]!]! & characterOf.digit) !== 0) word++
    if (tailWords.isNone(bytes, word, ceiling)) return -1
    let wordEnd = word
    const last = Math.min(ceiling, word + tailWords.bytesMax + 1)
    while (wordEnd < last && (characters[bytes[wordEnd]!]! & letterBits) !== 0) wordEnd++
    if (wordEnd === word) {
      // A `.` at the end is one of the operator: `$token .= "…"`; a dash one of the text.
      return word
    }
    if (!tailWords.words.hasIn(bytes, word, wordEnd)) return -1
    position = wordEnd
  }
  return -1
}

/**
 * What is assigned to the name that ends at `at`; undefined if nothing is. `blank`: whether a blank may be all that stands
 * between, as on command lines, or in front of a quote, as in SQL.
 */
export function assignmentAt(
  scan: Scan,
  at: number,
  blank: 'no' | 'quoted' | 'any',
): Assignment | undefined {
  const { bytes, end } = scan
  let position = at
  if (bytes[position] === backslash && position + 1 < end) position++
  const isQuotedName = position < end && quotes[bytes[position]!] === 1
  if (isQuotedName) position++
  else position = at
  while (
    position < end &&
    position - at < 4 &&
    (bytes[position] === 0x5d || bytes[position] === 0x29)
  )
    position++
  const afterName = position
  position = skipBlanks(bytes, position, end, blanksMax)
  if (position >= end) return undefined
  const byte = bytes[position]!
  if (isQuotedName && byte === comma) {
    const member = skipBlanks(bytes, position + 1, end, blanksMax)
    // {"name": "DB_PASSWORD", "value": "x"}
    if (isAt(bytes, member, end, '"value"')) return afterOperator(scan, member + 7, member + 7)
    return valueAt(scan, member, 'comma', false)
  }
  if (isQuotedName && position > afterName && isAt(bytes, position, end, 'value=')) {
    return valueAt(scan, position + 6, 'equals', true)
  }
  if (position > afterName && !isQuotedName) {
    const isWord = (characters[byte]! & letterBits) !== 0
    const operator = isWord ? afterType(bytes, position, end) : position
    if (operator !== -1 && operators[bytes[operator]!] === 1) position = operator
    else if (blank === 'any' || (blank === 'quoted' && byte === singleQuote))
      return valueAt(scan, position, 'blank', false)
    else return undefined
  }
  return afterOperator(scan, afterName, position)
}

/** `var token string = "…"`: after the type, if an `=` follows; else -1. */
function afterType(bytes: Uint8Array, at: number, end: number): number {
  const ceiling = Math.min(end, at + typeBytesMax)
  let position = at
  while (position < ceiling && (characters[bytes[position]!]! & letterBits) !== 0) position++
  position = skipBlanks(bytes, position, end, blanksMax)
  return position < end && bytes[position] === equals ? position : -1
}

function afterOperator(scan: Scan, afterName: number, at: number): Assignment | undefined {
  const { bytes, end } = scan
  let position = at
  let hasEquals = false
  let hasColon = false
  while (position < end && position - at < operatorBytesMax && operators[bytes[position]!] === 1) {
    hasEquals ||= bytes[position] === equals
    hasColon ||= bytes[position] === colon
    position++
  }
  if (position === at) return undefined
  if (!hasEquals && !hasColon) return undefined
  if (!hasEquals && position - at > 1) return undefined
  const value = skipBlanks(bytes, position, end, blanksMax)
  const isAttached = at === afterName && value === position
  return (
    typedValue(scan, value, hasEquals) ??
    valueAt(scan, value, hasEquals ? 'equals' : 'colon', isAttached)
  )
}

/** `password: string = "…"` */
function typedValue(scan: Scan, at: number, hasEquals: boolean): Assignment | undefined {
  const { bytes, end } = scan
  if (hasEquals || at >= end || (characters[bytes[at]!]! & letterBits) === 0) return undefined
  const operator = afterType(bytes, at, end)
  if (operator === -1 || bytes[operator - 1] !== space) return undefined
  const value = skipBlanks(bytes, operator + 1, end, blanksMax)
  return value < end && quotes[bytes[value]!] === 1
    ? valueAt(scan, value, 'equals', false)
    : undefined
}

function skipBlanks(bytes: Uint8Array, at: number, end: number, bytesMax: number): number {
  const ceiling = Math.min(end, at + bytesMax)
  let position = at
  while (position < ceiling && (bytes[position] === space || bytes[position] === tab)) position++
  return position
}

/** What stands in the element whose tag ends before `at`, and is all that does: on the next line too. */
export function elementAt(scan: Scan, at: number): Assignment | undefined {
  const { bytes, end } = scan
  const value = valueAt(scan, skipLines(bytes, at, end), 'element', false)
  if (value === undefined) return undefined
  return isAt(bytes, skipLines(bytes, value.to, end), end, '</') ? value : undefined
}

function skipLines(bytes: Uint8Array, at: number, end: number): number {
  const ceiling = Math.min(end, at + elementBlanksMax)
  let position = at
  while (position < ceiling && isBlank(bytes[position]!)) position++
  return position
}

function isBlank(byte: number): boolean {
  return byte === space || byte === tab || byte === 0x0a || byte === 0x0d
}

function valueAt(
  scan: Scan,
  at: number,
  by: Assignment['by'],
  isAttached: boolean,
): Assignment | undefined {
  const { bytes, end } = scan
  let position = at
  if (position + 1 < end && stringPrefixes[bytes[position]!] === 1) {
    if (quotes[bytes[position + 1]!] === 1) position++
  }
  let backslashes = 0
  while (position < end && backslashes < 3 && bytes[position] === backslash) {
    position++
    backslashes++
  }
  if (position < end && quotes[bytes[position]!] === 1) {
    const to = quotedEnd(bytes, position, end, backslashes > 0)
    return to > position + 1
      ? { from: position + 1, to, isQuoted: true, by, isAttached }
      : undefined
  }
  if (backslashes > 0 || by === 'comma') return undefined
  const to = unquotedEnd(scan, at)
  return to > at ? { from: at, to, isQuoted: false, by, isAttached } : undefined
}

/** Before the closing quote; where the line or the text ends without one, there. -1 if it is too long. */
function quotedEnd(bytes: Uint8Array, at: number, end: number, isEscaped: boolean): number {
  const quote = bytes[at]!
  const ceiling = Math.min(end, at + 1 + valueBytesMax)
  let position = at + 1
  while (position < ceiling) {
    const byte = bytes[position]!
    if (byte === quote) {
      // '' is a quote within a text of SQL.
      const isDoubled = quote === singleQuote && position + 1 < end && bytes[position + 1] === quote
      if (!isDoubled) return position
      position++
    } else if (byte === backslash) {
      if (isEscaped) return position
      position++
    } else if (byte < space) return position
    position++
  }
  return ceiling === end ? end : -1
}

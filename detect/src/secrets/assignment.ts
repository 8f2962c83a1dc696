/**
 * What is assigned to a name, in whatever language: `password = "x"`, `"token": "x"`, `API_KEY=x`, `secret => 'x'`, `token ?= x`, `<token>x</token>`,
 * `set("token", "x")`, `name="token" value="x"`, `PASSWORD 'x'`. Reads from the end of a word of the name. Bounded: the rest of a name, blanks and the value each have
 * a maximum, and a value without quotes ends where it has more `=` and `:` than tokens have; so names that follow each other cost no more.
 */
import { alphanumericBits, characterOf, characters, isAt, letterBits } from './characters.ts'
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
export const valueBytesMax = 2048
const innerMarksMax = 6
const keyBytesMax = 32
/** From the begin of a word of the name to behind what is looked at. */
export const assignmentBytesMax =
  16 + tailBytesMax + typeBytesMax + 5 * blanksMax + valueBytesMax + keyBytesMax

const quotes = bytesOf('"\'`')
const operators = bytesOf(':=?.+|>')
const marks = bytesOf('=:')
const separators = bytesOf('_-.')
/** Where a value without quotes ends; at `,` and `&` only where another value may begin. */
const ends = bytesOf(' \t\r\n"\'`<>()[]{}\\;')
const betweenPairs = bytesOf(',&')
const stringPrefixes = bytesOf('bBrRuUfFLN@')
for (let byte = 0; byte < 0x20; byte++) ends[byte] = 1
/** All that a value without quotes may end at, or has to be looked at. */
const telling = Uint8Array.from(ends, (_, byte) => ends[byte]! | betweenPairs[byte]! | marks[byte]!)

const space = 0x20
const tab = 0x09
const backslash = 0x5c
const equals = 0x3d
const colon = 0x3a
const comma = 0x2c
const singleQuote = 0x27

function bytesOf(text: string): Uint8Array {
  const set = new Uint8Array(256)
  for (const letter of text) set[letter.charCodeAt(0)] = 1
  return set
}

/** Words that may follow in a name without changing what its value is: `PASSWORD_PROD`, `tokenValue2`. */
const tailWords = new WordBegins(
  's key keys value val prod dev test live staging stage base base64 b64 string str text plain plaintext raw hash new old current ' +
    'confirm confirmation confirmed again repeat encoded encrypted default main primary secondary root admin user db v header env',
)

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
  bytes: Uint8Array,
  at: number,
  end: number,
  blank: 'no' | 'quoted' | 'any',
): Assignment | undefined {
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
    if (isAt(bytes, member, end, '"value"'))
      return afterOperator(bytes, member + 7, member + 7, end)
    return valueAt(bytes, member, end, 'comma', false)
  }
  if (isQuotedName && position > afterName && isAt(bytes, position, end, 'value=')) {
    return valueAt(bytes, position + 6, end, 'equals', true)
  }
  if (position > afterName && !isQuotedName) {
    const isWord = (characters[byte]! & letterBits) !== 0
    const operator = isWord ? afterType(bytes, position, end) : position
    if (operator !== -1 && operators[bytes[operator]!] === 1) position = operator
    else if (blank === 'any' || (blank === 'quoted' && byte === singleQuote))
      return valueAt(bytes, position, end, 'blank', false)
    else return undefined
  }
  return afterOperator(bytes, afterName, position, end)
}

/** `var token string = "…"`: after the type, if an `=` follows; else -1. */
function afterType(bytes: Uint8Array, at: number, end: number): number {
  const ceiling = Math.min(end, at + typeBytesMax)
  let position = at
  while (position < ceiling && (characters[bytes[position]!]! & letterBits) !== 0) position++
  position = skipBlanks(bytes, position, end, blanksMax)
  return position < end && bytes[position] === equals ? position : -1
}

function afterOperator(
  bytes: Uint8Array,
  afterName: number,
  at: number,
  end: number,
): Assignment | undefined {
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
    typedValue(bytes, value, end, hasEquals) ??
    valueAt(bytes, value, end, hasEquals ? 'equals' : 'colon', isAttached)
  )
}

/** `password: string = "…"` */
function typedValue(
  bytes: Uint8Array,
  at: number,
  end: number,
  hasEquals: boolean,
): Assignment | undefined {
  if (hasEquals || at >= end || (characters[bytes[at]!]! & letterBits) === 0) return undefined
  const operator = afterType(bytes, at, end)
  if (operator === -1 || bytes[operator - 1] !== space) return undefined
  const value = skipBlanks(bytes, operator + 1, end, blanksMax)
  return value < end && quotes[bytes[value]!] === 1
    ? valueAt(bytes, value, end, 'equals', false)
    : undefined
}

function skipBlanks(bytes: Uint8Array, at: number, end: number, bytesMax: number): number {
  const ceiling = Math.min(end, at + bytesMax)
  let position = at
  while (position < ceiling && (bytes[position] === space || bytes[position] === tab)) position++
  return position
}

/** What stands in the element whose tag ends before `at`, and is all that does: on the next line too. */
export function elementAt(bytes: Uint8Array, at: number, end: number): Assignment | undefined {
  const value = valueAt(bytes, skipLines(bytes, at, end), end, 'element', false)
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
  bytes: Uint8Array,
  at: number,
  end: number,
  by: Assignment['by'],
  isAttached: boolean,
): Assignment | undefined {
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
  const to = unquotedEnd(bytes, at, end)
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

function unquotedEnd(bytes: Uint8Array, at: number, end: number): number {
  const ceiling = Math.min(end, at + valueBytesMax)
  let position = at
  let inner = 0
  while (position < ceiling) {
    const byte = bytes[position]!
    if (telling[byte] === 0) {
      position++
      continue
    }
    if (ends[byte] === 1) break
    if (betweenPairs[byte] === 1 && endsPair(bytes, position, end)) break
    if (marks[byte] === 1 && isInner(bytes, position, end) && ++inner > innerMarksMax) return -1
    position++
  }
  if (position === ceiling && ceiling < end) return -1
  // `password: user: …`: a name itself.
  if (position > at && bytes[position - 1] === colon) return -1
  // The point or comma at the end belongs to the sentence, the bar to a table.
  while (position > at && isSentenceMark(bytes[position - 1]!)) position--
  return position
}

function isInner(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 1 < end && ends[bytes[at + 1]!] === 0 && marks[bytes[at + 1]!] === 0
}

function isSentenceMark(byte: number): boolean {
  return byte === 0x2e || byte === comma || byte === 0x7c
}

/** Whether nothing, or `key=`, follows the mark at `at`. */
function endsPair(bytes: Uint8Array, at: number, end: number): boolean {
  let position = skipBlanks(bytes, at + 1, end, 1)
  if (position >= end || position > at + 1 || ends[bytes[position]!] === 1) return true
  const key = position
  const ceiling = Math.min(end, key + keyBytesMax)
  const bits = alphanumericBits | characterOf.underscore | characterOf.dash | characterOf.dot
  while (position < ceiling && (characters[bytes[position]!]! & bits) !== 0) position++
  if (position < end && bytes[position] === space) position++
  return position > key && position < end && marks[bytes[position]!] === 1
}

/**
 * What one value looks like: not whether it is one, but whether it could be one where the column's name says so. A value of
 * at most 256 characters, trimmed. From column-vote.ts. Pure; patterns without nested repetition, on short texts.
 */
import type { BuiltInEntity } from '../ruleset.ts'

/** In place of a value. */
const placeholders = new Set([
  'null',
  'none',
  'n/a',
  'na',
  'nan',
  'nil',
  '\\n',
  '-',
  '--',
  'unknown',
  '?',
  '.',
])

export function isFilled(text: string): boolean {
  return text !== '' && !placeholders.has(text.toLowerCase())
}

const numberMark = /^[+(\d][\d ()+./\u00a0–-]*(?:(?: ?(?:x|ext|ext\.|poste|int\.?) ?\d{1,6}))?$/i
const isoDate =
  /^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T]00:00(?::00(?:\.0+)?)?(?:Z|[+-]00(?::?00)?)?)?$/
const otherDate = /^\d{1,2}[-/. ](?:\d{1,2}|[A-Za-zÀ-ÿ]{3,10})\.?[-/., ]{1,2}(?:\d{4}|\d{2})$/
const writtenDate = /^[A-Za-zÀ-ÿ]{3,10}\.? \d{1,2},? \d{4}$/
const compactDate = /^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/

export function isDate(text: string): boolean {
  if (isoDate.test(text)) return yearFits(Number(text.slice(0, 4)))
  if (compactDate.test(text)) return true
  if (!otherDate.test(text) && !writtenDate.test(text)) return false
  const year = /(\d{4})$/.exec(text)?.[1]
  return year === undefined || yearFits(Number(year))
}

function yearFits(year: number): boolean {
  return year >= 1880 && year <= 2100
}

function digitsOf(text: string): number {
  let digits = 0
  for (const letter of text) if (letter >= '0' && letter <= '9') digits++
  return digits
}

/** Digits of a phone number, however written. */
export function isPhoneLike(text: string): boolean {
  const digits = digitsOf(text)
  return digits >= 5 && digits <= 20 && numberMark.test(text) && !isDate(text)
}

const groups = /\d+/g
/** 10.0.0.1, and 536-90-4399, 2020-01-02. */
const otherGroups: readonly RegExp[] = [
  /^\d{1,3}(?:\.\d{1,3}){3}$/,
  /^\d{3}[- ]\d{2}[- ]\d{4}$/,
  /^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}/,
  /^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}/,
  /^\d+[.]\d+$/,
  // Thousands.
  /^\d{1,3}(?:\.\d{3})+$/,
  /^\d{1,2}(?: \d{3})+$/,
  /^\d{1,3}(?: \d{3}){3,}$/,
  /^\d{4}[- ]\d{4}[- ]\d{4}[- ]\d{4}$/,
]

/** Written as phone numbers are, and as little else is. */
export function isPhoneForm(text: string): boolean {
  if (!isPhoneLike(text) || otherGroups.some((form) => form.test(text))) return false
  const digits = digitsOf(text)
  if (text.startsWith('+') || text.startsWith('00')) return digits >= 8 && digits <= 17
  if (digits < 7 || digits > 13) return false
  if (text.includes('(')) return true
  const parts = text.match(groups) ?? []
  // Shorter ones are codes of parts too.
  if (digits < (text.includes('-') ? 9 : 8)) return false
  if (text.startsWith('0') && digits >= 9) return parts.length >= 2
  return (
    parts.length >= 3 &&
    parts.at(-1)!.length >= 2 &&
    parts.at(-1)!.length <= 6 &&
    parts[0]!.length <= 4
  )
}

/** Social Security Administration: no area 000, 666 or 900 to 999, no group 00, no serial 0000. */
export function isSecurityForm(text: string): boolean {
  return /^(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}$/.test(text)
}

/** Words of letters. */
const personWords =
  /^[\p{L}\p{M}][\p{L}\p{M}'’`.-]*(?:[ ,;&/]+[\p{L}\p{M}(][\p{L}\p{M}'’`.)-]*){0,24}$/u

export function isPersonLike(text: string): boolean {
  return text.length <= 200 && personWords.test(text)
}

const streetWords =
  /(?:^|[ ,.])(?:st|street|ave|avenue|av|rd|road|blvd|boulevard|ln|lane|dr|drive|way|ct|court|pl|place|sq|square|pkwy|parkway|hwy|highway|loop|terrace|ter|trail|trl|cir|circle|alley|apt|suite|ste|unit|p\.? ?o\.? ?box|rue|chemin|impasse|allée|quai|calle|carrer|avenida|paseo|plaza|camino|via|viale|piazza|corso|rua|travessa|rodovia|praça|straat|laan|weg|plein|gracht|ulica|ul|aleja|улица|ул|проспект)(?:[ .,]|$)|(?:straße|strasse|str\.|gasse|platz|allee|weg|damm|ufer|straat|laan|gata|gatan|vägen|veien|vej|gade|katu|tie|utca)(?: |,|$)/iu

/** A house number and a kind of street. */
export function isStreetForm(text: string): boolean {
  return text.length <= 160 && /\d/.test(text) && /\p{L}{2}/u.test(text) && streetWords.test(text)
}

/** A hash, a token: without blanks, of letters and digits mixed, or hexadecimal throughout. */
export function isOpaque(text: string): boolean {
  if (text.length < 16 || /\s/.test(text)) return false
  if (/^[0-9a-f]{32,}$/i.test(text)) return true
  if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text)) return false
  return /\d/.test(text) && /[A-Za-z]/.test(text) && !/^[a-z]+:\/\//i.test(text)
}

type Shape = (text: string) => boolean

const isNineDigits: Shape = (text) => /^\d{3}[- .]?\d{2}[- .]?\d{4}$/.test(text)
const isDocumentNumber: Shape = (text) =>
  /^[\p{L}\d][\p{L}\d ./*-]{3,30}$/u.test(text) && digitsOf(text) >= 4 && !isDate(text)
const isToken: Shape = (text) =>
  text.length >= 8 && !isDate(text) && (!/\s/.test(text) || text.startsWith('-----BEGIN'))

const shapes: Readonly<Record<BuiltInEntity, Shape>> = {
  EMAIL: (text) => /^[^\s@]+@[^\s@]+$/.test(text),
  PHONE: isPhoneLike,
  PERSON: isPersonLike,
  // More than one word, of letters too, and neither a URL nor an email.
  ADDRESS: (text) =>
    /\p{L}{2}/u.test(text) && !/^(?:https?:|[^\s@]+@[^\s@]+$)/.test(text) && !/^[\w-]+$/.test(text),
  DATE_OF_BIRTH: isDate,
  CREDIT_CARD: (text) => /^\d[\d -]+\d$/.test(text) && digitsOf(text) >= 12 && digitsOf(text) <= 19,
  US_SSN: isNineDigits,
  US_ITIN: isNineDigits,
  IBAN: (text) => /^[A-Z]{2} ?\d{2}[A-Z0-9 ]{8,40}$/i.test(text),
  NATIONAL_ID: isDocumentNumber,
  US_PASSPORT: isDocumentNumber,
  US_DRIVER_LICENSE: isDocumentNumber,
  US_MBI: isDocumentNumber,
  US_NPI: isDocumentNumber,
  US_BANK: isDocumentNumber,
  US_ABA: isDocumentNumber,
  IMEI: isDocumentNumber,
  IP_ADDRESS: (text) =>
    /^(?:\d{1,3}\.){3}\d{1,3}(?:[:/]\d{1,5})?$/.test(text) ||
    /^[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:\/\d{1,3})?$/i.test(text),
  MAC_ADDRESS: (text) => /^[0-9a-f]{2}(?:[:.-]?[0-9a-f]{2}){5}$/i.test(text),
  CRYPTO: (text) => /^[A-Za-z0-9:]{25,110}$/.test(text),
  PASSWORD: (text) => text.length >= 3 && !/^(?:true|false|yes|no)$/i.test(text) && !isDate(text),
  JWT: isToken,
  PRIVATE_KEY: isToken,
  API_KEY: isToken,
}

/** Whether `text` could be one of these, if the column says so. */
export function couldBe(entity: BuiltInEntity, text: string): boolean {
  return shapes[entity](text)
}

/** Identity numbers of western and southern Europe. What each consists of: its comment, or the function that checks it. */
import { nearWords } from '../../near.ts'
import {
  isDay,
  isMod11And10,
  isVaried,
  luhn,
  numberOf,
  pair,
  verhoeff,
  weighted,
} from './check-digits.ts'
import type { IdRule } from './id-rule.ts'

const spanishLetters = lettersOf('TRWAGMYFPDXBNJZSQVHLCKE')
const irishLetters = lettersOf('WABCDEFGHIJKLMNOPQRSTUV')
const monthsOfItaly = new Set(lettersOf('ABCDEHLMPRST'))
const digitsOfItaly = lettersOf('LMNPQRSTUV')
/** Values of characters in odd places, of digits and of letters; D.M. 23/12/1976. */
const oddOfItaly = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8,
  12, 14, 16, 10, 22, 25, 24, 23,
]
const [letterA, letterD, letterO] = [10, 13, 24]

function lettersOf(text: string): number[] {
  return Array.from(text, (letter) => parseInt(letter, 36))
}

/** The letter is that of the number's remainder; a NIE's X, Y, Z stand for 0, 1, 2. */
function isSpanish(text: Uint8Array, first: number): boolean {
  const digits = text.length - 1
  const number = first * 10 ** (digits - 1) + numberOf(text, 1, digits)
  return text[digits] === spanishLetters[number % 23]
}

/** Letters of names, year, month, day (women's plus 40), place, check letter; a digit may be a letter, so that two differ. */
function isItalian(text: Uint8Array): boolean {
  if (!monthsOfItaly.has(text[8]!)) return false
  const day = digitOfItaly(text[9]!) * 10 + digitOfItaly(text[10]!)
  const others = [6, 7, 12, 13, 14].every((at) => digitOfItaly(text[at]!) >= 0)
  if (!others || day % 40 < 1 || day % 40 > 31 || day > 71) return false
  return isCheckedInItaly(text)
}

function digitOfItaly(value: number): number {
  return value < 10 ? value : digitsOfItaly.indexOf(value)
}

function isCheckedInItaly(text: Uint8Array): boolean {
  let sum = 0
  for (let index = 0; index < 15; index++) {
    const value = text[index]!
    sum += index % 2 === 0 ? oddOfItaly[value]! : value < 10 ? value : value - 10
  }
  return (sum % 26) + 10 === text[15]
}

/** Ten digits of which exactly one occurs twice or three times, and a check digit; Bundeszentralamt für Steuern. */
function isGermanTaxId(text: Uint8Array): boolean {
  if (text[0] === 0 || !isMod11And10(text)) return false
  let repeated = 0
  for (let digit = 0; digit < 10; digit++) {
    let count = 0
    for (let index = 0; index < 10; index++) if (text[index] === digit) count++
    if (count > 3) return false
    if (count > 1) repeated++
  }
  return repeated === 1
}

/** Area, birthday, first letter of the name, serial number, check digit; § 2 VKVV. */
function isGermanPension(text: Uint8Array): boolean {
  if (!isDay(pair(text, 6), pair(text, 4), pair(text, 2) % 50)) return false
  const spread = [
    ...text.subarray(0, 8),
    Math.floor((text[8]! - 9) / 10),
    (text[8]! - 9) % 10,
    text[9]!,
    text[10]!,
  ]
  const sum = spread.reduce((total, value, index) => {
    const product = value * [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1][index]!
    return total + Math.floor(product / 10) + (product % 10)
  }, 0)
  return sum % 10 === text[11]
}

/** A letter and nine digits, the last checks; § 290 SGB V. */
function isGermanHealth(text: Uint8Array): boolean {
  const ordinal = text[0]! - 9
  let sum = 0
  for (let index = 0; index < 10; index++) {
    const value =
      index === 0 ? Math.floor(ordinal / 10) : index === 1 ? ordinal % 10 : text[index - 1]!
    const product = value * (1 + (index % 2))
    sum += product > 9 ? product - 9 : product
  }
  return sum % 10 === text[9]
}

/** Sex, year, month (or 20 and more), department, commune, serial number, and 97 less the remainder. */
function isFrench(text: Uint8Array): boolean {
  const month = pair(text, 3)
  if (text[0]! < 1 || text[0]! > 2 || month < 1 || (month > 12 && month < 20) || month > 50)
    return false
  if (pair(text, 5) === 0) return false
  return 97 - (numberOf(text, 0, 13) % 97) === pair(text, 13)
}

const neverFirst = new Set(lettersOf('DFIQUV'))
const neverPrefix = new Set(
  ['BG', 'GB', 'KN', 'NK', 'NT', 'TN', 'ZZ'].map((text) => numberOfLetters(text)),
)

function numberOfLetters(text: string): number {
  const [first = 0, second = 0] = lettersOf(text)
  return first * 36 + second
}

/** National insurance: HMRC, NIM39110. */
function isBritishInsurance(text: Uint8Array): boolean {
  if (neverFirst.has(text[0]!) || neverFirst.has(text[1]!) || text[1] === letterO) return false
  return !neverPrefix.has(text[0]! * 36 + text[1]!) && text[8]! >= letterA && text[8]! <= letterD
}

function isBritishHealth(text: Uint8Array): boolean {
  const check = 11 - (weighted(text, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)
  return check !== 10 && check % 11 === text[9] && isVaried(text)
}

/** Five letters of the name, decade, month (women's plus 50), day, year, initials; DVLA. */
function isBritishDriver(text: Uint8Array): boolean {
  const month = pair(text, 6)
  return isDay(0, month > 50 ? month - 50 : month, pair(text, 8))
}

function isDutch(text: Uint8Array): boolean {
  const sum = weighted(text, [9, 8, 7, 6, 5, 4, 3, 2]) - text[8]!
  return sum % 11 === 0 && isVaried(text)
}

/** Birthday, serial number, 97 less the remainder; of those born since 2000 with a 2 before. */
function isBelgian(text: Uint8Array): boolean {
  const [month, day] = [pair(text, 2), pair(text, 4)]
  if (month % 20 > 12 || day > 31) return false
  const check = numberOf(text, 9, 11)
  const number = numberOf(text, 0, 9)
  return 97 - (number % 97) === check || 97 - ((2_000_000_000 + number) % 97) === check
}

function isPortuguese(text: Uint8Array): boolean {
  if (text[0] === 0 || text[0] === 4) return false
  const check = 11 - (weighted(text, [9, 8, 7, 6, 5, 4, 3, 2]) % 11)
  return (check > 9 ? 0 : check) === text[8] && isVaried(text)
}

function isIrish(text: Uint8Array): boolean {
  const second = text.length === 9 ? text[8]! - 9 : 0
  const sum = weighted(text, [8, 7, 6, 5, 4, 3, 2]) + (second === 23 ? 0 : second * 9)
  return text[7] === irishLetters[sum % 23]
}

/** 756, then as an article's number. */
function isSwiss(text: Uint8Array): boolean {
  if (numberOf(text, 0, 3) !== 756) return false
  return (10 - (weighted(text, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]) % 10)) % 10 === text[12]
}

function isAustrian(text: Uint8Array): boolean {
  if (text[0] === 0 || !isDay(pair(text, 8), pair(text, 6), pair(text, 4))) return false
  return weighted(text, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 === text[3]
}

/** Birthday with all of its year, then Luhn's and Verhoeff's check digits. */
function isLuxembourgish(text: Uint8Array): boolean {
  const year = numberOf(text, 0, 4)
  if (year < 1850 || year > 2100 || !isDay(year, pair(text, 4), pair(text, 6))) return false
  if (!luhn(text, 0, 12)) return false
  const digits = text.slice(0, 12)
  digits[11] = text[12]!
  return verhoeff(digits)
}

/** Tax number: nine digits, weighted by powers of two. */
function isGreekTax(text: Uint8Array): boolean {
  const sum = weighted(text, [256, 128, 64, 32, 16, 8, 4, 2])
  return (sum % 11) % 10 === text[8] && isVaried(text)
}

function isGreekSocial(text: Uint8Array): boolean {
  return isDay(pair(text, 4), pair(text, 2), pair(text, 0)) && luhn(text)
}

export const westEuropeanIds: readonly IdRule[] = [
  {
    name: 'es_nif',
    forms: ['00000000A', '00000000-A', '0000000-A'],
    isValid: (text) => isSpanish(text, text[0]!),
    words: nearWords('nif dni documento identidad identificacion spain espana'),
    plain: 'likely',
    printed: 'likely',
  },
  {
    name: 'es_nie',
    forms: ['A0000000A', 'A-0000000-A', 'A0000000-A', 'A-0000000A'],
    isValid: (text) => text[0]! >= 33 && isSpanish(text, text[0]! - 33),
    words: nearWords('nie extranjero identidad identificacion'),
    plain: 'likely',
    printed: 'certain',
  },
  {
    name: 'it_codice_fiscale',
    forms: ['AAAAAA**A**A***A', 'AAAAAA **A** A***A', 'AAA AAA **A** A***A'],
    isValid: isItalian,
    words: nearWords('codice fiscale cf codicefiscale'),
    plain: 'certain',
    printed: 'certain',
  },
  {
    name: 'it_driver_license',
    forms: ['AA0000000A', 'A0A000A00A'],
    isValid: () => true,
    words: nearWords('patente guida'),
    named: 'likely',
  },
  {
    name: 'de_tax_id',
    forms: ['00000000000', '00 000 000 000'],
    isValid: isGermanTaxId,
    words: nearWords(
      'steuer steueridentifikationsnummer steuerid idnr identifikationsnummer tin tax taxid taxnumber',
    ),
    plain: 'possible',
    printed: 'likely',
  },
  {
    name: 'de_pension_id',
    forms: ['00000000A000', '00 000000 A 000'],
    isValid: isGermanPension,
    words: nearWords(
      'rentenversicherung rentenversicherungsnummer rvnr sozialversicherung sozialversicherungsnummer svnr',
    ),
    plain: 'likely',
    printed: 'certain',
  },
  {
    name: 'de_health_id',
    forms: ['A000000000'],
    isValid: isGermanHealth,
    words: nearWords(
      'krankenversicherung krankenversichertennummer krankenversicherungsnummer kvnr versicherten versichertennummer krankenkasse',
    ),
    plain: 'possible',
  },
  {
    name: 'fr_nir',
    forms: ['000000000000000', '0 00 00 00 000 000 00', '0000000000000 00'],
    isValid: isFrench,
    words: nearWords('nir insee secu securite sociale social vitale'),
    plain: 'likely',
    printed: 'certain',
  },
  {
    name: 'gb_nino',
    forms: ['AA000000A', 'AA 00 00 00 A', 'AA 000000 A', 'AA 000000A'],
    isValid: isBritishInsurance,
    words: nearWords('nino ni insurance national nationalinsurance'),
    plain: 'likely',
    printed: 'likely',
  },
  {
    name: 'gb_nhs',
    forms: ['0000000000', '000 000 0000', '000-000-0000'],
    isValid: isBritishHealth,
    words: nearWords('nhs patient'),
    printed: 'possible',
  },
  {
    name: 'gb_driver_license',
    forms: ['AAA**000000A**AA'],
    isValid: isBritishDriver,
    words: nearWords('driver drivers driving licence license dvla'),
    plain: 'likely',
  },
  {
    name: 'nl_bsn',
    forms: ['000000000', '0000 00 000', '0000.00.000'],
    isValid: isDutch,
    words: nearWords('bsn burgerservicenummer burgerservice sofi sofinummer'),
  },
  {
    name: 'be_national_number',
    forms: [
      '00000000000',
      '00.00.00-000.00',
      '00.00.00.000-00',
      '00/0000-00000',
      '000000-000-00',
      '000000-000.00',
    ],
    isValid: isBelgian,
    words: nearWords('rijksregister rijksregisternummer insz niss nationaal registre'),
    plain: 'possible',
    printed: 'certain',
  },
  {
    name: 'pt_nif',
    forms: ['000000000', '000 000 000'],
    isValid: isPortuguese,
    words: nearWords('nif contribuinte nipc'),
  },
  {
    name: 'ie_pps',
    forms: ['0000000A', '0000000AA'],
    isValid: isIrish,
    words: nearWords('pps ppsn ppsno'),
    plain: 'possible',
  },
  {
    name: 'ch_ahv',
    forms: ['000.0000.0000.00', '0000000000000', '000 0000 0000 00'],
    isValid: isSwiss,
    words: nearWords('ahv avs oasi versichertennummer'),
    plain: 'likely',
    printed: 'certain',
  },
  {
    name: 'at_svnr',
    forms: ['0000000000', '0000 000000', '0000-000000'],
    isValid: isAustrian,
    words: nearWords('svnr sozialversicherung sozialversicherungsnummer versicherungsnummer'),
    printed: 'possible',
  },
  {
    name: 'lu_ccss',
    forms: ['0000000000000'],
    isValid: isLuxembourgish,
    words: nearWords('ccss matricule matricul'),
    plain: 'possible',
  },
  {
    name: 'gr_afm',
    forms: ['000000000'],
    isValid: isGreekTax,
    words: nearWords('afm'),
  },
  {
    name: 'gr_amka',
    forms: ['00000000000'],
    isValid: isGreekSocial,
    words: nearWords('amka'),
    plain: 'possible',
  },
]

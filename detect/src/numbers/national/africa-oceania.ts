/** Identity numbers of Africa and Oceania. What each consists of: its comment, or the function that checks it. */
import { nearWords } from '../../near.ts'
import { isDay, isVaried, luhn, numberOf, pair, weighted } from './check-digits.ts'
import type { IdRule } from './id-rule.ts'

/** Birthday, serial number, citizenship, a digit, Luhn. */
function isSouthAfrican(text: Uint8Array): boolean {
  return text[10]! <= 1 && isDay(pair(text, 0), pair(text, 2), pair(text, 4)) && luhn(text)
}

/** Century, birthday, governorate, serial number, check digit. */
function isEgyptian(text: Uint8Array): boolean {
  if ((text[0] !== 2 && text[0] !== 3) || !isDay(pair(text, 1), pair(text, 3), pair(text, 5)))
    return false
  const governorate = pair(text, 7)
  return governorate >= 1 && (governorate <= 35 || governorate === 88)
}

function isTaxFile(text: Uint8Array): boolean {
  return weighted(text, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0 && isVaried(text)
}

/** Business number: the first digit less one, weighted, a multiple of 89. */
function isBusiness(text: Uint8Array): boolean {
  if (text[0] === 0) return false
  return (weighted(text, [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) - 10) % 89 === 0
}

function isMedicare(text: Uint8Array): boolean {
  if (text[0]! < 2 || text[0]! > 6) return false
  return weighted(text, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === text[8]
}

function isNewZealandTax(text: Uint8Array): boolean {
  const number = numberOf(text, 0, text.length)
  if (number < 10_000_000 || number > 150_000_000) return false
  const digits = text.length === 8 ? [0, ...text] : [...text]
  const remainder = weighted(Uint8Array.from(digits), [3, 2, 7, 6, 5, 4, 3, 2]) % 11
  const check = remainder === 0 ? 0 : 11 - remainder
  return check === digits[8] || check === 10
}

export const africanAndOceanicIds: readonly IdRule[] = [
  {
    name: 'za_id',
    forms: ['0000000000000', '000000 0000 000'],
    isValid: isSouthAfrican,
    words: nearWords('identity citizen'),
    plain: 'possible',
    printed: 'likely',
  },
  {
    name: 'eg_national_id',
    forms: ['00000000000000'],
    isValid: isEgyptian,
    words: nearWords('egypt egyptian national'),
    named: 'likely',
    plain: 'possible',
  },
  {
    name: 'ng_nin',
    forms: ['00000000000'],
    isValid: isVaried,
    words: nearWords('nin nimc'),
    named: 'likely',
  },
  {
    name: 'au_tfn',
    forms: ['000000000', '000 000 000', '000-000-000'],
    isValid: isTaxFile,
    words: nearWords('tfn taxfile'),
    printed: 'possible',
  },
  {
    name: 'au_abn',
    forms: ['00 000 000 000', '00000000000', '00-000-000-000'],
    isValid: isBusiness,
    words: nearWords('abn'),
    plain: 'possible',
    printed: 'likely',
  },
  {
    name: 'au_medicare',
    forms: ['0000000000', '0000 00000 0', '00000000000'],
    isValid: isMedicare,
    words: nearWords('medicare'),
    printed: 'possible',
  },
  {
    name: 'nz_ird',
    forms: ['00000000', '000000000', '00-000-000', '000-000-000'],
    isValid: isNewZealandTax,
    words: nearWords('ird'),
  },
]

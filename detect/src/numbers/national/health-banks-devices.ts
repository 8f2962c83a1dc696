/** Numbers of health care, banks and devices that are checked as identity numbers are. What each consists of: its comment, or its check. */
import { nearWords } from '../../near.ts'
import { luhn, numberOf, pair, weighted } from './check-digits.ts'
import type { IdRule } from './id-rule.ts'

const letterA = 10
const neverInMedicare = new Set(Array.from('SLOIBZ', (letter) => parseInt(letter, 36)))

/** Medicare beneficiary: which letters stand where; CMS, "Understanding the MBI". */
function isMedicare(text: Uint8Array): boolean {
  if (text[0] === 0) return false
  for (let index = 0; index < text.length; index++)
    if (neverInMedicare.has(text[index]!)) return false
  return text[1]! >= letterA && text[4]! >= letterA && text[7]! >= letterA && text[8]! >= letterA
}

/** National provider: Luhn with 80840 before it (24 is what that adds). */
function isProvider(text: Uint8Array): boolean {
  if (text[0] !== 1 && text[0] !== 2) return false
  let sum = 24
  for (let index = 9, doubled = false; index >= 0; index--, doubled = !doubled) {
    const value = doubled ? text[index]! * 2 : text[index]!
    sum += value > 9 ? value - 9 : value
  }
  return sum % 10 === 0
}

/** Routing number of a bank: district, weights 3, 7, 1. */
function isRouting(text: Uint8Array): boolean {
  const district = pair(text, 0)
  const isIssued =
    district <= 12 ||
    (district >= 21 && district <= 32) ||
    (district >= 61 && district <= 72) ||
    district === 80
  return (
    isIssued && weighted(text, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0 && numberOf(text, 0, 9) !== 0
  )
}

export const healthBankAndDeviceNumbers: readonly IdRule[] = [
  {
    name: 'us_mbi',
    entity: 'US_MBI',
    forms: ['0A*0A*0AA00', '0A*0-A*0-AA00'],
    isValid: isMedicare,
    words: nearWords('mbi medicare beneficiary'),
    plain: 'likely',
    printed: 'certain',
  },
  {
    name: 'us_npi',
    entity: 'US_NPI',
    forms: ['0000000000', '0000-000-000', '0000 000 000'],
    isValid: isProvider,
    words: nearWords('npi'),
    printed: 'possible',
  },
  {
    name: 'us_aba_routing',
    entity: 'US_ABA',
    forms: ['000000000', '0000-0000-0'],
    isValid: isRouting,
    words: nearWords('aba routing rtn'),
    printed: 'likely',
  },
  {
    name: 'imei',
    entity: 'IMEI',
    forms: ['000000000000000', '00-000000-000000-0'],
    isValid: (text) => text[0] !== 0 && luhn(text),
    words: nearWords('imei handset device'),
    printed: 'likely',
  },
]

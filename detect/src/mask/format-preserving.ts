/**
 * Format-preserving masks: another value of the same format and length, the same for the same value, different for
 * different ones. What made the value valid, a check digit or a range, makes the new one valid; an invalid one stays invalid.
 * Pure.
 */
import type { Entity } from '../ruleset.ts'
import { permuteCard, permuteIban } from './checked-numbers.ts'
import { permuteText, type FormatMask } from './format-mask.ts'
import { permuteNationalId } from './national-ids.ts'
import { permuteAddress, permuteBirthDate, permuteCryptoAddress, permuteEmail, permuteHardwareAddress, permutePhone } from './contact-formats.ts' // prettier-ignore
import { permuteItin, permuteSsn } from './us-numbers.ts'

export function formatMaskOf(entity: Entity): FormatMask {
  switch (entity) {
    case 'US_SSN':
      return permuteSsn
    case 'US_ITIN':
      return permuteItin
    case 'CREDIT_CARD':
      return permuteCard
    case 'IBAN':
      return permuteIban
    case 'PHONE':
      return permutePhone
    case 'EMAIL':
      return permuteEmail
    case 'IP_ADDRESS':
      return permuteAddress
    case 'MAC_ADDRESS':
      return permuteHardwareAddress
    case 'CRYPTO':
      return permuteCryptoAddress
    case 'DATE_OF_BIRTH':
      return permuteBirthDate
    case 'NATIONAL_ID':
    case 'US_MBI':
    case 'US_NPI':
    case 'US_ABA':
    case 'IMEI':
      return permuteNationalId
    default:
      return permuteText
  }
}

/** Of a value that lies in a column of numbers: its digits, of which the first is not 0. */
export function numberMaskOf(entity: Entity): FormatMask {
  switch (entity) {
    case 'US_SSN':
    case 'US_ITIN':
    case 'CREDIT_CARD':
    case 'PHONE':
      return formatMaskOf(entity)
    default:
      return permuteText
  }
}

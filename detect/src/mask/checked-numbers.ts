/**
 * Format-preserving masks of numbers with check digits: all but these are permuted, then they are computed anew. From
 * format-preserving.ts. Pure.
 */
import { ofNumbers, permuteText, type FormatMask } from './format-mask.ts'
import { onlyDigits, permuteDigits, permuteSlots, sameKind, slotsOf, type Slot } from './slots.ts'
import { walkUntil } from './walk.ts'

/** They tell the issuer's network and no more, and a card number without is none. */
const cardDigitsKept = 4
const cardDigitsMin = 12

/** Luhn: ISO/IEC 7812-1, annex B. */
export const permuteCard: FormatMask = ofNumbers((permutation, bytes, start, end) => {
  const slots = slotsOf(bytes, start, end, onlyDigits)
  if (slots.length < cardDigitsMin) return permuteDigits(permutation, bytes, slots)
  if (luhnSum(bytes, slots) % 10 !== 0) {
    return walkUntil(
      () => permuteDigits(permutation, bytes, slots),
      () => luhnSum(bytes, slots) % 10 !== 0,
    )
  }
  const free = slots.slice(cardDigitsKept, -1)
  if (!permuteSlots(permutation, 'card', bytes, free)) return false
  const check = slots.at(-1)!.at
  bytes[check] = 0x30
  bytes[check] = 0x30 + ((10 - (luhnSum(bytes, slots) % 10)) % 10)
  return true
})

export function luhnSum(bytes: Uint8Array, slots: readonly Slot[]): number {
  let sum = 0
  for (let index = 0; index < slots.length; index++) {
    const digit = bytes[slots[index]!.at]! - 0x30
    const doubled = (slots.length - index) % 2 === 0 ? 2 * digit : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum
}

/** Country and check digits, ISO 13616. */
const ibanHead = 4

export const permuteIban: FormatMask = (permutation, bytes, start, end) => {
  const slots = slotsOf(bytes, start, end, sameKind)
  if (!isValidIban(bytes, slots)) {
    return walkUntil(
      () => permuteText(permutation, bytes, start, end),
      () => !isValidIban(bytes, slots),
    )
  }
  if (!permuteSlots(permutation, 'iban', bytes, slots.slice(ibanHead))) return false
  const [, , tens, ones] = slots
  bytes[tens!.at] = 0x30
  bytes[ones!.at] = 0x30
  const check = 98 - remainder(bytes, slots)
  bytes[tens!.at] = 0x30 + Math.floor(check / 10)
  bytes[ones!.at] = 0x30 + (check % 10)
  return true
}

/** With check digits that can be computed: 02 to 98. */
function isValidIban(bytes: Uint8Array, slots: readonly Slot[]): boolean {
  const letter = (index: number): number => bytes[slots[index]!.at]!
  if (slots.length <= ibanHead) return false
  if (letter(0) < 0x41 || letter(1) < 0x41 || letter(2) >= 0x41 || letter(3) >= 0x41) return false
  const check = 10 * (letter(2) - 0x30) + letter(3) - 0x30
  return check >= 2 && check <= 98 && remainder(bytes, slots) === 1
}

/** Modulo 97 of the account, the country and the check digits, letters as 10 to 35. */
function remainder(bytes: Uint8Array, slots: readonly Slot[]): number {
  let rest = 0
  for (const { at } of [...slots.slice(ibanHead), ...slots.slice(0, ibanHead)]) {
    const byte = bytes[at]!
    rest = byte < 0x41 ? rest * 10 + byte - 0x30 : rest * 100 + (byte & 0xdf) - 0x41 + 10
    rest %= 97
  }
  return rest
}

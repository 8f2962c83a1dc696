/** What a format-preserving mask is, and the one of any text. From format-preserving.ts. Pure. */
import type { Permutation } from './permutation.ts'
import { onlyDigits, permuteDigits, permuteSlots, sameKind, slotsOf } from './slots.ts'

/** Changes the value in place. False: it can't be; what stands there then is no matter, the caller writes over it. */
export type FormatMask = (
  permutation: Permutation,
  bytes: Uint8Array,
  start: number,
  end: number,
) => boolean

/** Letters and digits, whatever they say. */
export const permuteText: FormatMask = (permutation, bytes, start, end) => {
  const slots = slotsOf(bytes, start, end, sameKind)
  const isNumber = slotsOf(bytes, start, end, onlyDigits).length === slots.length
  return isNumber
    ? permuteDigits(permutation, bytes, slots)
    : permuteSlots(permutation, 'text', bytes, slots)
}

/** Of numbers: where letters stand between, the value is another one than its column says, and all of it is permuted. */
export function ofNumbers(mask: FormatMask): FormatMask {
  return (permutation, bytes, start, end) => {
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!
      if (byte >= 0x80 || (sameKind(byte) !== undefined && onlyDigits(byte) === undefined)) {
        return permuteText(permutation, bytes, start, end)
      }
    }
    return mask(permutation, bytes, start, end)
  }
}

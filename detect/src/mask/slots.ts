/**
 * The places of a value that a format-preserving mask changes, each with the letters that may stand there: together they
 * are one number, which permutation.ts turns into another. Pure.
 */
import type { Permutation } from './permutation.ts'

export type Slot = { readonly at: number; readonly letters: string }

export const digits = '0123456789'
export const capitals = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
export const smallLetters = 'abcdefghijklmnopqrstuvwxyz'

/** More letters and digits than any value has that is told by people; a key of that length needs no lookalike. */
const slotsMax = 128

/** What may stand in place of this byte; undefined: it stays. A byte and its substitute always have the same letters. */
export type LettersOf = (byte: number) => string | undefined

/** Digits become digits, letters letters of the same case. */
export const sameKind: LettersOf = (byte) => {
  if (byte >= 0x30 && byte <= 0x39) return digits
  if (byte >= 0x41 && byte <= 0x5a) return capitals
  if (byte >= 0x61 && byte <= 0x7a) return smallLetters
  return undefined
}

export const onlyDigits: LettersOf = (byte) => (byte >= 0x30 && byte <= 0x39 ? digits : undefined)

export function slotsOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  lettersOf: LettersOf,
): Slot[] {
  const slots: Slot[] = []
  for (let at = start; at < end && slots.length <= slotsMax; at++) {
    const letters = lettersOf(bytes[at]!)
    if (letters !== undefined) slots.push({ at, letters })
  }
  return slots
}

/** Changes the bytes at these places. False: they can't be, too few values have this format (or it is too long). */
export function permuteSlots(
  permutation: Permutation,
  kind: string,
  bytes: Uint8Array,
  slots: readonly Slot[],
): boolean {
  if (slots.length > slotsMax) return false
  let value = 0n
  let count = 1n
  for (const { at, letters } of slots) {
    const index = letters.indexOf(String.fromCharCode(bytes[at]!))
    if (index === -1) return false
    value = value * BigInt(letters.length) + BigInt(index)
    count *= BigInt(letters.length)
  }
  let result = permutation.number(kind, value, count)
  if (result === undefined) return false
  for (const { at, letters } of slots.toReversed()) {
    bytes[at] = letters.charCodeAt(Number(result % BigInt(letters.length)))
    result /= BigInt(letters.length)
  }
  return true
}

/** The same for decimal digits that together are a number: one of as many digits, without a zero in front. */
export function permuteDigits(
  permutation: Permutation,
  bytes: Uint8Array,
  slots: readonly Slot[],
): boolean {
  const [first, ...further] = slots
  if (first === undefined || slots.length > slotsMax) return false
  if (bytes[first.at] === 0x30) return permuteSlots(permutation, 'zero', bytes, further)
  const value = readNumber(bytes, slots)
  let low = 10n ** BigInt(slots.length - 1)
  let high = low * 10n - 1n
  for (const bound of typeBounds) {
    if (bound < low || bound > high) continue
    if (value <= bound) high = bound
    else low = bound + 1n
  }
  const result = permutation.number('number', value - low, high - low + 1n)
  if (result === undefined) return false
  writeNumber(bytes, slots, result + low)
  return true
}

/** int4 and int8: a number that fits into a type stays one, so that it is masked alike in wider types. */
const typeBounds = [2n ** 31n - 1n, 2n ** 63n - 1n]

/** With zeros in front. */
export function writeNumber(bytes: Uint8Array, slots: readonly Slot[], value: bigint): void {
  for (const { at } of slots.toReversed()) {
    bytes[at] = 0x30 + Number(value % 10n)
    value /= 10n
  }
}

/** The number that the digits at these places are. */
export function readNumber(bytes: Uint8Array, slots: readonly Slot[]): bigint {
  let value = 0n
  for (const { at } of slots) value = value * 10n + BigInt(bytes[at]! - 0x30)
  return value
}

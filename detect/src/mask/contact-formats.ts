/**
 * Format-preserving masks of what reaches a person or a machine, and of dates of birth: what makes an address one stays,
 * what tells whose it is does not. From format-preserving.ts. Pure.
 */
import { ofNumbers, permuteText, type FormatMask } from './format-mask.ts'
import { dayOfDate, permuteDay, writeDate } from './days.ts'
import {
  capitals,
  digits,
  onlyDigits,
  permuteSlots,
  sameKind,
  slotsOf,
  smallLetters,
  type LettersOf,
  type Slot,
} from './slots.ts'

const dot = 0x2e
const plus = 0x2b
const at = 0x40

/** The top level domain stays: an address without is none. */
export const permuteEmail: FormatMask = (permutation, bytes, start, end) => {
  const lastDot = bytes.subarray(start, end).lastIndexOf(dot)
  const top = /^\.[A-Za-z]{2,12}$/.exec(latin(bytes, start + Math.max(0, lastDot), end, 16))
  if (top === null || !bytes.subarray(start, start + lastDot).includes(at)) {
    return permuteText(permutation, bytes, start, end)
  }
  const slots = slotsOf(bytes, start, start + lastDot, sameKind)
  return permuteSlots(permutation, 'email', bytes, slots)
}

/** At most `lengthMax` bytes, as text. */
function latin(bytes: Uint8Array, start: number, end: number, lengthMax: number): string {
  return String.fromCharCode(...bytes.subarray(start, Math.min(end, start + lengthMax)))
}

/** ITU-T E.164, list of country codes: those of one and of two digits; all others have three. */
const countryCodes = /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/
const notZeroOrOne = '23456789'
const zeroOrOne = '01'

/**
 * The country stays. So does the kind of the first digit, and of that behind the area code of North America: no number
 * there begins with 0 or 1.
 */
export const permutePhone: FormatMask = ofNumbers((permutation, bytes, start, end) => {
  const all = slotsOf(bytes, start, end, onlyDigits)
  const text = all.map(({ at }) => String.fromCharCode(bytes[at]!)).join('')
  const prefix = bytes[start] === plus ? 0 : text.startsWith('00') ? 2 : -1
  const country =
    prefix === -1
      ? text.length === 11 && text.startsWith('1')
        ? 1
        : 0
      : prefix + (countryCodes.exec(text.slice(prefix))?.[0].length ?? 3)
  const national = all.slice(country)
  const isAmerican =
    national.length === 10 && (country === 0 || text.slice(Math.max(0, prefix), country) === '1')
  const slots = national.map(({ at, letters }, index): Slot => {
    if (index !== 0 && !(isAmerican && index === 3)) return { at, letters }
    return { at, letters: bytes[at]! >= 0x32 ? notZeroOrOne : index === 0 ? kept(bytes[at]!) : zeroOrOne } // prettier-ignore
  })
  return permuteSlots(permutation, `phone ${text.slice(0, country)}`, bytes, slots)
})

function kept(byte: number): string {
  return String.fromCharCode(byte)
}

const isSmallHex = (byte: number): boolean => byte >= 0x61 && byte <= 0x66
const isCapitalHex = (byte: number): boolean => byte >= 0x41 && byte <= 0x46

/** Hexadecimal digits: in capitals if one of them is. */
export const permuteHardwareAddress: FormatMask = (permutation, bytes, start, end) => {
  const value = bytes.subarray(start, end)
  const hasCapitals = value.some(isCapitalHex)
  if (hasCapitals) for (const [index, byte] of value.entries()) if (isSmallHex(byte)) value[index] = byte & 0xdf // prettier-ignore
  const letters = digits + (hasCapitals ? capitals : smallLetters).slice(0, 6)
  const lettersOf: LettersOf = (byte) => (sameKind(byte) === undefined ? undefined : letters)
  return permuteSlots(permutation, 'hex', bytes, slotsOf(bytes, start, end, lettersOf))
}

/** Version 6: hexadecimal digits. Version 4: each of the four numbers becomes one of as many digits. A prefix (`/24`) stays. */
export const permuteAddress: FormatMask = (permutation, bytes, start, end) => {
  const text = latin(bytes, start, end, addressLengthMax)
  const [, six] = /^([0-9a-fA-F:]*:[0-9a-fA-F:]*)(?:\/\d{1,3})?$/.exec(text) ?? []
  if (six !== undefined) {
    return permuteHardwareAddress(permutation, bytes, start, start + six.length)
  }
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/\d{1,2})?$/.exec(text)
  if (parts === null) return permuteText(permutation, bytes, start, end)
  let index = 0n
  let count = 1n
  const ranges = parts.slice(1, 5).map((part) => rangeOfPart(part))
  for (const range of ranges) {
    if (range === undefined) return false
    count *= BigInt(range.count)
    index = index * BigInt(range.count) + BigInt(range.value - range.low)
  }
  const result = permutation.number('ipv4', index, count)
  if (result === undefined) return false
  writeParts(
    bytes,
    start,
    ranges.map((range) => range!),
    result,
  )
  return true
}

/** Longer than any address with its prefix: what is cut off here is none. */
const addressLengthMax = 64

type PartRange = { readonly value: number; readonly low: number; readonly count: number }

function rangeOfPart(part: string): PartRange | undefined {
  const value = Number(part)
  if (String(value) !== part || value > 255) return undefined
  if (value < 10) return { value, low: 0, count: 10 }
  return value < 100 ? { value, low: 10, count: 90 } : { value, low: 100, count: 156 }
}

function writeParts(
  bytes: Uint8Array,
  start: number,
  ranges: readonly PartRange[],
  index: bigint,
): void {
  const parts: number[] = []
  for (const { low, count } of ranges.toReversed()) {
    parts.unshift(low + Number(index % BigInt(count)))
    index /= BigInt(count)
  }
  const text = parts.join('.')
  for (let at = 0; at < text.length; at++) bytes[start + at] = text.charCodeAt(at)
}

/** The network stays: `0x`, `bc1`, `1`, `3`. Checksums are not computed anew: most wallets will call it invalid. */
export const permuteCryptoAddress: FormatMask = (permutation, bytes, start, end) => {
  const text = latin(bytes, start, end, 128)
  if (/^0[xX][0-9a-fA-F]{40}$/.test(text)) {
    return permuteHardwareAddress(permutation, bytes, start + 2, end)
  }
  const network = /^(?:bc|tb|ltc|addr|cosmos)1(?=[0-9a-z]{30,}$)/.exec(text)?.[0].length
  if (network !== undefined) {
    const slots = slotsOf(bytes, start + network, end, sameKind)
    return permuteSlots(permutation, 'bech32', bytes, slots)
  }
  if (!/^[1-9A-HJ-NP-Za-km-z]{25,64}$/.test(text))
    return permuteText(permutation, bytes, start, end)
  return permuteSlots(permutation, 'base58', bytes, slotsOf(bytes, start + 1, end, base58))
}

/** Base 58 leaves out what looks alike. */
const base58: LettersOf = (byte) => sameKind(byte)?.replaceAll(/[0IOl]/g, '')

/** `1961-07-01` (also with slashes or dots) and `01.07.1961`. Of other orders it can't be told which number is the month. */
export const permuteBirthDate: FormatMask = (permutation, bytes, start, end) => {
  if (end - start !== 10) return false
  const text = String.fromCharCode(...bytes.subarray(start, end))
  const [, year, , month, day] = /^(\d{4})([-/.])(\d\d)\2(\d\d)$/.exec(text) ?? []
  const [, dayFirst, monthNext, yearLast] = /^(\d\d)\.(\d\d)\.(\d{4})$/.exec(text) ?? []
  const isYearFirst = year !== undefined
  const date = isYearFirst ? [year, month, day] : [yearLast, monthNext, dayFirst]
  const number = dayOfDate(Number(date[0]), Number(date[1]), Number(date[2]))
  const masked = number === undefined ? undefined : permuteDay(permutation, number)
  if (masked === undefined) return false
  writeDate(bytes, start, masked, isYearFirst)
  return true
}

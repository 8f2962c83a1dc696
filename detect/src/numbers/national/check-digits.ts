/** Check digits as states compute them. `text` holds digits as 0 to 9, letters as 10 to 35. Pure. */

/** The sum of the first characters, each times its weight. */
export function weighted(text: Uint8Array, weights: readonly number[]): number {
  let sum = 0
  for (let index = 0; index < weights.length; index++) sum += text[index]! * weights[index]!
  return sum
}

/** ISO/IEC 7812-1, annex B, of the characters from `from` to `to`: digits. */
export function luhn(text: Uint8Array, from = 0, to: number = text.length): boolean {
  let sum = 0
  for (let index = to - 1, doubled = false; index >= from; index--, doubled = !doubled) {
    const value = doubled ? text[index]! * 2 : text[index]!
    sum += value > 9 ? value - 9 : value
  }
  return sum % 10 === 0
}

/** The digits from `from` to `to` as a number: at most 15 of them. */
export function numberOf(text: Uint8Array, from: number, to: number): number {
  let value = 0
  for (let index = from; index < to; index++) value = value * 10 + text[index]!
  return value
}

/** ISO 7064, mod 11, 10: of digits, the last of them is the check digit. */
export function isMod11And10(text: Uint8Array): boolean {
  let product = 10
  for (let index = 0; index < text.length - 1; index++) {
    const sum = (text[index]! + product) % 10
    product = ((sum === 0 ? 10 : sum) * 2) % 11
  }
  return (11 - product) % 10 === text.at(-1)
}

const dihedral = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
  [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
  [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
  [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
  [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
  [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
  [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
  [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
  [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
]
const permuted = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]
for (let round = 1; round < 8; round++) {
  permuted.push(permuted[round - 1]!.map((digit) => [1, 5, 7, 6, 2, 8, 3, 0, 9, 4][digit]!))
}

/** Verhoeff, "Error Detecting Decimal Codes" (1969). */
export function verhoeff(text: Uint8Array): boolean {
  let state = 0
  for (let index = 0; index < text.length; index++) {
    state = dihedral[state]![permuted[index % 8]![text[text.length - 1 - index]!]!]!
  }
  return state === 0
}

/** Whether year (of two digits or four), month and day are a day of the calendar. */
export function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0 || year < 100)
  const days =
    month === 2
      ? isLeap
        ? 29
        : 28
      : month === 4 || month === 6 || month === 9 || month === 11
        ? 30
        : 31
  return day <= days
}

/** The two digits at `at`. */
export function pair(text: Uint8Array, at: number): number {
  return text[at]! * 10 + text[at + 1]!
}

/** Whether not all digits are the same: such numbers pass many checks, and are placeholders. */
export function isVaried(text: Uint8Array): boolean {
  for (let index = 1; index < text.length; index++) if (text[index] !== text[0]) return true
  return false
}

/**
 * Dates as numbers of days, and the permutation of them. All dates with a year of four digits are one domain: those of
 * living people alone would be too few for any secrecy. Pure.
 */
import type { Permutation } from './permutation.ts'

/** Days since 2000-01-01, as PostgreSQL counts them. */
export type Day = number

const dayMs = 86_400_000
const epochMs = Date.UTC(2000, 0, 1)
const firstDay: Day = (Date.UTC(1000, 0, 1) - epochMs) / dayMs
const lastDay: Day = (Date.UTC(9999, 11, 31) - epochMs) / dayMs

/** Undefined: there is no such date, or its year has other than four digits. */
export function dayOfDate(year: number, month: number, dayOfMonth: number): Day | undefined {
  const time = Date.UTC(year, month - 1, dayOfMonth)
  const date = new Date(time)
  if (!(year >= 1000 && year <= 9999) || date.getUTCMonth() !== month - 1) return undefined
  return date.getUTCDate() === dayOfMonth ? (time - epochMs) / dayMs : undefined
}

/** Another date, the same for the same. Undefined: it is beyond years of four digits. */
export function permuteDay(permutation: Permutation, day: Day): Day | undefined {
  const count = BigInt(lastDay - firstDay + 1)
  const result = permutation.number('date', BigInt(day - firstDay), count)
  return result === undefined ? undefined : Number(result) + firstDay
}

/** `1961-07-01`, or `01.07.1961`: ten bytes, of which the separators are there. */
export function writeDate(bytes: Uint8Array, start: number, day: Day, yearFirst: boolean): void {
  const text = new Date(epochMs + day * dayMs).toISOString()
  const parts = [text.slice(0, 4), text.slice(5, 7), text.slice(8, 10)]
  let at = start
  for (const part of yearFirst ? parts : parts.toReversed()) {
    for (const letter of part) bytes[at++] = letter.charCodeAt(0)
    at++
  }
}

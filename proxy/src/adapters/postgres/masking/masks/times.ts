/**
 * Masks of dates and times in text format, in whichever DateStyle and IntervalStyle the session has: 1 January 2000,
 * midnight, no time at all. PostgreSQL documentation, "Date/Time Output". Pure.
 */
import { always, firstThatFits, nullValue, toNull, type ValueMask } from './value-mask.ts'

const dash = 0x2d
const slash = 0x2f
const dot = 0x2e
const letterA = 0x41
const letterP = 0x50
const at = 0x40

/** Of the date part. Month and day are alike, so their order doesn't matter. */
const isoDate = '2000-01-01'
const slashDate = '01/01/2000'
const dotDate = '01.01.2000'
const dashDate = '01-01-2000'

export const dateText: ValueMask = byStyle(
  (date) => always(date),
  // Of a date alone the style "Postgres" has no words.
  () => toNull,
)
export const timestampText: ValueMask = byStyle(
  (date) => always(`${date} 00:00:00`),
  () => always('Sat Jan 01 00:00:00 2000'),
)
export const timestampWithZoneText: ValueMask = byStyle(
  (date) => always(date === isoDate ? `${date} 00:00:00+00` : `${date} 00:00:00 UTC`),
  () => always('Sat Jan 01 00:00:00 2000 UTC'),
)
export const timeText: ValueMask = always('00:00:00')
export const timeWithZoneText: ValueMask = always('00:00:00+00')

const isoInterval = always('P0D')
const verboseInterval = always('@ 0')
const plainInterval = firstThatFits('00:00:00', '0 days', '0 day', '0')

export const intervalText: ValueMask = (bytes, start, end) => {
  switch (bytes[start]) {
    case letterP:
      return isoInterval(bytes, start, end)
    case at:
      return verboseInterval(bytes, start, end)
    default:
      return plainInterval(bytes, start, end)
  }
}

function byStyle(of: (date: string) => ValueMask, inWords: () => ValueMask): ValueMask {
  const iso = of(isoDate)
  const slashes = of(slashDate)
  const dots = of(dotDate)
  const dashes = of(dashDate)
  const words = inWords()
  return (bytes, start, end) => {
    // `infinity` and `-infinity` are shorter than every date.
    if (end - start < isoDate.length) return nullValue
    if (bytes[start]! >= letterA) return words(bytes, start, end)
    let digits = start
    while (digits < end && bytes[digits]! >= 0x30 && bytes[digits]! <= 0x39) digits++
    switch (bytes[digits]) {
      case dash:
        return (digits - start > 2 ? iso : dashes)(bytes, start, end)
      case slash:
        return slashes(bytes, start, end)
      case dot:
        return dots(bytes, start, end)
      default:
        return nullValue
    }
  }
}

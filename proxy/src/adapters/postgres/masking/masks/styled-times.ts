/**
 * Dates and times in styles: another date, at midnight. In text only in the DateStyles ISO and German: of the others a value
 * doesn't tell which number is the month. From styled-types.ts. Pure.
 */
import { dayOfDate, writeDate, type EntityMask } from '@gatetrail/detect'
import { readInt32 } from '@gatetrail/protocols'
import type { StyledMask } from './value-mask.ts'

const dateLength = 10
const dayMicros = 86_400_000_000n
const encoder = new TextEncoder()

const textOf = (bytes: Uint8Array, start: number, end: number): string =>
  end - start > 40 ? '' : String.fromCharCode(...bytes.subarray(start, end))

export const dateBinary: StyledMask = (mask, bytes, start, end) => {
  if (end - start !== 4) return undefined
  const day = mask.day(readInt32(bytes, start))
  if (day === undefined) return undefined
  for (let index = 0; index < 4; index++) bytes[start + index] = day >>> (24 - 8 * index)
  return end
}

export const dateText: StyledMask = (mask, bytes, start, end) => {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(textOf(bytes, start, end)) ?? []
  const [, first, second, last] = /^(\d\d)\.(\d\d)\.(\d{4})$/.exec(textOf(bytes, start, end)) ?? []
  const day =
    year === undefined
      ? dayOfDate(Number(last), Number(second), Number(first))
      : dayOfDate(Number(year), Number(month), Number(date))
  return day === undefined ? undefined : maskDay(mask, day, bytes, start, year !== undefined)
}

function maskDay(
  mask: EntityMask,
  day: number,
  bytes: Uint8Array,
  start: number,
  yearFirst: boolean,
): number | undefined {
  const masked = mask.day(day)
  if (masked === undefined) return undefined
  writeDate(bytes, start, masked, yearFirst)
  return start + dateLength
}

export const timestampBinary: StyledMask = (mask, bytes, start, end) => {
  if (end - start !== 8) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const micros = view.getBigInt64(start)
  const day = mask.day(Number((micros - floorRest(micros)) / dayMicros))
  if (day === undefined) return undefined
  view.setBigInt64(start, BigInt(day) * dayMicros)
  return end
}

/** What is beyond the last midnight, also before 2000. */
function floorRest(micros: bigint): bigint {
  return ((micros % dayMicros) + dayMicros) % dayMicros
}

const midnight = encoder.encode(' 00:00:00')
const midnightUtc = encoder.encode(' 00:00:00+00')

const isoTime = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?$/ // prettier-ignore

export const timestampText: StyledMask = timeText(midnight, false)
/** In whichever zone it is written: the day is that of UTC, as in binary format. */
export const timestampWithZoneText: StyledMask = timeText(midnightUtc, true)

function timeText(behind: Uint8Array, zoned: boolean): StyledMask {
  return (mask, bytes, start, end) => {
    const parts = isoTime.exec(textOf(bytes, start, end))
    if (parts === null || (parts[7] !== undefined) !== zoned) return undefined
    const [year, month, date, hours, minutes, seconds] = parts.slice(1, 7).map(Number)
    const day = dayOfDate(year!, month!, date!)
    if (day === undefined) return undefined
    const [offsetHours, offsetMinutes, offsetSeconds] = parts.slice(8, 11).map((part) => Number(part ?? 0)) // prettier-ignore
    const offset = (offsetHours! * 60 + offsetMinutes!) * 60 + offsetSeconds!
    const time = (hours! * 60 + minutes!) * 60 + seconds! - (parts[7] === '-' ? -offset : offset)
    const utcDay = day + Math.floor(time / 86_400)
    const dateEnd = maskDay(mask, utcDay, bytes, start, true)
    if (dateEnd === undefined) return undefined
    bytes.set(behind, dateEnd)
    return dateEnd + behind.length
  }
}

/**
 * Binary dates and times as PostgreSQL writes them in text (DateStyle ISO, TimeZone UTC, IntervalStyle postgres). Counted
 * from 2000-01-01. PostgreSQL manual, "Date/Time Types"; utils/adt/timestamp.c. Used by values-binary.ts. Pure.
 */

const microsPerSecond = 1_000_000n
const microsPerDay = 86_400n * microsPerSecond
const epochDays = 10_957 // 1970-01-01 to 2000-01-01
const infinity64 = 0x7fffffffffffffffn
const minusInfinity64 = -0x8000000000000000n

export function dateText(days: number): string {
  if (days === 0x7fffffff) return 'infinity'
  if (days === -0x80000000) return '-infinity'
  const { text, era } = calendarDay(days)
  return text + era
}

export function timestampText(micros: bigint, zone: '' | '+00'): string {
  if (micros === infinity64) return 'infinity'
  if (micros === minusInfinity64) return '-infinity'
  let days = micros / microsPerDay
  let rest = micros % microsPerDay
  if (rest < 0n) {
    days -= 1n
    rest += microsPerDay
  }
  const { text, era } = calendarDay(Number(days))
  return `${text} ${timeText(rest)}${zone}${era}`
}

/** `micros` since midnight; 24:00:00 is a valid time. */
export function timeText(micros: bigint): string {
  const seconds = micros / microsPerSecond
  const clock = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map((part) =>
    part.toString().padStart(2, '0'),
  )
  return clock.join(':') + fractionText(micros % microsPerSecond)
}

/** `zoneSeconds` west of UTC, as timetz carries it. */
export function zoneText(zoneSeconds: number): string {
  const east = -zoneSeconds
  const size = Math.abs(east)
  const parts = [Math.trunc(size / 3600), Math.trunc(size / 60) % 60, size % 60]
  while (parts.length > 1 && parts.at(-1) === 0) parts.pop()
  return (east < 0 ? '-' : '+') + parts.map((part) => String(part).padStart(2, '0')).join(':')
}

export function intervalText(months: number, days: number, micros: bigint): string {
  const parts: string[] = []
  const years = Math.trunc(months / 12)
  let before = 0
  const add = (value: number, unit: string): void => {
    if (value === 0) return
    // A positive part after a negative one carries its sign, so that it can't be read as negative too.
    const sign = before < 0 && value > 0 ? '+' : ''
    parts.push(`${sign}${value} ${unit}${value === 1 ? '' : 's'}`)
    before = value
  }
  add(years, 'year')
  add(months % 12, 'mon')
  add(days, 'day')
  if (micros !== 0n || parts.length === 0) {
    const sign = micros < 0n ? '-' : before < 0 ? '+' : ''
    parts.push(sign + timeText(micros < 0n ? -micros : micros))
  }
  return parts.join(' ')
}

function fractionText(micros: bigint): string {
  if (micros === 0n) return ''
  return `.${micros.toString().padStart(6, '0').replace(/0+$/, '')}`
}

/** Civil day of the proleptic Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
function calendarDay(daysSince2000: number): { text: string; era: string } {
  const shifted = daysSince2000 + epochDays + 719_468
  const cycle = Math.floor(shifted / 146_097)
  const dayOfCycle = shifted - cycle * 146_097
  const yearOfCycle = Math.floor(
    (dayOfCycle -
      Math.floor(dayOfCycle / 1460) +
      Math.floor(dayOfCycle / 36_524) -
      Math.floor(dayOfCycle / 146_096)) /
      365,
  )
  const dayOfYear =
    dayOfCycle - (365 * yearOfCycle + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  const year = yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0)
  const shownYear = year > 0 ? year : 1 - year
  const pad = (value: number, width: number): string => String(value).padStart(width, '0')
  return {
    text: `${pad(shownYear, 4)}-${pad(month, 2)}-${pad(day, 2)}`,
    era: year > 0 ? '' : ' BC',
  }
}

/** Calendar days as `YYYY-MM-DD`, in a time zone. Pure. */

const dayPattern = /^(\d{4})-(\d{2})-(\d{2})$/

/** Whether this is a day of the calendar: not 2026-02-30. */
export function isDay(text: string): boolean {
  return dayPattern.test(text) && addDays(text, 0) === text
}

/** The day that it is at this moment in this zone. */
export function dayAt(ms: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(ms)
  const part = (type: string) => parts.find((found) => found.type === type)?.value ?? ''
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`
}

/** The first of so many days up to the one that it is now. */
export function firstOfLast(days: number, timeZone: string, nowMs: number): string {
  return addDays(dayAt(nowMs, timeZone), 1 - days)
}

export function addDays(day: string, count: number): string {
  const date = asDate(day)
  date.setUTCDate(date.getUTCDate() + count)
  return date.toISOString().slice(0, 10)
}

/** The same day of another month, or that month's last day. */
export function addMonths(day: string, count: number): string {
  const date = asDate(day)
  const wanted = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + count)
  const first = date.toISOString().slice(0, 10)
  return addDays(first, Math.min(wanted, daysOfMonth(first).length) - 1)
}

/** All days of the month that this day is in. */
export function daysOfMonth(day: string): string[] {
  const first = `${day.slice(0, 8)}01`
  const days = Array.from({ length: 31 }, (_, index) => addDays(first, index))
  return days.filter((each) => each.startsWith(day.slice(0, 8)))
}

/** 0 is Sunday. */
export function weekday(day: string): number {
  return asDate(day).getUTCDay()
}

/** `Thursday, 12 March 2026` */
export function dayName(day: string): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeZone: 'UTC' }).format(
    asDate(day),
  )
}

/** `12 March 2026` */
export function dayNameShort(day: string): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(
    asDate(day),
  )
}

/** `Mar` */
export function monthNameShort(day: string): string {
  return new Intl.DateTimeFormat('en-GB', { month: 'short', timeZone: 'UTC' }).format(asDate(day))
}

/** The first instant of a day in a zone: searched, as midnight may not exist, or exist twice. */
export function startOfDay(day: string, timeZone: string): Date {
  const midnight = asDate(day).getTime()
  let before = midnight - 15 * 3_600_000
  let at = midnight + 15 * 3_600_000
  while (at - before > 1) {
    const middle = Math.floor((before + at) / 2)
    if (dayAt(middle, timeZone) >= day) at = middle
    else before = middle
  }
  return new Date(at)
}

function asDate(day: string): Date {
  const [, year = '', month = '', date = ''] = dayPattern.exec(day) ?? []
  return new Date(Date.UTC(Number(year), Number(month) - 1, Number(date)))
}

/** A calendar day in a time zone → its first instant and that of the next day. Pure. */
import { GatetrailError } from '@gatetrail/schemas'

export type Day = { on: string; timeZone: string; from: Date; to: Date }

/** @throws GatetrailError REQUEST_INVALID for a date or a zone that does not exist */
export function dayIn(on: string, timeZone: string): Day {
  const [year, month, day] = on.split('-').map(Number)
  const start = Date.UTC(year ?? NaN, (month ?? NaN) - 1, day)
  if (Number.isNaN(start) || new Date(start).toISOString().slice(0, 10) !== on) {
    throw new GatetrailError('REQUEST_INVALID', `${on} is no date`, {
      hint: 'Give it as YYYY-MM-DD.',
    })
  }
  const next = new Date(start + 86_400_000).toISOString().slice(0, 10)
  return { on, timeZone, from: firstInstant(on, timeZone), to: firstInstant(next, timeZone) }
}

/** The first instant whose local date is `on`: searched, as midnight may not exist or exist twice. */
function firstInstant(on: string, timeZone: string): Date {
  const format = formatterFor(timeZone)
  const utcMidnight = Date.parse(`${on}T00:00:00Z`)
  // Zones lie between UTC-12 and UTC+14; dates grow with time, so a binary search finds the edge.
  let before = utcMidnight - 15 * 3_600_000
  let at = utcMidnight + 15 * 3_600_000
  while (at - before > 1) {
    const middle = Math.floor((before + at) / 2)
    if (localDate(format, middle) >= on) at = middle
    else before = middle
  }
  return new Date(at)
}

function formatterFor(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-CA', {
      timeZone, year: 'numeric', month: '2-digit', day: '2-digit', calendar: 'gregory',
    }) // prettier-ignore
  } catch (cause) {
    throw new GatetrailError('REQUEST_INVALID', `${timeZone.slice(0, 64)} is no time zone`, {
      hint: 'Give a name of the IANA database, such as Europe/Berlin, or UTC.',
      cause,
    })
  }
}

function localDate(format: Intl.DateTimeFormat, atMs: number): string {
  const parts = Object.fromEntries(
    format.formatToParts(atMs).map(({ type, value }) => [type, value]),
  )
  return `${parts['year']?.padStart(4, '0')}-${parts['month']}-${parts['day']}`
}

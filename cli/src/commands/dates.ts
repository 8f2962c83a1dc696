/** Dates and times of the command line. Pure but for the clock, which is an argument. */
import { GatetrailError } from '@gatetrail/schemas'

/** `today`, `yesterday`, or YYYY-MM-DD; today in `timeZone`. @throws GatetrailError USAGE */
export function dayOf(text: string, timeZone: string, now: Date): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return text
  const back = { today: 0, yesterday: 1 }[text]
  if (back === undefined) {
    throw new GatetrailError('USAGE', `"${text}" is no day: give YYYY-MM-DD, today or yesterday`)
  }
  try {
    const today = new Intl.DateTimeFormat('en-CA', { timeZone }).format(now)
    // A day of the calendar back: not every day has 24 hours.
    return new Date(Date.parse(today) - back * units.d).toISOString().slice(0, 10)
  } catch (cause) {
    throw new GatetrailError('USAGE', `"${timeZone}" is no time zone`, {
      hint: 'Give a name of the IANA database, such as Europe/Berlin, or UTC.',
      cause,
    })
  }
}

const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `90s`, `15m`, `24h`, `30d` → seconds. @throws GatetrailError USAGE */
export function secondsOf(text: string): number {
  const parsed = /^(\d{1,6})([smhd])$/.exec(text)
  if (parsed === null || Number(parsed[1]) === 0)
    throw new GatetrailError('USAGE', `"${text}" is no duration: give 90s, 15m, 24h or 30d`)
  return (Number(parsed[1]) * units[(parsed[2] ?? 's') as keyof typeof units]) / 1_000
}

/** `90s`, `15m`, `2h`, `7d` ago, `today`, or an ISO 8601 date or time. @throws GatetrailError USAGE */
export function instantOf(text: string, now: Date): string {
  const ago = /^(\d{1,6})([smhd])$/.exec(text)
  if (ago !== null) {
    const unit = units[(ago[2] ?? 's') as keyof typeof units]
    return new Date(now.getTime() - Number(ago[1]) * unit).toISOString()
  }
  if (text === 'today' || text === 'yesterday') return `${dayOf(text, 'UTC', now)}T00:00:00.000Z`
  const day = /^\d{4}-\d{2}-\d{2}/.exec(text)?.[0]
  const parsed = new Date(day === undefined || !isInCalendar(day) ? NaN : text)
  if (!Number.isNaN(parsed.getTime())) return parsed.toISOString()
  throw new GatetrailError('USAGE', `"${text}" is no time: give 2h, 7d, today, or an ISO 8601 time`)
}

/** JavaScript takes the 31st of February for the 3rd of March. */
function isInCalendar(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}

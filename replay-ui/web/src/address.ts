/** What stands behind the `?` of each page: checked, and everything else forgotten. Links are made to be sent to a colleague. Pure. */
import { platformApi } from '@gatetrail/replay-api'
import { isDay } from './time/day.ts'
import { isTimeZone } from './time/zone.ts'

type Raw = Readonly<Record<string, unknown>>

export type ZoneSearch = { tz?: string | undefined }
/** `year`: of the calendar, if it is not the day's own. */
export type AnswerSearch = {
  on?: string | undefined
  year?: number | undefined
  signin?: string | undefined
  /** Where somebody was going when a sign-in came to nothing: a path of ours. */
  returnTo?: string | undefined
}

export function zoneSearch(raw: Raw): ZoneSearch {
  const { tz } = raw
  return typeof tz === 'string' && isTimeZone(tz) ? { tz } : {}
}

export function answerSearch(raw: Raw): AnswerSearch {
  const year = whole(raw['year'])
  const isYear = year !== undefined && year >= 1970 && year <= 2200
  return known({
    on: day(raw['on']),
    year: isYear ? year : undefined,
    signin: text(raw['signin'], 20),
    returnTo: ownPath(raw['returnTo']),
  })
}

/** Never another site. */
function ownPath(value: unknown): string | undefined {
  const path = text(value, platformApi.returnToCharactersMax)
  return path !== undefined && /^\/(?![/\\])[\x21-\x7e]*$/.test(path) ? path : undefined
}

export function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search))
}

export function stringifySearch(search: Raw): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) {
    if (typeof value === 'string' || typeof value === 'number') query.set(name, String(value))
  }
  // A time zone reads better with its slash; RFC 3986 §3.4 allows it there.
  return query.size === 0 ? '' : `?${query.toString().replaceAll('%2F', '/')}`
}

/** Each of these answers undefined for what it does not take. */
export function day(value: unknown): string | undefined {
  return typeof value === 'string' && isDay(value) ? value : undefined
}

export function text(value: unknown, charactersMax: number): string | undefined {
  const fits = typeof value === 'string' && value !== '' && value.length <= charactersMax
  return fits ? value : undefined
}

export function whole(value: unknown): number | undefined {
  const number = Number(value ?? NaN)
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined
}

/** Without what is undefined: it would stand in the way of what is kept from the address before. */
export function known<Search extends object>(search: Search): Search {
  for (const [name, value] of Object.entries(search)) {
    if (value === undefined) Reflect.deleteProperty(search, name)
  }
  return search
}

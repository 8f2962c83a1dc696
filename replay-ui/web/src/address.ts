/** What stands behind the `?` of each page: checked, and everything else forgotten. Links are made to be sent to a colleague. Pure. */
import { isDay } from './time/day.ts'
import { isTimeZone } from './time/zone.ts'

type Raw = Readonly<Record<string, unknown>>

export type ZoneSearch = { tz?: string | undefined }
export type AnswerSearch = { on?: string | undefined; signin?: string | undefined }
export type SessionsSearch = {
  on?: string | undefined
  connection?: string | undefined
  principal?: string | undefined
  cursor?: string | undefined
}
export type ReplaySearch = { at?: number | undefined; page?: number | undefined }

export function zoneSearch(raw: Raw): ZoneSearch {
  const { tz } = raw
  return typeof tz === 'string' && tz !== 'UTC' && isTimeZone(tz) ? { tz } : {}
}

export function answerSearch(raw: Raw): AnswerSearch {
  return { ...day(raw), ...text(raw, 'signin', 20) }
}

export function sessionsSearch(raw: Raw): SessionsSearch {
  return {
    ...day(raw),
    ...text(raw, 'connection', 200),
    ...text(raw, 'principal', 1_000),
    ...text(raw, 'cursor', 500),
  }
}

/** `at`: seq of a statement's decision; `page`: of its rows, from 0 as in the API. */
export function replaySearch(raw: Raw): ReplaySearch {
  return { ...whole(raw, 'at'), ...whole(raw, 'page') }
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

function day(raw: Raw): { on?: string } {
  const { on } = raw
  return typeof on === 'string' && isDay(on) ? { on } : {}
}

function text<Name extends string>(raw: Raw, name: Name, charactersMax: number) {
  const value = raw[name]
  const fits = typeof value === 'string' && value !== '' && value.length <= charactersMax
  return fits ? ({ [name]: value } as { [Key in Name]?: string }) : {}
}

function whole<Name extends string>(raw: Raw, name: Name) {
  const value = Number(raw[name] ?? NaN)
  const fits = Number.isSafeInteger(value) && value >= 0
  return fits ? ({ [name]: value } as { [Key in Name]?: number }) : {}
}

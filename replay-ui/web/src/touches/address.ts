/** What stands behind `/touches?`: how touches are grouped, what they must have, and when they were. Pure. */
import { touchesApi, type TouchGroup } from '@gatetrail/replay-api'
import { touchOutcomes } from '@gatetrail/schemas'
import { day, known, text, whole } from '../address.ts'
import { addDays, firstOfLast, startOfDay } from '../time/day.ts'

/** Filters that a row of an answer, or a person, narrows a question by. */
export const filterNames = [
  'principal',
  'onBehalfOf',
  'workflow',
  'repository',
  'provider',
  'run',
  'attempt',
  'connection',
  'place',
  'entity',
  'outcome',
  'policy',
  'session',
] as const
export type FilterName = (typeof filterNames)[number]

/** What a session may be without: empty in an address means that. */
const canLack: ReadonlySet<FilterName> = new Set([
  ...(['workflow', 'repository', 'provider', 'run', 'attempt', 'policy'] as const),
])

export type TouchFilters = { [Name in FilterName]?: string | undefined }

/** Days are in the zone of the address. `last`: so many days up to now, whenever the address is opened. */
export type RangeSearch = {
  from?: string | undefined
  to?: string | undefined
  last?: number | undefined
}

export type TouchesSearch = TouchFilters &
  RangeSearch & {
    by?: TouchGroup | undefined
    sort?: string | undefined
    cursor?: string | undefined
  }

const valueCharactersMax = 1_000
const lastDaysMax = 366

export function touchesSearch(raw: Readonly<Record<string, unknown>>): TouchesSearch {
  const filters: TouchFilters = {}
  for (const name of filterNames)
    filters[name] = raw[name] === '' && canLack.has(name) ? '' : text(raw[name], valueCharactersMax)
  const outcome = touchOutcomes.find((one) => one === filters.outcome)
  const isSession = /^[0-9a-f-]{36}$/i.test(filters.session ?? '')
  const last = whole(raw['last'])
  return known({
    by: touchesApi.touchGroups.find((group) => group === raw['by']),
    ...filters,
    outcome,
    session: isSession ? filters.session : undefined,
    from: day(raw['from']),
    to: day(raw['to']),
    last: last !== undefined && last >= 1 && last <= lastDaysMax ? last : undefined,
    sort: text(raw['sort'], 20),
    cursor: text(raw['cursor'], 500),
  })
}

export function filtersOf(search: TouchFilters): TouchFilters {
  const filters: TouchFilters = {}
  for (const name of filterNames) if (search[name] !== undefined) filters[name] = search[name]
  return filters
}

/** The instants that a range of days means: whole days, so that the same question asks the same all day long. */
export function instantsOf({ from, to, last }: RangeSearch, zone: string, nowMs: number) {
  const first = last === undefined ? from : firstOfLast(last, zone, nowMs)
  const end = last === undefined ? to : undefined
  return {
    ...(first !== undefined && { from: startOfDay(first, zone).toISOString() }),
    ...(end !== undefined && { to: startOfDay(addDays(end, 1), zone).toISOString() }),
  }
}

/** What the API is asked: the same for the page, its export and its report. */
export function touchQuery(search: TouchesSearch, zone: string, nowMs: number) {
  const { outcome, ...filters } = filtersOf(search)
  return {
    by: search.by ?? 'run',
    ...filters,
    ...(outcome !== undefined && { outcome: touchOutcomes.find((one) => one === outcome) }),
    ...instantsOf(search, zone, nowMs),
    tz: zone,
  }
}

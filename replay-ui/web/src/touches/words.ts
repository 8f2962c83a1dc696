/** The question of the page in words. Pure. */
import type { TouchGroup, TimeRange } from '@gatetrail/replay-api'
import { dayAt, dayNameShort } from '../time/day.ts'
import type { FilterName } from './address.ts'

type GroupWords = { name: string; question: string; one: string }

const groups: Readonly<Record<TouchGroup, GroupWords>> = {
  run: { name: 'Runs', question: 'Which runs touched personal data?', one: 'run' },
  session: { name: 'Sessions', question: 'Which sessions touched personal data?', one: 'session' },
  principal: { name: 'Who', question: 'Who touched personal data?', one: 'principal' },
  workflow: { name: 'Workflows', question: 'Which workflows touched personal data?', one: 'workflow' },
  place: { name: 'Columns', question: 'In which columns was personal data touched?', one: 'column' },
  entity: { name: 'Kinds of data', question: 'Which kinds of personal data were touched?', one: 'kind of data' },
  connection: { name: 'Connections', question: 'On which connections was personal data touched?', one: 'connection' },
  policy: { name: 'Policies', question: 'Which policies decided statements that touched personal data?', one: 'policy' },
  day: { name: 'Days', question: 'On which days was personal data touched?', one: 'day' },
} // prettier-ignore

export function groupWords(group: TouchGroup): GroupWords {
  return groups[group]
}

const filters: Readonly<Record<FilterName, string>> = {
  principal: 'Who',
  onBehalfOf: 'On behalf of',
  workflow: 'Workflow',
  repository: 'Repository',
  provider: 'Provider',
  run: 'Run',
  attempt: 'Attempt',
  connection: 'Connection',
  place: 'Column',
  entity: 'Kind of data',
  outcome: 'Outcome',
  policy: 'Policy',
  session: 'Session',
}

export function filterWord(name: FilterName): string {
  return filters[name]
}

/** `from 1 March 2026 to 12 March 2026`; of one day: `on 12 March 2026`. */
export function rangeWords({ from, to }: TimeRange, zone: string): string {
  const first = dayNameShort(dayAt(Date.parse(from), zone))
  // The end does not belong to it.
  const last = dayNameShort(dayAt(Date.parse(to) - 1, zone))
  return first === last ? `on ${first}` : `from ${first} to ${last}`
}

/** The order of a table: `values` from the smallest, `-values` from the largest. Pure. */
import type { TouchRow } from '@gatetrail/replay-api'

export const sortNames = [
  'values',
  'revealed',
  'late',
  'written',
  'filtered',
  'masked',
  'runs',
  'sessions',
  'last',
] as const
export type SortName = (typeof sortNames)[number]

/** As they came, if the order is none of ours. */
export function sorted(rows: readonly TouchRow[], sort: string | undefined): readonly TouchRow[] {
  const name = sortNames.find((one) => one === sort?.replace(/^-/, ''))
  if (name === undefined) return rows
  const sign = sort?.startsWith('-') === true ? -1 : 1
  const compare = (one: TouchRow, other: TouchRow) =>
    name === 'last'
      ? one.lastTime < other.lastTime ? -1 : one.lastTime > other.lastTime ? 1 : 0
      : one[name] - other[name] // prettier-ignore
  return [...rows].sort((one, other) => sign * compare(one, other))
}

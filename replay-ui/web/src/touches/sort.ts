/** The order of a table: `values` from the smallest, `-values` from the largest. Pure. */
import type { TouchRow, TouchSumRow } from '@gatetrail/replay-api'

/** What has to be told apart is counted last. */
export type ShownRow = TouchSumRow & Partial<Pick<TouchRow, 'runs' | 'sessions' | 'entities'>>

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
export function sorted(rows: readonly ShownRow[], sort: string | undefined): readonly ShownRow[] {
  const name = sortNames.find((one) => one === sort?.replace(/^-/, ''))
  if (name === undefined) return rows
  const sign = sort?.startsWith('-') === true ? -1 : 1
  const compare = (one: ShownRow, other: ShownRow) =>
    name === 'last'
      ? one.lastTime < other.lastTime ? -1 : one.lastTime > other.lastTime ? 1 : 0
      : (one[name] ?? 0) - (other[name] ?? 0) // prettier-ignore
  return [...rows].sort((one, other) => sign * compare(one, other))
}

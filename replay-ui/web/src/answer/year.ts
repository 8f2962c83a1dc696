/** Where each day of a year stands on its map, and how strongly it is drawn. Weeks are columns and begin on Monday. Pure. */
import { addDays, addMonths, weekday } from '../time/day.ts'

type Cell = { day: string; column: number; row: number }

export function cellsOf(year: number): Cell[] {
  const first = `${String(year).padStart(4, '0')}-01-01`
  const before = mondayFirst(first)
  return Array.from({ length: 366 }, (_, index) => addDays(first, index))
    .filter((day) => day.slice(0, 4) === first.slice(0, 4))
    .map((day, index) => ({
      day,
      column: Math.floor((index + before) / 7),
      row: (index + before) % 7,
    }))
}

/** From 0, nothing, to 4, the most of the year. By the logarithm, so that a small day beside a huge one is still seen. */
export function strength(values: number, most: number): number {
  if (values <= 0) return 0
  return Math.max(1, Math.ceil((4 * Math.log1p(values)) / Math.log1p(Math.max(values, most))))
}

/** The day that a key leads to from this one. Undefined: the key means nothing here. */
export function dayByKey(key: string, day: string): string | undefined {
  const days = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -7, ArrowRight: 7 }[key]
  if (days !== undefined) return addDays(day, days)
  if (key === 'PageUp' || key === 'PageDown') return addMonths(day, key === 'PageUp' ? -1 : 1)
  if (key === 'Home') return `${day.slice(0, 4)}-01-01`
  if (key === 'End') return `${day.slice(0, 4)}-12-31`
  return undefined
}

function mondayFirst(day: string): number {
  return (weekday(day) + 6) % 7
}

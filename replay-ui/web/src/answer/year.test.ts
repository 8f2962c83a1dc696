import { describe, expect, it } from 'vitest'
import { weekday } from '../time/day.ts'
import { cellsOf, dayByKey, strength } from './year.ts'

describe('the map of a year', () => {
  it.each([
    [2026, 365],
    [2024, 366],
    [1970, 365],
  ])('has each day of %i once, in a place of its own, Mondays on top', (year, days) => {
    const cells = cellsOf(year)
    expect(new Set(cells.map(({ day }) => day)).size).toBe(days)
    expect(new Set(cells.map(({ column, row }) => `${column} ${row}`)).size).toBe(days)
    expect(cells.every(({ day, row }) => (row === 0) === (weekday(day) === 1))).toBe(true)
    expect(Math.max(...cells.map(({ column }) => column))).toBeLessThan(54)
  })

  it('draws the most strongest, a single value beside millions still, and nothing not at all', () => {
    expect([0, 1, 5_000_000].map((values) => strength(values, 5_000_000))).toEqual([0, 1, 4])
    expect(strength(1, 1)).toBe(4)
    expect(strength(7, 5)).toBe(4)
  })

  it('is walked by day and by week', () => {
    expect(dayByKey('ArrowDown', '2026-02-28')).toBe('2026-03-01')
    expect(dayByKey('ArrowLeft', '2026-03-08')).toBe('2026-03-01')
    expect(dayByKey('End', '2024-02-29')).toBe('2024-12-31')
    expect(dayByKey('a', '2024-02-29')).toBeUndefined()
  })
})

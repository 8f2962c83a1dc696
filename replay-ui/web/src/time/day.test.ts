/** Days must be cut where the reader's zone cuts them, on the days of clock changes too. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, addMonths, dayAt, daysOfMonth, isDay, startOfDay } from './day.ts'
import { isTimeZone } from './zone.ts'

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Pacific/Kiritimati', 'Africa/Cairo']
const anyDay = fc.integer({ min: 0, max: 40_000 }).map((days) => addDays('1971-01-01', days))

describe('days', () => {
  it('begin where the day before ends, in every zone', () => {
    fc.assert(
      fc.property(anyDay, fc.constantFrom(...zones), (day, zone) => {
        const start = startOfDay(day, zone).getTime()
        expect(dayAt(start, zone)).toBe(day)
        expect(dayAt(start - 1, zone) < day).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('begin at one o’clock where the clock skips midnight', () => {
    // Cairo went from 2010-04-29T23:59:59+02:00 to 2010-04-30T01:00:00+03:00.
    expect(startOfDay('2010-04-30', 'Africa/Cairo').toISOString()).toBe('2010-04-29T22:00:00.000Z')
  })

  it('that do not exist are no days', () => {
    expect(['2026-02-28', '2024-02-29'].map(isDay)).toEqual([true, true])
    expect(['2026-02-30', '2026-2-3', '', 'today', '2026-13-01'].map(isDay)).not.toContain(true)
  })

  it('a month on from its last day are the last day of the next', () => {
    expect(addMonths('2026-01-31', 1)).toBe('2026-02-28')
    expect(addMonths('2024-03-31', -1)).toBe('2024-02-29')
    expect(addMonths('2026-12-15', 1)).toBe('2027-01-15')
    expect(daysOfMonth('2026-02-10')).toHaveLength(28)
  })

  it('are cut by zones that exist only', () => {
    expect(['UTC', 'Europe/Berlin'].map(isTimeZone)).toEqual([true, true])
    expect(['Europe/Berlyn', '', 'x'.repeat(65)].map(isTimeZone)).not.toContain(true)
  })
})

import { expect, it } from 'vitest'
import { sessionsSearch } from '../sessions/address.ts'
import { addDays, startOfDay } from '../time/day.ts'
import { instantsOf, touchesSearch } from '../touches/address.ts'
import { countedDays } from './counted-days.ts'

it.each(['UTC', 'Europe/Berlin', 'Pacific/Kiritimati'])(
  'leads from a figure to sessions and touches of the time that it counts, in %s',
  (zone) => {
    const nowMs = Date.parse('2026-04-02T22:30:00Z')
    const { from, inSessions, inTouches } = countedDays(zone, nowMs)
    expect(instantsOf(touchesSearch(inTouches), zone, nowMs)).toEqual({ from })
    const { on = '', until = '' } = sessionsSearch(inSessions)
    expect(startOfDay(on, zone).toISOString()).toBe(from)
    // Up to the end of today.
    expect(addDays(on, 89)).toBe(until)
    expect(startOfDay(until, zone).getTime()).toBeLessThanOrEqual(nowMs)
    expect(startOfDay(addDays(until, 1), zone).getTime()).toBeGreaterThan(nowMs)
  },
)

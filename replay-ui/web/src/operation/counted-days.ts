/** The days that the pages about principals count, and the same days in the addresses of what they lead to. Pure. */
import { dayAt, firstOfLast, startOfDay } from '../time/day.ts'

const days = 90

export function countedDays(zone: string, nowMs: number) {
  const on = firstOfLast(days, zone, nowMs)
  return {
    /** For the API, which takes up to now. */
    from: startOfDay(on, zone).toISOString(),
    inSessions: { on, until: dayAt(nowMs, zone) },
    inTouches: { last: days },
  }
}
export type CountedDays = ReturnType<typeof countedDays>

/** The time that a question looks at: a day in a zone, or from one instant to another. Pure. */
import type { TimeRange } from '@gatetrail/replay-api'
import { GatetrailError } from '@gatetrail/schemas'
import { rangeDaysDefault } from '../limits.ts'
import { dayIn } from './day.ts'

export type Range = { from: Date; to: Date; tz: string; defaulted: boolean }

type Asked = { from?: Date | undefined; to?: Date | undefined; on?: string | undefined; tz: string }

/** @throws GatetrailError REQUEST_INVALID for a day and instants at once, or an end before the beginning */
export function rangeOf({ from, to, on, tz }: Asked, nowMs: number): Range {
  // Also where no day is asked for: the zone is shown with the answer.
  const day = dayIn(on ?? '1970-01-01', tz)
  if (on !== undefined) {
    if (from !== undefined || to !== undefined) {
      throw new GatetrailError('REQUEST_INVALID', 'a day and from or to exclude each other', {
        hint: 'Give on and tz, or from and to.',
      })
    }
    return { from: inStore(day.from), to: inStore(day.to), tz, defaulted: false }
  }
  const end = inStore(to ?? new Date(nowMs))
  const beginning = inStore(from ?? new Date(end.getTime() - rangeDaysDefault * 86_400_000))
  if (beginning >= end) {
    throw new GatetrailError('REQUEST_INVALID', 'from must be before to', {
      hint: 'Left out, to is now.',
    })
  }
  return { from: beginning, to: end, tz, defaulted: from === undefined }
}

export function shownRange({ from, to, tz, defaulted }: Range): TimeRange {
  return { from: from.toISOString(), to: to.toISOString(), tz, defaulted }
}

const hourMs = 3_600_000
/** `identity.sessionHoursMax` is at most that. */
const sessionHoursMax = 168
/** What a DateTime of the store can hold: arithmetic must not leave it. */
const firstMs = 0
const lastMs = Date.UTC(2105, 0)

function inStore(time: Date): Date {
  return new Date(Math.min(Math.max(time.getTime(), firstMs), lastMs))
}

/** When a session can have begun at the earliest that is alive at that time; an hour's difference of clocks is allowed. */
export function firstBeginning(time: Date): Date {
  return inStore(new Date(time.getTime() - (sessionHoursMax + 1) * hourMs))
}

/** And at the latest. */
export function lastBeginning(time: Date): Date {
  return inStore(new Date(time.getTime() + hourMs))
}

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
    return { from: day.from, to: day.to, tz, defaulted: false }
  }
  const end = to ?? new Date(nowMs)
  const beginning = from ?? new Date(end.getTime() - rangeDaysDefault * 86_400_000)
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

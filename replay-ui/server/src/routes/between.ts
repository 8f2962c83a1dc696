/** From one instant to another, where nothing says otherwise up to now. Pure. */
import { GatetrailError } from '@gatetrail/schemas'
import type { Between } from '../store/principals-question.ts'

type Asked = { from?: Date | undefined; to?: Date | undefined }

/** @throws GatetrailError REQUEST_INVALID for an end that is not behind the beginning */
export function betweenOf({ from, to }: Asked, daysDefault: number, nowMs: number): Between {
  const end = to ?? new Date(nowMs)
  const beginning = from ?? new Date(end.getTime() - daysDefault * 86_400_000)
  if (beginning < end) return { from: beginning, to: end }
  throw new GatetrailError('REQUEST_INVALID', 'from must be before to', {
    hint: 'Left out, to is now.',
  })
}

export function shownBetween({ from, to }: Between): { from: string; to: string } {
  return { from: from.toISOString(), to: to.toISOString() }
}

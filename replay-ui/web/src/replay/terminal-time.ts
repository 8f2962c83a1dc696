/** How the time of a terminal passes, and what of a slice is on the screen at a time. Pure. */
import type { TerminalEvent, TerminalSlice } from '@gatetrail/replay-api'
import type { Pace } from './playback.ts'

/** What is left of a wait if idle time is skipped. */
const idleMicros = 2_000_000

const exactPollMsMin = 1_500
const exactPollMsMax = 30_000

/** How long to wait before asking again for the exact screen, after so many times: every ask is on record. */
export function exactPollMs(asked: number): number {
  return Math.min(exactPollMsMin * 1.5 ** asked, exactPollMsMax)
}

export function isIn(slice: TerminalSlice, micros: number): boolean {
  const { keyframe, nextMicros } = slice
  return micros >= keyframe.offsetMicros && (nextMicros === null || micros < nextMicros)
}

/** Up to and with `to`; those at `from` are on the screen already. */
export function eventsBetween(slice: TerminalSlice, from: number, to: number): TerminalEvent[] {
  return slice.events.filter(({ offsetMicros }) => offsetMicros > from && offsetMicros <= to)
}

export function advanceTerminal(
  slice: TerminalSlice,
  micros: number,
  elapsedMs: number,
  pace: Pace,
): number {
  const comes = slice.events.find(({ offsetMicros }) => offsetMicros > micros)?.offsetMicros
  const next = comes ?? slice.nextMicros ?? slice.durationMicros
  const idle = pace.skipIdle && next - micros > idleMicros
  const from = idle ? next - idleMicros : micros
  return Math.min(slice.durationMicros, from + elapsedMs * 1_000 * pace.speed)
}

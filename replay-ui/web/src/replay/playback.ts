/** How the time of a session passes while it is played. Pure. */

export const speeds = [0.5, 1, 2, 5, 10, 100, 1_000] as const

/** So long each statement stays in sight, at speed 1, however fast the next one came. */
const dwellMs = 700
/** What is left of a longer wait if idle time is skipped. */
const idleMs = 2_000

/** `waitedMs`: how long this statement has been shown, in the time of the player at speed 1. */
export type Place = { index: number; waitedMs: number }

export type Pace = { speed: number; skipIdle: boolean }

type OffsetOf = (index: number) => number | undefined

/** How long a statement is shown before the next one, at speed 1; undefined where the next one is not there (yet). */
function watchedMs(index: number, offsetOf: OffsetOf, skipIdle: boolean): number | undefined {
  const [from, to] = [offsetOf(index), offsetOf(index + 1)]
  if (from === undefined || to === undefined) return undefined
  const waitMs = (to - from) / 1_000
  return Math.max(dwellMs, skipIdle ? Math.min(idleMs, waitMs) : waitMs)
}

/** Where the player is so much later; at most as far as statements are known. */
export function advance(place: Place, elapsedMs: number, offsetOf: OffsetOf, pace: Pace): Place {
  let { index, waitedMs } = place
  waitedMs += elapsedMs * pace.speed
  // Ends: each step takes at least the dwell time from what has passed.
  for (;;) {
    const watched = watchedMs(index, offsetOf, pace.skipIdle)
    if (watched === undefined) return { index, waitedMs: 0 }
    if (waitedMs < watched) return { index, waitedMs }
    waitedMs -= watched
    index++
  }
}

/** The time of the session that is shown: it goes on between two statements. */
export function microsAt(place: Place, offsetOf: OffsetOf, skipIdle: boolean): number | undefined {
  const from = offsetOf(place.index)
  const to = offsetOf(place.index + 1)
  const watched = watchedMs(place.index, offsetOf, skipIdle)
  if (from === undefined || to === undefined || watched === undefined) return from
  return from + (to - from) * Math.min(1, place.waitedMs / watched)
}

/** The place that shows this time, as far as the statements around it are known. */
export function placeAt(
  index: number,
  micros: number,
  offsetOf: OffsetOf,
  skipIdle: boolean,
): Place {
  const from = offsetOf(index)
  const to = offsetOf(index + 1)
  const watched = watchedMs(index, offsetOf, skipIdle)
  if (from === undefined || to === undefined || watched === undefined || to <= from) {
    return { index, waitedMs: 0 }
  }
  return { index, waitedMs: Math.max(0, Math.min(1, (micros - from) / (to - from))) * watched }
}

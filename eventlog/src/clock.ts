/** Time as an argument: wall clock for people, monotonic for durations. Both in whole µs. */

export type Clock = {
  /** µs since 1970. Follows steps of the system's clock. */
  wallMicros(): number
  /** µs since some moment of this process. Never falls. */
  monotonicMicros(): number
}

/** The system's wall clock has 1 ms; between two looks at it the monotonic clock gives the µs. */
const anchorIntervalMicros = 1_000_000
const anchorToleranceMicros = 2_000

/** The clock of this process. */
export function createClock(): Clock {
  let offset = Date.now() * 1000 - performance.now() * 1000
  let nextAnchor = 0
  return {
    wallMicros() {
      const monotonic = performance.now() * 1000
      if (monotonic >= nextAnchor) {
        nextAnchor = monotonic + anchorIntervalMicros
        const drift = Date.now() * 1000 - (monotonic + offset)
        if (drift > anchorToleranceMicros || drift < -anchorToleranceMicros) offset += drift
      }
      return Math.floor(monotonic + offset)
    },
    monotonicMicros: () => Math.floor(performance.now() * 1000),
  }
}

export const systemClock: Clock = createClock()

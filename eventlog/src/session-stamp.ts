/** What gives a session's records their identity: id, dense seq, clocks. One per session; `append` advances it. */
import { uuidText } from '@gatetrail/schemas'
import { systemClock, type Clock } from './clock.ts'
import { uuidVersion7 } from './uuid.ts'

export type SessionStamp = {
  /** UUIDv7. */
  readonly id: string
  readonly idBytes: Uint8Array
  /** Dense, from 0; advanced by append. */
  nextSeq: number
  /** Wall clock at the start, µs since 1970. */
  readonly startedAtMicros: number
  /** Monotonic since the start, µs. */
  offsetMicros(): number
  /** Journal bytes so far; counted by append, for fairness and sessionBytesMax. */
  recordedBytes: number
  /** Wall clock of the last record, µs; set by append. */
  lastTimeMicros: number
}

/** Begins a session. Does not write anything. */
export function createSessionStamp(clock: Clock = systemClock): SessionStamp {
  const startedAtMicros = clock.wallMicros()
  const startedMonotonic = clock.monotonicMicros()
  const idBytes = uuidVersion7(Math.floor(startedAtMicros / 1000))
  return {
    id: uuidText(idBytes),
    idBytes,
    nextSeq: 0,
    startedAtMicros,
    offsetMicros: () => clock.monotonicMicros() - startedMonotonic,
    recordedBytes: 0,
    lastTimeMicros: startedAtMicros,
  }
}

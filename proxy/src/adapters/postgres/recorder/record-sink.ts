/** What a session needs of the journal (eventlog): to put records on it, and to hear when they are there. */
import type { ChunkBuilder, GatetrailError, RecordKind } from '@gatetrail/schemas'

export type SessionClock = {
  readonly id: string
  /** µs since 1970 at the start. */
  readonly startedAtMicros: number
  /** Monotonic µs since the start. */
  offsetMicros(): number
}

export type RecordSink<Stamp extends SessionClock> = {
  /** Returns the record's seq. @throws GatetrailError JOURNAL_UNWRITABLE, JOURNAL_FULL */
  append(kind: RecordKind, stamp: Stamp, body: string | ChunkBuilder): number
  afterWrite(
    stamp: Stamp,
    what: 'command' | 'output',
    callback: (error: GatetrailError | undefined) => void,
  ): void
  /** How long this session should not be read from, ms. */
  pauseMs(stamp: Stamp): number
}

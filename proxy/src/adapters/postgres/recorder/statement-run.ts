/** One statement between its decision and the end of its answer. */
import { TouchCounts } from '../masking/touch-counts.ts'

export class StatementRun {
  /** seq of its statement.decided. */
  readonly seq: number
  /** Wall clock of the decision, µs. */
  readonly startedMicros: number
  /** Monotonic offset of the decision, µs. */
  readonly startedOffset: number
  rows = 0
  bytes = 0
  command = ''
  sqlstate = ''
  message = ''
  /** By policy, or by what no policy can allow. */
  refused = false
  finished = false
  readonly touches = new TouchCounts()

  constructor(seq: number, startedMicros: number, startedOffset: number) {
    this.seq = seq
    this.startedMicros = startedMicros
    this.startedOffset = startedOffset
  }

  /** The first error is the one that counts. */
  failed(sqlstate: string, message: string): void {
    if (this.sqlstate !== '') return
    this.sqlstate = sqlstate
    this.message = message
  }
}

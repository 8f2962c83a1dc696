/**
 * Writes one session's records: frames of both directions into chunks, decisions at once, and what a statement came to
 * after the chunk with the last frames of its answer. `seal` comes before anything is forwarded.
 */
import { rulesetVersion } from '@gatetrail/detect'
import { ChunkBuilder, chunkKind, fragmentFlags, limits } from '@gatetrail/schemas'
import type { SessionWatch } from '../../../operations/session-watch.ts'
import { takeCounts } from '../masking/row-mask.ts'
import type { RowPlan } from '../masking/row-plan.ts'
import { completedJson, touchedJson } from './event-json.ts'
import type { RecordSink, SessionClock } from './record-sink.ts'
import { StatementRun } from './statement-run.ts'

const { toClient, first, last, masked, withheld } = fragmentFlags
const wholeFrame = first | last
/** Room for a fragment's entry in the index. */
const indexEntryBytesMax = 24
const pieceBytesMax = limits.chunkBytesMax - 64

export const recordFlags = { fromClient: 0, toClient, masked } as const

export class SessionRecorder<Stamp extends SessionClock> {
  readonly stamp: Stamp
  readonly #sink: RecordSink<Stamp>
  readonly #connection: string
  readonly #watch: SessionWatch | undefined
  readonly #chunk = new ChunkBuilder('postgres')
  readonly #finished: StatementRun[] = []
  statements = 0
  rows = 0

  constructor(
    sink: RecordSink<Stamp>,
    stamp: Stamp,
    connection: string,
    watch: SessionWatch | undefined,
  ) {
    this.#sink = sink
    this.stamp = stamp
    this.#connection = connection
    this.#watch = watch
  }

  /** A whole frame. `flags`: direction and `masked`. */
  frame(flags: number, type: number, bytes: Uint8Array, start: number, end: number): void {
    const length = end - start
    if (this.#chunk.length + length + indexEntryBytesMax > limits.chunkBytesMax) {
      if (length > pieceBytesMax) {
        this.part(flags, type, bytes, start, end, true, true, length)
        return
      }
      this.#close()
    }
    this.#chunk.add(flags | wholeFrame, type, 0, length, bytes, start, end)
  }

  /** A part of a frame of `totalLength`. */
  part(
    flags: number,
    type: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    isFirst: boolean,
    isLast: boolean,
    totalLength: number,
  ): void {
    let at = start
    do {
      if (this.#chunk.length + 1024 > limits.chunkBytesMax) this.#close()
      const room = limits.chunkBytesMax - this.#chunk.length - indexEntryBytesMax
      const pieceEnd = Math.min(end, at + room)
      const position =
        (isFirst && at === start ? first : 0) | (isLast && pieceEnd === end ? last : 0)
      this.#chunk.add(flags | position, type, 0, totalLength, bytes, at, pieceEnd)
      at = pieceEnd
    } while (at < end)
  }

  /** A frame of which only type and length go on record. */
  withheld(flags: number, type: number, totalLength: number): void {
    this.#chunk.add(flags | wholeFrame | withheld, type, 0, totalLength, noBytes, 0, 0)
  }

  /** Appends a statement.decided and begins its run. */
  decided(json: string): StatementRun {
    const seq = this.#sink.append('gatetrail.statement.decided', this.stamp, json)
    const offset = this.stamp.offsetMicros()
    this.statements++
    return new StatementRun(seq, this.stamp.startedAtMicros + offset, offset)
  }

  described(json: string): void {
    this.#sink.append('gatetrail.statement.described', this.stamp, json)
  }

  /** The statement is answered. Its events are appended by the next `seal`. */
  finish(run: StatementRun, plan: RowPlan | undefined): void {
    if (plan !== undefined) takeCounts(plan, run.touches)
    if (run.finished) return
    run.finished = true
    this.rows += run.rows
    this.#finished.push(run)
  }

  /** Appends all that was taken in since the last time: the frames, then what statements came to. */
  seal(): void {
    this.#close()
    if (this.#finished.length === 0) return
    const now = this.stamp.offsetMicros()
    for (const run of this.#finished) {
      const duration = Math.max(0, Math.round(now - run.startedOffset))
      this.#sink.append('gatetrail.statement.completed', this.stamp, completedJson(run, duration))
      this.#watch?.answered?.(run, duration)
      if (!run.touches.empty) {
        const { entries } = run.touches
        const touched = touchedJson(run, this.#connection, rulesetVersion, entries)
        this.#sink.append('gatetrail.pii.touched', this.stamp, touched)
        this.#watch?.touched(entries)
      }
    }
    while (this.#finished.length > 0) this.#finished.pop()
  }

  closed(json: string): void {
    this.#sink.append('gatetrail.session.closed', this.stamp, json)
  }

  #close(): void {
    if (!this.#chunk.empty) this.#sink.append(chunkKind.name, this.stamp, this.#chunk)
  }
}

const noBytes = new Uint8Array(0)

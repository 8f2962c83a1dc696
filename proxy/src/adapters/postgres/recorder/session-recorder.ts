/**
 * Writes one session's records: frames of both directions into chunks, decisions at once, and what a statement came to
 * after the chunk with the last frames of its answer. `seal` comes before anything is forwarded.
 */
import { ChunkBuilder, chunkKind, fragmentFlags, limits } from '@gatetrail/schemas'
import type { SessionWatch } from '../../../operations/session-watch.ts'
import { completedJson, fingerprintedJson, type WaitingTouches } from './event-json.ts'
import type { RecordSink, SessionClock } from './record-sink.ts'
import { StatementRun } from './statement-run.ts'
import type { TouchQueue } from './touch-queue.ts'

const { toClient, first, last, masked, withheld } = fragmentFlags
const wholeFrame = first | last
/** Room for a fragment's entry in the index. */
const indexEntryBytesMax = 24
const pieceBytesMax = limits.chunkBytesMax - 64
/** Fingerprints of as many values are made before the end of an answer is forwarded: less than 50 µs. */
const valuesAtOnceMax = 4
/** Of one session: what comes on top of as many is made at once, so that what a session has waiting is bounded. */
const statementsWaitingMax = 16

export const recordFlags = { fromClient: 0, toClient, masked } as const

export class SessionRecorder<Stamp extends SessionClock> {
  readonly stamp: Stamp
  readonly #sink: RecordSink<Stamp>
  readonly #connection: string
  readonly #ruleset: string
  readonly #watch: SessionWatch | undefined
  readonly #chunk = new ChunkBuilder('postgres')
  readonly #finished: StatementRun[] = []
  readonly #touchQueue: TouchQueue | undefined
  /** Statements with fingerprints still to be made; in this order they go on record. */
  readonly #waiting: WaitingTouches[] = []
  statements = 0
  rows = 0

  constructor(
    sink: RecordSink<Stamp>,
    stamp: Stamp,
    connection: string,
    ruleset: string,
    watch: SessionWatch | undefined,
    touchQueue?: TouchQueue,
  ) {
    this.#sink = sink
    this.stamp = stamp
    this.#connection = connection
    this.#ruleset = ruleset
    this.#watch = watch
    this.#touchQueue = touchQueue
  }

  /** A whole frame. `flags`: direction and `masked`. */
  frame(flags: number, type: number, bytes: Uint8Array, start: number, end: number): void {
    const length = end - start
    if (this.#hasRoom(length))
      this.#chunk.add(flags | wholeFrame, type, 0, length, bytes, start, end)
    else this.part(flags, type, bytes, start, end, true, true, length)
  }

  /** As {@link frame}, of bytes that nobody changes until the next {@link seal}: those that wait in an outbox. */
  lastingFrame(flags: number, type: number, bytes: Uint8Array, start: number, end: number): void {
    const length = end - start
    if (this.#hasRoom(length))
      this.#chunk.addLasting(flags | wholeFrame, type, 0, length, bytes, start, end)
    else this.part(flags, type, bytes, start, end, true, true, length)
  }

  /** Whether a frame goes into one chunk as a whole; then there is room for it. */
  #hasRoom(length: number): boolean {
    if (this.#chunk.length + length + indexEntryBytesMax <= limits.chunkBytesMax) return true
    if (length > pieceBytesMax) return false
    this.#close()
    return true
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
  finish(run: StatementRun): void {
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
      if (!run.touches.empty) this.#touched(run)
    }
    while (this.#finished.length > 0) this.#finished.pop()
  }

  closed(json: string): void {
    try {
      this.#recordFingerprints(Infinity)
    } finally {
      // A journal that takes nothing else takes the end of a session.
      this.#sink.append('gatetrail.session.closed', this.stamp, json)
    }
  }

  /**
   * What a statement touched is on record before its answer is forwarded. Fingerprints that would keep the answer waiting are made
   * behind it, and follow before the session's end.
   */
  #touched({ touches, seq, startedMicros }: StatementRun): void {
    const queue = this.#touchQueue
    const follow = queue !== undefined && touches.waiting > valuesAtOnceMax
    if (!follow) queue?.makeNow(touches)
    const body = {
      ruleset: this.#ruleset,
      ...(queue !== undefined && { fingerprintKey: queue.keyId }),
      ...(follow && { fingerprintsFollow: true }),
      touches: queue === undefined ? touches.entries : touches.fingerprinted,
    }
    const connection = this.#connection
    const json = JSON.stringify({ statement: seq, startedMicros, connection, ...body })
    const touched = this.#sink.append('gatetrail.pii.touched', this.stamp, json)
    this.#watch?.touched(touches.entries)
    if (!follow) return
    const waiting = { touches, touched, startedMicros }
    this.#waiting.push(waiting)
    if (this.#waiting.length > statementsWaitingMax) this.#recordFingerprints(1)
    queue.add(touches, () => this.#fingerprintsMade(waiting))
  }

  #fingerprintsMade(waiting: WaitingTouches): void {
    try {
      this.#recordFingerprints(this.#waiting.indexOf(waiting) + 1)
    } catch {
      // A journal that takes no more ends the session, and the relay hears that from what it appends itself.
      this.#waiting.length = 0
    }
  }

  /** Of the first `count` statements that wait. */
  #recordFingerprints(count: number): void {
    const queue = this.#touchQueue
    if (queue === undefined) return
    for (let done = 0; done < count; done++) {
      const waiting = this.#waiting.shift()
      if (waiting === undefined) return
      queue.makeNow(waiting.touches)
      const json = fingerprintedJson(waiting, queue.keyId)
      if (json !== undefined) this.#sink.append('gatetrail.pii.fingerprinted', this.stamp, json)
    }
  }

  #close(): void {
    if (!this.#chunk.empty) this.#sink.append(chunkKind.name, this.stamp, this.#chunk)
  }
}

const noBytes = new Uint8Array(0)

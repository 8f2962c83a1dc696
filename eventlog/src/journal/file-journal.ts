/**
 * The writer: records into the turn's buffer, one write() per turn of the event loop, callbacks in order, leaf hashes
 * behind them. How it fails: what could not be written stays in the buffer with its seq and position, everybody who waits
 * is told that it is not on record, and a fresh segment is tried every second. When that succeeds, the buffer is written
 * first: no position is ever given twice or missing, and what was forwarded is always on record (the reverse, recorded
 * and not forwarded, is what a crash may leave, too).
 */
import {
  eventKinds,
  GatetrailError,
  kindCodeOf,
  kindVersionOf,
  limits,
  recordHeaderBytes,
  type ChunkBuilder,
  type EventBody,
  type EventKind,
  type RecordKind,
  type SegmentHeader,
} from '@gatetrail/schemas'
import type { Clock } from '../clock.ts'
import type { FileSystem } from '../file-system.ts'
import type { Log } from '../log.ts'
import { createSessionStamp, type SessionStamp } from '../session-stamp.ts'
import { ChainBuilder, type Link } from './chain-builder.ts'
import { CommitQueue, type Durability, type WrittenCallback } from './commit-queue.ts'
import { FairShare } from './fair-share.ts'
import type { Journal, JournalStats } from './journal.ts'
import { RecordBuffer } from './record-buffer.ts'
import { SegmentFiles } from './segment-files.ts'

const hashSliceBytes = 256 * limits.KiB
const hashEagerlyBytes = 128 * limits.KiB
const hashLazilyAfterMs = 50
const firstRetryMs = 100
const bodyBytesMax = limits.recordBytesMax - recordHeaderBytes

export type FileJournalOptions = {
  writer: string
  writerBytes: Uint8Array
  directory: string
  durability: Durability
  bytesMax: number
  sessionBytesMax: number
  segmentBytesMax: number
  tenant: string
  version: string
  clock: Clock
  fileSystem: FileSystem
  log: Log
}

export class FileJournal implements Pick<Journal, Exclude<keyof Journal, 'close'>> {
  readonly writer: string
  readonly system: SessionStamp
  readonly #options: FileJournalOptions
  readonly #buffer: RecordBuffer
  readonly #files: SegmentFiles
  readonly #queue: CommitQueue
  readonly #chain = new ChainBuilder()
  readonly #share: FairShare
  readonly #openSessions = new Set<SessionStamp>()
  #position = 0
  #turnScheduled = false
  #hashScheduled = false
  #failure: GatetrailError | undefined
  #failures = 0
  #lastError: string | undefined
  #retryTimer: NodeJS.Timeout | undefined
  /** Takes no records any more. */
  #closed = false
  /** Writes nothing any more. */
  #finished = false
  #syncedThrough = -1
  #writtenThrough = -1
  readonly #gapsToReport: { from: number; to: number; segment: string }[] = []
  spaceLow = false

  constructor(options: FileJournalOptions) {
    this.#options = options
    this.writer = options.writer
    this.system = createSessionStamp(options.clock)
    this.#buffer = new RecordBuffer(options.writerBytes)
    this.#share = new FairShare(options.bytesMax)
    this.#files = new SegmentFiles(
      options.fileSystem,
      options.directory,
      options.durability === 'fsync',
      options.segmentBytesMax,
      (segment, firstPosition) => this.#segmentHeader(segment, firstPosition),
    )
    this.#queue = new CommitQueue(
      options.durability,
      (done) => this.#sync(done),
      (error) => this.#syncFailed(error),
    )
    this.#files.begin(0)
  }

  append(kind: RecordKind, stamp: SessionStamp, body: string | ChunkBuilder): number {
    const closing = kind === 'gatetrail.session.closed'
    if (this.#closed) throw closedError()
    if (this.#failure !== undefined && !closing) throw this.#failure
    if (stamp.recordedBytes > this.#options.sessionBytesMax && !closing && stamp !== this.system)
      throw sessionFull(this.#options.sessionBytesMax)
    const buffer = this.#buffer
    let bodyBytes = typeof body === 'string' ? body.length * 3 : body.length
    if (bodyBytes > bodyBytesMax) {
      if (typeof body === 'string') bodyBytes = Buffer.byteLength(body)
      if (bodyBytes > bodyBytesMax) throw recordTooLarge(kind, bodyBytes)
    }
    if (!buffer.fits(bodyBytes)) this.#makeRoom(bodyBytes)
    const { clock } = this.#options
    const timeMicros = clock.wallMicros()
    const frameBytes = buffer.add(
      kindCodeOf(kind),
      kindVersionOf(kind),
      stamp,
      this.#position,
      timeMicros,
      stamp.offsetMicros(),
      body,
    )
    this.#position++
    stamp.recordedBytes += frameBytes
    stamp.lastTimeMicros = timeMicros
    this.#share.grow(frameBytes)
    if (this.#share.isActive) this.#share.record(stamp, frameBytes, performance.now())
    if (closing) this.#openSessions.delete(stamp)
    else if (kind === 'gatetrail.session.opened') this.#openSessions.add(stamp)
    if (buffer.waitingBytes >= limits.journal.turnBytesMax && this.#failure === undefined)
      this.#writeWaiting()
    this.#scheduleTurn()
    return stamp.nextSeq++
  }

  appendSystem<Kind extends EventKind>(kind: Kind, body: EventBody<Kind>): void {
    const parsed = eventKinds[kind].body.safeParse(body)
    if (!parsed.success)
      throw new GatetrailError(
        'RECORD_INVALID',
        `the body of a ${kind} does not fit its schema: ${parsed.error.message}`,
      )
    this.append(kind, this.system, JSON.stringify(parsed.data))
  }

  afterWrite(stamp: SessionStamp, what: 'command' | 'output', callback: WrittenCallback): void {
    this.#queue.add(stamp, what, callback)
    this.#scheduleTurn()
  }

  pauseMs(stamp: SessionStamp): number {
    return this.#share.isActive ? this.#share.pauseMs(stamp, performance.now()) : 0
  }

  get accepting(): boolean {
    return !this.#closed && this.#failure === undefined && !this.spaceLow && !this.#share.isFull
  }

  get failed(): boolean {
    return this.#failure !== undefined
  }

  /** Of the last record that is in a segment. */
  get lastPosition(): number {
    return this.#writtenThrough
  }

  get openSessions(): number {
    return this.#openSessions.size
  }

  stats(): JournalStats {
    return {
      records: this.#position,
      bytesWritten: this.#files.bytesWritten,
      writeCalls: this.#files.writeCalls,
      backlogBytes: this.#share.backlogBytes,
      waitingBytes: this.#buffer.waitingBytes,
      segment: this.#files.segment,
      openSessions: this.#openSessions.size,
      spaceLow: this.spaceLow,
      failed: this.#failure !== undefined,
      failures: this.#failures,
      lastError: this.#lastError,
    }
  }

  /** This run's bytes behind the reader's position. */
  bytesAfter(segment: number, offset: number): number {
    return this.#files.bytesAfter(segment, offset)
  }

  updateBacklog(bytes: number, drainedBytesPerSecond: number): void {
    this.#share.update(bytes, drainedBytesPerSecond, performance.now())
  }

  /** Finishes the link over every record so far, for a heartbeat that is appended right after. */
  sealChain(): Link {
    this.#chain.hash(this.#buffer, this.#buffer.end, Infinity)
    return this.#chain.seal()
  }

  /** Takes no more records, writes what waits and makes it durable. */
  async finish(): Promise<void> {
    this.#closed = true
    if (this.#failure !== undefined) this.#retry()
    await new Promise<void>((resolve) => {
      this.afterWrite(this.system, 'command', () => resolve())
    })
    clearTimeout(this.#retryTimer)
    this.#finished = true
    if (this.#failure === undefined && this.#options.durability === 'write') {
      await new Promise<void>((resolve) => {
        this.#files.sync((error) => {
          if (error !== undefined) this.#noteFailure(error)
          resolve()
        })
      })
    }
    this.#files.close()
  }

  #scheduleTurn(): void {
    if (this.#turnScheduled) return
    this.#turnScheduled = true
    setImmediate(this.#endTurn)
  }

  readonly #endTurn = (): void => {
    this.#turnScheduled = false
    if (this.#failure === undefined && !this.#finished) this.#writeWaiting()
    // First the callbacks: bytes wait for them. The hashes are for the next heartbeat.
    const failure = this.#finished ? closedError() : this.#failure
    if (failure === undefined) this.#queue.written()
    else if (!this.#queue.isEmpty) this.#queue.fail(failure)
    const buffer = this.#buffer
    if (buffer.written - buffer.hashed > hashEagerlyBytes)
      this.#chain.hash(buffer, buffer.written, hashSliceBytes)
    buffer.rewindIfDone()
    if (buffer.hashed < buffer.written && !this.#hashScheduled) {
      this.#hashScheduled = true
      setTimeout(this.#hashLater, hashLazilyAfterMs).unref()
    }
  }

  readonly #hashLater = (): void => {
    const buffer = this.#buffer
    this.#chain.hash(buffer, buffer.written, hashSliceBytes)
    buffer.rewindIfDone()
    this.#hashScheduled = buffer.hashed < buffer.written
    if (this.#hashScheduled) setTimeout(this.#hashLater, 1).unref()
  }

  #writeWaiting(): void {
    const buffer = this.#buffer
    if (buffer.waitingBytes === 0) return
    const { upTo, error } = this.#files.append(buffer.bytes, buffer.written, buffer.end)
    if (error === undefined) {
      buffer.written = upTo
      this.#writtenThrough = this.#position - 1
      if (this.#files.isFull) this.#roll()
      return
    }
    // Whole records that were taken stay; the one that was taken in part is cut off and written again elsewhere.
    const boundary = buffer.frameBoundaryBefore(upTo)
    buffer.written = boundary
    this.#writtenThrough = this.#firstWaitingPosition() - 1
    this.#fail(error, upTo - boundary)
  }

  /** Only with nothing waiting: the header of the new segment says which sessions the segments before it leave open. */
  #roll(): void {
    try {
      this.#files.begin(this.#position)
    } catch (error) {
      this.#fail(error, 0)
    }
  }

  #firstWaitingPosition(): number {
    const buffer = this.#buffer
    let waiting = 0
    for (let at = buffer.written; at < buffer.end; waiting++) at += 8 + buffer.view.getUint32(at)
    return this.#position - waiting
  }

  #makeRoom(bodyBytes: number): void {
    const buffer = this.#buffer
    if (this.#failure === undefined) this.#writeWaiting()
    if (this.#failure === undefined) {
      this.#chain.hash(buffer, buffer.written, Infinity)
      buffer.rewindIfDone()
    }
    if (!buffer.fits(bodyBytes)) throw this.#failure ?? recordTooLarge('record', bodyBytes)
    if (this.#failure !== undefined) throw this.#failure
  }

  #sync(done: (error: Error | undefined) => void): void {
    const through = this.#writtenThrough
    this.#files.sync((error) => {
      if (error === undefined) this.#syncedThrough = Math.max(this.#syncedThrough, through)
      done(error)
    })
  }

  /** A failed fsync may have lost any page since the last one that succeeded: that range is marked, as soon as one can. */
  #syncFailed(error: Error): void {
    const range = { from: this.#syncedThrough + 1, to: this.#writtenThrough }
    const segment = this.#files.segment
    this.#fail(error, 0)
    if (range.to < range.from) return
    this.#gapsToReport.push({ ...range, segment: String(segment) })
    if (this.#gapsToReport.length > gapsToReportMax) this.#gapsToReport.shift()
  }

  #fail(cause: unknown, surplusBytes: number): void {
    this.#noteFailure(cause)
    this.#failure = unwritable(this.#options.directory, cause)
    this.#files.abandon(surplusBytes)
    const buffer = this.#buffer
    this.#chain.hash(buffer, buffer.written, Infinity)
    buffer.compact()
    this.#scheduleTurn() // Those who wait are told at the end of the turn, as always.
    this.#scheduleRetry(firstRetryMs)
  }

  #noteFailure(cause: unknown): void {
    this.#failures++
    this.#lastError = `JOURNAL_UNWRITABLE: ${cause instanceof Error ? cause.message : String(cause)}`
    this.#options.log.error(
      { err: cause, code: 'JOURNAL_UNWRITABLE', segment: this.#files.segment },
      'the journal cannot be written: no command is forwarded until it can',
    )
  }

  #scheduleRetry(afterMs: number): void {
    clearTimeout(this.#retryTimer)
    this.#retryTimer = setTimeout(() => this.#retry(), afterMs)
    this.#retryTimer.unref()
  }

  #retry(): void {
    const buffer = this.#buffer
    try {
      this.#files.begin(this.#firstWaitingPosition())
      const { upTo, error } = this.#files.append(buffer.bytes, buffer.written, buffer.end)
      if (error !== undefined) {
        const boundary = buffer.frameBoundaryBefore(upTo)
        buffer.written = boundary
        this.#files.abandon(upTo - boundary)
        throw error
      }
    } catch (error) {
      this.#lastError = `JOURNAL_UNWRITABLE: ${error instanceof Error ? error.message : String(error)}`
      this.#scheduleRetry(limits.journal.retryIntervalMs)
      return
    }
    buffer.written = buffer.end
    this.#writtenThrough = this.#position - 1
    if (this.#options.durability === 'write') return this.#recovered()
    this.#sync((error) => {
      if (error === undefined) return this.#recovered()
      this.#files.abandon(0)
      this.#scheduleRetry(limits.journal.retryIntervalMs)
    })
  }

  #recovered(): void {
    this.#failure = undefined
    if (this.#closed) return
    this.#options.log.warn({ segment: this.#files.segment }, 'the journal can be written again')
    for (const { from, to, segment } of this.#gapsToReport.splice(0)) {
      this.appendSystem('gatetrail.gap.found', {
        writer: this.writer,
        fromPosition: from,
        toPosition: to,
        segment,
        reason: 'lost_tail',
      })
    }
    this.#scheduleTurn()
  }

  #segmentHeader(segment: number, firstPosition: number): SegmentHeader {
    const { writer, tenant, version } = this.#options
    // What waits is in no segment yet: a list that counts it in would be wrong if we were killed before it is.
    const listed =
      this.#buffer.waitingBytes === 0 &&
      this.#openSessions.size <= limits.journal.openSessionsListedMax
    return {
      format: 1,
      writer,
      segment,
      firstPosition,
      tenant,
      version,
      openSessions: listed
        ? [...this.#openSessions].map(({ id, nextSeq, lastTimeMicros }) => [
            id,
            nextSeq - 1,
            lastTimeMicros,
          ])
        : null,
    }
  }
}

const gapsToReportMax = 64

/** The error of everybody who waits on a journal that cannot be written. */
export function unwritable(directory: string, cause: unknown): GatetrailError {
  const what = cause instanceof Error ? cause.message : String(cause)
  return new GatetrailError(
    'JOURNAL_UNWRITABLE',
    `the journal in ${directory} cannot be written: ${what}`,
    { cause, hint: 'Free space on its disk; sessions are let in again within seconds.' },
  )
}

function closedError(): GatetrailError {
  return new GatetrailError('JOURNAL_UNWRITABLE', 'the journal is closed')
}

function sessionFull(bytesMax: number): GatetrailError {
  return new GatetrailError(
    'JOURNAL_FULL',
    `the session has recorded more than its bound of ${bytesMax} bytes`,
    { hint: 'Raise journal.sessionBytesMax, or split the work over several sessions.' },
  )
}

function recordTooLarge(kind: string, bytes: number): GatetrailError {
  return new GatetrailError('RECORD_INVALID', `the body of a ${kind} has ${bytes} bytes, too many`)
}

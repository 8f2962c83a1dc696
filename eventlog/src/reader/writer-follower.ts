/**
 * Reads one writer's segments from a position on, in order, and never stops at damage: it looks for the next sound record
 * and says which positions are missing between. At the end of what there is it returns undefined; call it again later.
 *
 * A live writer's last frame may be half written: that is no damage but a reason to wait. It becomes damage once sound
 * records follow it (looked at twice, `suspectFrameMs` apart), or the writer went on to the next segment, or is finished.
 * Bytes behind the last sound frame of a segment are not reported if the next segment goes on with the position: they are
 * what a failed write left (journal/segment-files.ts).
 */
import { fstatSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { limits, uuidBytes, type ReaderPosition } from '@gatetrail/schemas'
import { isMissing } from '../durable-file.ts'
import {
  checkFrame,
  damagedFrame,
  findRecordFrame,
  frameBytesMax,
  frameHeaderBytes,
  frameOverheadBytes,
  incompleteFrame,
  isRecordOf,
  positionInFrame,
  segmentMark,
} from '../frame.ts'
import { listSegments, readFinishedMarker } from '../list-writers.ts'
import { decodeSegmentHeader, segmentFileName } from '../segment.ts'
import type { Damage, GapReason, JournalBatch } from './batch.ts'
import { DirectoryChanges } from './directory-changes.ts'
import type { ReadBlocks } from './read-blocks.ts'
import { SegmentOrder } from './segment-order.ts'

export type FollowerOptions = {
  directory: string
  writer: string
  from: Omit<ReaderPosition, 'format' | 'writer'>
  /** Whether somebody may still be writing. If not, damage needs no second look. */
  live: boolean
  /** Take the position of the first record found as it is: what was removed before it is not missed. */
  startAnywhere?: boolean
  batchBytesMax?: number
  /** What batches are read into; left out: memory of their own each. */
  blocks?: ReadBlocks
}

/** Where the sound records of the last segment end, for recovery. */
export type Tail = { segment: number; file: string; offset: number; bytes: Buffer }

type Walk = { at: number; stop: 'end' | 'wait' }

export class WriterFollower {
  readonly writer: string
  readonly #options: FollowerOptions
  readonly #writerBytes: Uint8Array
  readonly #order: SegmentOrder
  readonly #changes: DirectoryChanges
  #segment: number
  #offset: number
  #nextPosition: number
  #anywhere: boolean
  #file: FileHandle | undefined
  /** The segment is complete: it was read to its end after the next one, or the finished marker, had been seen. */
  #sealed: 'no' | 'next' | 'finished' = 'no'
  #lastPositionOfFinished = -1
  #skipped: { segment: number; offset: number } | undefined
  #segmentMissing = false
  /** Files that bore another segment's number when they were looked at. */
  readonly #misplacedFiles = new Set<number>()
  #suspect: { offset: number; sinceMs: number } | undefined
  #tail: Tail | undefined
  /** The last look found nothing behind what was read, and no segment that goes on. */
  #atEnd = false
  #done = false

  constructor(options: FollowerOptions) {
    this.#options = options
    this.writer = options.writer
    this.#writerBytes = uuidBytes(options.writer)
    this.#order = new SegmentOrder(options.directory, options.writer)
    this.#changes = new DirectoryChanges(options.directory)
    this.#segment = options.from.segment
    this.#offset = options.from.offset
    this.#nextPosition = options.from.nextPosition
    this.#anywhere = options.startAnywhere ?? false
  }

  /** True once a finished writer has been read to its end: nothing will follow. */
  get done(): boolean {
    return this.#done
  }

  get nextPosition(): number {
    return this.#nextPosition
  }

  /** After readBatch returned undefined: what is left behind the last sound frame. Not with `blocks`, which are used again. */
  get tail(): Tail | undefined {
    return this.#tail
  }

  /** The next records, or undefined if there are none now. */
  async readBatch(): Promise<JournalBatch | undefined> {
    if (this.#isAsLeft()) return undefined
    this.#atEnd = false
    const batch = this.#newBatch()
    // Ends: every round moves on in the segment, to the next one, or returns; there are only so many.
    while (!this.#done) {
      if (this.#file === undefined && !(await this.#openSegment(batch))) break
      const moved = await this.#readInto(batch)
      if (batch.records.length > 0 || batch.damage.length > 0) break
      if (moved) continue
      if (this.#sealed === 'no') {
        await this.#lookForSeal()
        this.#atEnd = this.#sealed === 'no'
        if (this.#atEnd) break
        continue // Once more: bytes may have come before the seal did.
      }
      await this.#leaveSegment(batch)
    }
    return this.#finish(batch)
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  /** All was read, nothing was written to the last segment since, and no file came or went. Two system calls. */
  #isAsLeft(): boolean {
    if (!this.#atEnd || this.#file === undefined) return false
    return fstatSync(this.#file.fd).size === this.#offset && !this.#changes.any()
  }

  #newBatch(): JournalBatch {
    const from = this.#nextPosition
    return {
      writer: this.writer,
      records: [],
      firstPosition: from,
      lastPosition: from - 1,
      damage: [],
      end: { format: 1, writer: this.writer, nextPosition: from, segment: 0, offset: 0 },
    }
  }

  #finish(batch: JournalBatch): JournalBatch | undefined {
    if (batch.records.length === 0 && batch.damage.length === 0) return undefined
    batch.end.nextPosition = this.#nextPosition
    batch.end.segment = this.#segment
    batch.end.offset = this.#offset
    if (batch.records.length === 0) batch.firstPosition = this.#nextPosition
    batch.lastPosition = this.#nextPosition - 1
    return batch
  }

  async #openSegment(batch: JournalBatch): Promise<boolean> {
    const segments = await this.#order.list()
    const segment = segments.find((number) => number >= this.#segment)
    if (segment === undefined) {
      await this.#endIfFinished(batch)
      return false
    }
    if (segment !== this.#segment) {
      this.#segmentMissing = this.#segment > 0
      this.#segment = segment
      this.#offset = 0
    }
    const file = path.join(this.#options.directory, segmentFileName(this.#order.fileOf(segment)))
    try {
      this.#file = await open(file, 'r')
    } catch (error) {
      if (isMissing(error)) return false // Removed this moment: the next call sees what is there.
      throw error
    }
    this.#sealed = 'no'
    this.#tail = undefined
    return true
  }

  async #readInto(batch: JournalBatch): Promise<boolean> {
    const file = this.#file!
    const { size } = await file.stat()
    const available = size - this.#offset
    if (available <= 0) {
      this.#tail = this.#tailOf(Buffer.alloc(0))
      return false
    }
    const { blocks, batchBytesMax = limits.journal.batchBytesMax } = this.#options
    // A frame must fit, or the reader would not get past it.
    const wanted = Math.min(available, Math.max(frameBytesMax, batchBytesMax))
    const block = blocks?.take(wanted) ?? Buffer.allocUnsafeSlow(wanted)
    const { bytesRead } = await file.read(block, 0, wanted, this.#offset)
    const atEnd = this.#offset + bytesRead >= size
    const bytes = block.subarray(0, bytesRead)
    if (this.#offset === 0 && (await this.#isMisplaced(bytes, batch))) return true
    const { at, stop } = this.#walk(bytes, atEnd, batch)
    if (batch.records.length > 0) batch.block = block
    this.#offset += at
    if (stop === 'wait') this.#tail = this.#tailOf(bytes.subarray(at))
    return at > 0
  }

  /** Takes over all sound records of a block. Returns how far it came, and whether it must wait there. */
  #walk(bytes: Buffer, atEnd: boolean, batch: JournalBatch): Walk {
    const end = bytes.length
    let at = 0
    while (at < end) {
      if (batch.records.length >= limits.journal.batchRecordsMax) return { at, stop: 'end' }
      const frameBytes = checkFrame(bytes, at, end)
      if (frameBytes > 0) {
        if (isRecordOf(bytes, at, frameBytes, this.#writerBytes)) {
          this.#take(bytes, at, frameBytes, batch)
          at += frameBytes
          continue
        }
        if (this.#offset + at === 0 && bytes[at + frameHeaderBytes] === segmentMark) {
          at += frameBytes
          continue
        }
      } else if (frameBytes === incompleteFrame && !atEnd) {
        return { at, stop: 'end' }
      }
      const resumeAt = this.#resume(bytes, at, atEnd)
      if (resumeAt === undefined) return { at, stop: 'wait' }
      this.#skipped ??= { segment: this.#segment, offset: this.#offset + at }
      at = resumeAt
    }
    return { at, stop: 'end' }
  }

  /** Where to go on behind a frame that does not check, or undefined: wait, or the end. */
  #resume(bytes: Buffer, at: number, atEnd: boolean): number | undefined {
    const next = findRecordFrame(bytes, at + 1, bytes.length, this.#writerBytes)
    const isSound = next >= 0 && checkFrame(bytes, next, bytes.length) > 0
    if (atEnd && !isSound) return undefined
    if (!this.#isTrusted(this.#offset + at)) return undefined
    if (next >= 0) return next
    // No beginning of a record in this block; one may straddle its end.
    return Math.max(at + 1, bytes.length - (frameOverheadBytes + 36))
  }

  /** Whether what does not check at this offset is damage for sure, and not a write that is still under way. */
  #isTrusted(offset: number): boolean {
    if (!this.#options.live || this.#sealed !== 'no') return true
    const now = performance.now()
    if (this.#suspect?.offset === offset)
      return now - this.#suspect.sinceMs >= limits.journal.suspectFrameMs
    this.#suspect = { offset, sinceMs: now }
    return false
  }

  #take(bytes: Buffer, at: number, frameBytes: number, batch: JournalBatch): void {
    const position = positionInFrame(bytes, at)
    const expected = this.#anywhere ? position : this.#nextPosition
    this.#anywhere = false
    if (position < expected) {
      this.#report(batch, position, position, 'duplicate_differs', this.#offset + at)
      return
    }
    if (position > expected || this.#skipped?.segment === this.#segment) {
      const reason = this.#skipped !== undefined ? 'corrupt_record' : this.#reasonForJump()
      this.#report(
        batch,
        expected,
        position - 1,
        reason,
        this.#skipped?.offset ?? this.#offset + at,
      )
    }
    this.#skipped = undefined
    this.#segmentMissing = false
    if (batch.records.length === 0) batch.firstPosition = position
    batch.records.push(bytes.subarray(at + frameOverheadBytes, at + frameBytes))
    this.#nextPosition = position + 1
  }

  #reasonForJump(): GapReason {
    return this.#segmentMissing ? 'missing_segment' : 'missing_positions'
  }

  #report(
    batch: JournalBatch,
    fromPosition: number,
    toPosition: number,
    reason: GapReason,
    offset: number,
  ): void {
    const last: Damage | undefined = batch.damage.at(-1)
    if (
      last?.reason === reason &&
      last.toPosition + 1 === fromPosition &&
      toPosition >= fromPosition
    ) {
      last.toPosition = toPosition
      return
    }
    const { writer } = this
    batch.damage.push({ writer, fromPosition, toPosition, segment: this.#segment, offset, reason })
  }

  /** A segment file under another's name (swapped, restored wrongly): reported, and read in the order of the headers. */
  async #isMisplaced(bytes: Buffer, batch: JournalBatch): Promise<boolean> {
    if (bytes.length < frameHeaderBytes || checkFrame(bytes, 0, bytes.length) === damagedFrame)
      return false
    const header = decodeSegmentHeader(bytes)
    if (header === undefined || header.writer !== this.writer) return false
    if (this.#anywhere) {
      this.#nextPosition = header.firstPosition
      this.#anywhere = false
    }
    if (header.segment === this.#segment) return false
    const file = this.#order.fileOf(this.#segment)
    // Met again where it was: its number is another file's (a copy). Positions tell which of its records are new.
    if (this.#misplacedFiles.has(file)) return false
    this.#misplacedFiles.add(file)
    await this.#order.readHeaders()
    this.#report(batch, this.#nextPosition, this.#nextPosition - 1, 'missing_segment', 0)
    await this.close()
    return true
  }

  async #lookForSeal(): Promise<void> {
    const listing = this.#changes.begin()
    const marker = await readFinishedMarker(this.#options.directory)
    const segments = await this.#order.list()
    if (segments.some((number) => number > this.#segment)) this.#sealed = 'next'
    else if (marker !== undefined) {
      this.#sealed = 'finished'
      this.#lastPositionOfFinished = marker.lastPosition
    } else if (!this.#options.live) this.#done = true
    this.#changes.end(listing)
  }

  async #leaveSegment(batch: JournalBatch): Promise<void> {
    if (this.#sealed === 'finished') return this.#reportLostTail(batch)
    const { size } = await this.#file!.stat()
    if (size > this.#offset) this.#skipped ??= { segment: this.#segment, offset: this.#offset }
    await this.close()
    this.#segment++
    this.#offset = 0
    this.#sealed = 'no'
  }

  async #endIfFinished(batch: JournalBatch): Promise<void> {
    const marker = await readFinishedMarker(this.#options.directory)
    if (marker === undefined || (await listSegments(this.#options.directory)).length > 0) return
    this.#lastPositionOfFinished = marker.lastPosition
    this.#reportLostTail(batch)
  }

  #reportLostTail(batch: JournalBatch): void {
    this.#done = true
    if (this.#nextPosition > this.#lastPositionOfFinished) return
    const reason =
      this.#tail !== undefined && this.#tail.bytes.length > 0 ? 'corrupt_record' : 'lost_tail'
    this.#report(batch, this.#nextPosition, this.#lastPositionOfFinished, reason, this.#offset)
    this.#nextPosition = this.#lastPositionOfFinished + 1
  }

  #tailOf(bytes: Buffer): Tail {
    const file = path.join(
      this.#options.directory,
      segmentFileName(this.#order.fileOf(this.#segment)),
    )
    return { segment: this.#segment, file, offset: this.#offset, bytes }
  }
}

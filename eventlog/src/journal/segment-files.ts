/**
 * The segments of one writer on disk: creates, fills, rolls, syncs and abandons them. A segment that failed is never
 * written again: after a failed fsync nobody knows which of its pages are on disk, and asking again answers "yes".
 */
import path from 'node:path'
import { GatetrailError, type SegmentHeader } from '@gatetrail/schemas'
import type { FileSystem } from '../file-system.ts'
import { encodeSegmentHeader, segmentFileName } from '../segment.ts'

type OpenFile = {
  readonly file: number
  syncing: boolean
  /** To be closed as soon as no fsync has it in hand. */
  closing: boolean
  closed: boolean
}

export class SegmentFiles {
  readonly #fileSystem: FileSystem
  readonly #directory: string
  readonly #header: (segment: number, firstPosition: number) => SegmentHeader
  readonly #durable: boolean
  readonly #segmentBytesMax: number
  #current: OpenFile | undefined
  /** Rolled, with bytes that no fsync has covered yet. Only in `fsync`. */
  #unsynced: OpenFile[] = []
  #segment = 0
  #offset = 0
  /** Bytes per segment of this run, to tell how much of it a reader has not taken over. */
  readonly #sizes = new Map<number, number>()
  writeCalls = 0
  bytesWritten = 0

  constructor(
    fileSystem: FileSystem,
    directory: string,
    durable: boolean,
    segmentBytesMax: number,
    header: (segment: number, firstPosition: number) => SegmentHeader,
  ) {
    this.#segmentBytesMax = segmentBytesMax
    this.#fileSystem = fileSystem
    this.#directory = directory
    this.#durable = durable
    this.#header = header
  }

  get segment(): number {
    return this.#segment
  }

  get isFull(): boolean {
    return this.#offset >= this.#segmentBytesMax
  }

  /** Begins the next segment. Numbers are never used twice, so that a reader never sees a file change under its name. */
  begin(firstPosition: number): void {
    const segment = ++this.#segment
    const name = path.join(this.#directory, segmentFileName(segment))
    const file = this.#fileSystem.create(name)
    try {
      const header = encodeSegmentHeader(this.#header(segment, firstPosition))
      this.#offset = 0
      const written = this.#writeAll(file, header, 0, header.length)
      if (written.error !== undefined) throw written.error
      if (this.#durable) this.#fileSystem.syncDirectory(this.#directory)
    } catch (error) {
      this.#fileSystem.close(file)
      this.#fileSystem.remove(name)
      throw error
    }
    const before = this.#current
    this.#current = { file, syncing: false, closing: false, closed: false }
    if (before !== undefined) this.#retire(before)
  }

  /** Appends bytes from `start` to `end`. Tells how far it came: behind `end` only if nothing failed. */
  append(bytes: Uint8Array, start: number, end: number): { upTo: number; error?: Error } {
    const current = this.#current
    if (current === undefined)
      return { upTo: start, error: new GatetrailError('JOURNAL_UNWRITABLE', 'no segment is open') }
    return this.#writeAll(current.file, bytes, start, end)
  }

  /** Gives the segment up after a failure; what stands behind `lastBytes` of the last append is cut off if possible. */
  abandon(surplusBytes: number): void {
    const current = this.#current
    if (current === undefined) return
    this.#current = undefined
    this.#offset -= surplusBytes
    this.#sizes.set(this.#segment, this.#offset)
    if (surplusBytes > 0) {
      try {
        this.#fileSystem.truncate(current.file, this.#offset)
      } catch {
        // The disk refuses this too: a reader skips the partial record, because the next segment goes on with its position.
      }
    }
    for (const open of [...this.#unsynced, current]) this.#close(open)
    this.#unsynced = []
  }

  /** Makes everything appended so far durable, in order. One call at a time. */
  sync(done: (error: Error | undefined) => void): void {
    const retired = this.#unsynced
    this.#unsynced = []
    const files = this.#current === undefined ? [...retired] : [...retired, this.#current]
    const next = (index: number): void => {
      const open = files[index]
      if (open === undefined) return done(undefined)
      if (open.closed) return done(new Error('the segment was given up'))
      open.syncing = true
      this.#fileSystem.syncFile(open.file, (error) => {
        open.syncing = false
        if (open.closing || retired.includes(open)) this.#close(open)
        if (error === null) return next(index + 1)
        for (const rest of retired) this.#close(rest)
        done(error)
      })
    }
    next(0)
  }

  /** Bytes that lie behind a reader's position. */
  bytesAfter(segment: number, offset: number): number {
    let bytes = 0
    for (const [number, size] of this.#sizes) {
      if (number > segment) bytes += size
      else if (number === segment) bytes += Math.max(0, size - offset)
      else this.#sizes.delete(number)
    }
    return bytes
  }

  close(): void {
    if (this.#current !== undefined) this.#close(this.#current)
    for (const open of this.#unsynced) this.#close(open)
    this.#current = undefined
    this.#unsynced = []
  }

  #writeAll(
    file: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): { upTo: number; error?: Error } {
    let at = start
    while (at < end) {
      let taken: number
      try {
        this.writeCalls++
        taken = this.#fileSystem.write(file, bytes, at, end - at, this.#offset)
      } catch (error) {
        return { upTo: at, error: error instanceof Error ? error : new Error(String(error)) }
      }
      if (taken <= 0) return { upTo: at, error: new Error('write() took no bytes') }
      at += taken
      this.#offset += taken
      this.bytesWritten += taken
    }
    this.#sizes.set(this.#segment, this.#offset)
    return { upTo: at }
  }

  #retire(open: OpenFile): void {
    if (this.#durable) this.#unsynced.push(open)
    else this.#close(open)
  }

  /** A file in the hands of an fsync is closed when that returns: its number must not go to another file meanwhile. */
  #close(open: OpenFile): void {
    if (open.closed) return
    if (open.syncing) {
      open.closing = true
      return
    }
    open.closed = true
    try {
      this.#fileSystem.close(open.file)
    } catch {
      // Nothing is lost by it: what was acknowledged was written or synced before.
    }
  }
}

/**
 * Follows all writers of a journal directory, with a durable position per writer. Used by ingest; the one reader of its
 * positions directory, which it locks. It also removes segments that it has taken over (removal.ts).
 *
 * It looks for new bytes every 25 ms instead of watching: a watch costs the writer in every write(), and would still need
 * the look, because watches can be lost. A look that finds nothing is a few system calls, and no turn of the thread pool.
 */
import { mkdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import path from 'node:path'
import { GatetrailError, limits, type ReaderPosition } from '@gatetrail/schemas'
import { lockDirectory, type DirectoryLock } from '../directory-lock.ts'
import { listWriterNames } from '../list-writers.ts'
import { silentLog, type Log } from '../log.ts'
import { readPosition, writePosition } from '../positions.ts'
import { removeSegments } from '../removal.ts'
import type { JournalBatch } from './batch.ts'
import { DirectoryChanges } from './directory-changes.ts'
import { ReadBlocks } from './read-blocks.ts'
import { WriterFollower } from './writer-follower.ts'

/** How soon `batches` notices that its signal has aborted. */
const batchWaitMs = 500
/** Without anything to read: then memory is of more use elsewhere. */
const blocksKeptMs = 10_000

export type OpenJournalReaderOptions = {
  /** `dataDir/journal` */
  directory: string
  /** Where the positions are kept; made if missing. One reader at a time. */
  positionsDirectory: string
  /** How long segments are kept after they were taken over; left out: this reader removes nothing. */
  keepHours?: number
  batchBytesMax?: number
  log?: Log
}

export interface JournalReader {
  /**
   * The next records of some writer (all writers take turns), waiting at most `waitMs` for them; undefined if there are
   * none by then. Records of one writer come in order of position. A batch that was handed out and not committed comes
   * again after a restart, never before.
   */
  next(waitMs: number): Promise<JournalBatch | undefined>
  /** Batches until the reader is closed or the signal aborts. */
  batches(signal?: AbortSignal): AsyncGenerator<JournalBatch, void, void>
  /** Durably: everything of this writer up to this batch is taken over. Returns when a power loss can't undo it. */
  commit(batch: JournalBatch): Promise<void>
  /** Nobody looks at the records of this batch any more: its memory is used again. Without this it is the collector's. */
  release(batch: JournalBatch): void
  /** What is committed, per writer. */
  positions(): ReadonlyMap<string, ReaderPosition>
  /** Whether everything that lay in the journal when this was called has been handed out by `next`. */
  readonly caughtUp: boolean
  close(): Promise<void>
}

/**
 * Opens the reader at its durable positions; a writer without one is read from its beginning.
 * @throws GatetrailError DIRECTORY_IN_USE, DIRECTORY_NOT_WRITABLE, JOURNAL_CORRUPT (a position file)
 */
export async function openJournalReader(options: OpenJournalReaderOptions): Promise<JournalReader> {
  try {
    await mkdir(options.positionsDirectory, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new GatetrailError(
      'DIRECTORY_NOT_WRITABLE',
      `the directory ${options.positionsDirectory} cannot be made`,
      { cause },
    )
  }
  const lock = await lockDirectory(options.positionsDirectory)
  const reader = new FollowingReader(options, lock)
  try {
    await reader.lookForWriters()
  } catch (error) {
    await reader.close()
    throw error
  }
  return reader
}

class FollowingReader implements JournalReader {
  readonly #options: OpenJournalReaderOptions
  readonly #lock: DirectoryLock
  readonly #log: Log
  readonly #followers = new Map<string, WriterFollower>()
  readonly #positions = new Map<string, ReaderPosition>()
  readonly #blocks = new ReadBlocks()
  readonly #changes: DirectoryChanges
  readonly #removalTimer: NodeJS.Timeout | undefined
  #turn: string[] = []
  #caughtUp = false
  #readAtMs = 0
  #closed = false
  #removing = false

  constructor(options: OpenJournalReaderOptions, lock: DirectoryLock) {
    this.#options = options
    this.#lock = lock
    this.#log = options.log ?? silentLog
    this.#changes = new DirectoryChanges(options.directory)
    if (options.keepHours !== undefined) {
      this.#removalTimer = setInterval(() => void this.#remove(), limits.journal.removalIntervalMs)
      this.#removalTimer.unref()
    }
  }

  get caughtUp(): boolean {
    return this.#caughtUp
  }

  positions(): ReadonlyMap<string, ReaderPosition> {
    return this.#positions
  }

  async next(waitMs: number): Promise<JournalBatch | undefined> {
    const deadline = performance.now() + waitMs
    while (!this.#closed) {
      const isWholeRound = this.#turn.length === 0
      if (isWholeRound) {
        await this.lookForWriters()
        this.#turn = [...this.#followers.keys()]
      }
      const batch = await this.#nextInTurn()
      if (batch !== undefined) {
        this.#caughtUp = false
        this.#readAtMs = performance.now()
        return batch
      }
      if (!isWholeRound) continue // Those before had something, and may have more.
      this.#caughtUp = true
      if (performance.now() - this.#readAtMs > blocksKeptMs) this.#blocks.clear()
      const leftMs = deadline - performance.now()
      if (leftMs <= 0) return undefined
      await delay(Math.min(leftMs, limits.journal.pollIntervalMs))
    }
    return undefined
  }

  async *batches(signal?: AbortSignal): AsyncGenerator<JournalBatch, void, void> {
    for (;;) {
      if (this.#closed || signal?.aborted === true) return
      const batch = await this.next(batchWaitMs)
      if (batch !== undefined) yield batch
    }
  }

  async commit(batch: JournalBatch): Promise<void> {
    await writePosition(this.#options.positionsDirectory, batch.end)
    this.#positions.set(batch.writer, batch.end)
  }

  release(batch: JournalBatch): void {
    batch.records = []
    if (batch.block !== undefined) this.#blocks.give(batch.block)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#removalTimer)
    for (const follower of this.#followers.values()) await follower.close()
    await this.#lock.release()
  }

  async lookForWriters(): Promise<void> {
    if (!this.#changes.any()) return
    const listing = this.#changes.begin()
    const { directory, positionsDirectory, batchBytesMax } = this.#options
    const names = await listWriterNames(directory)
    for (const writer of names) {
      if (this.#followers.has(writer)) continue
      const position = await readPosition(positionsDirectory, writer)
      if (position !== undefined) this.#positions.set(writer, position)
      this.#followers.set(
        writer,
        new WriterFollower({
          directory: path.join(directory, writer),
          writer,
          from: position ?? { nextPosition: 0, segment: 0, offset: 0 },
          live: true,
          blocks: this.#blocks,
          ...(batchBytesMax === undefined ? {} : { batchBytesMax }),
        }),
      )
    }
    const there = new Set(names)
    for (const [writer, follower] of this.#followers) {
      if (there.has(writer)) continue
      await follower.close()
      this.#followers.delete(writer)
      this.#positions.delete(writer)
    }
    this.#changes.end(listing)
  }

  async #nextInTurn(): Promise<JournalBatch | undefined> {
    for (let writer = this.#turn.shift(); writer !== undefined; writer = this.#turn.shift()) {
      const follower = this.#followers.get(writer)
      if (follower === undefined || follower.done) continue
      const batch = await follower.readBatch()
      if (follower.done) await follower.close()
      if (batch === undefined) continue
      for (const damage of batch.damage)
        this.#log.error({ ...damage }, 'records of the journal are missing or damaged')
      return batch
    }
    return undefined
  }

  async #remove(): Promise<void> {
    if (this.#removing || this.#options.keepHours === undefined) return
    this.#removing = true
    try {
      const { directory, positionsDirectory, keepHours } = this.#options
      const removed = await removeSegments({ directory, positionsDirectory, keepHours })
      if (removed.length > 0) this.#log.info({ removed }, 'segments were removed')
    } catch (error) {
      this.#log.error({ err: error }, 'segments could not be removed')
    } finally {
      this.#removing = false
    }
  }
}

/**
 * Opens the journal of this process run: a directory of its own below the journal directory, locked while the process
 * lives; recovers dead writers beside it; then keeps heartbeats, the look at free space and at the backlog going.
 */
import { sign } from 'node:crypto'
import { mkdir, realpath, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import {
  GatetrailError,
  heartbeatMessage,
  limits,
  uuidText,
  type EventBody,
} from '@gatetrail/schemas'
import { systemClock, type Clock } from './clock.ts'
import { lockRealPath, type DirectoryLock } from './directory-lock.ts'
import { nodeFileSystem, type FileSystem } from './file-system.ts'
import type { Durability } from './journal/commit-queue.ts'
import { FileJournal, unwritable } from './journal/file-journal.ts'
import type { Journal } from './journal/journal.ts'
import { backlogOfOthers, isSpaceLow } from './journal/space.ts'
import { writeFinishedMarker } from './list-writers.ts'
import { silentLog, type Log } from './log.ts'
import { readPosition } from './positions.ts'
import { recoverDeadWriters } from './recovery.ts'
import type { SigningKey } from './signing-key.ts'
import { uuidVersion7 } from './uuid.ts'

export type OpenJournalOptions = {
  /** `dataDir/journal`; made if missing. */
  directory: string
  /** Of `dataDir/keys`: `await loadSigningKey(keysDirectory)`. */
  signingKey: SigningKey
  role: EventBody<'gatetrail.writer.started'>['role']
  /** Tells processes of one role on a machine apart; left out: the host. */
  instance?: string
  /** Of the product. */
  version: string
  tenant: string
  durability: Durability
  /** Bytes that readers have not taken over, of the whole directory (4 GiB). */
  bytesMax?: number
  /** Bytes of one session, before it is ended (64 GiB). */
  sessionBytesMax?: number
  /** Where ingest keeps its positions; left out: nothing counts as taken over. */
  positionsDirectory?: string
  log?: Log
  clock?: Clock
  fileSystem?: FileSystem
  heartbeatIntervalMs?: number
  /** A segment is left for the next one when it has reached this. */
  segmentBytesMax?: number
}

const bytesMaxDefault = 4 * 1024 * limits.MiB
const sessionBytesMaxDefault = 64 * 1024 * limits.MiB

/**
 * Opens a journal as a new writer and reports dead writers' journals in its system session.
 * @throws GatetrailError DIRECTORY_NOT_WRITABLE, JOURNAL_UNWRITABLE
 */
export async function openJournal(options: OpenJournalOptions): Promise<Journal> {
  const writerBytes = uuidVersion7()
  const writer = uuidText(writerBytes)
  const { lock, directory } = await makeWriterDirectory(options.directory, writer)
  const fileSystem = options.fileSystem ?? nodeFileSystem
  const log = options.log ?? silentLog
  let journal: FileJournal | undefined
  try {
    journal = new FileJournal({
      writer,
      writerBytes,
      directory,
      durability: options.durability,
      bytesMax: options.bytesMax ?? bytesMaxDefault,
      sessionBytesMax: options.sessionBytesMax ?? sessionBytesMaxDefault,
      segmentBytesMax: options.segmentBytesMax ?? limits.journal.segmentBytesMax,
      tenant: options.tenant,
      version: options.version,
      clock: options.clock ?? systemClock,
      fileSystem,
      log,
    })
    journal.appendSystem('gatetrail.writer.started', {
      version: options.version,
      role: options.role,
      host: hostname(),
      instance: options.instance ?? hostname(),
      processId: process.pid,
      tenant: options.tenant,
      durability: options.durability,
      publicKey: options.signingKey.publicKey,
    })
    const opened = new OpenedJournal(journal, { options, directory, lock, fileSystem, log })
    await opened.start()
    return opened.asJournal()
  } catch (error) {
    // A directory in which nothing was ever written need not be recovered by anybody.
    if (journal === undefined) await rm(directory, { recursive: true, force: true })
    await lock.release()
    if (error instanceof GatetrailError) throw error
    throw unwritable(directory, error)
  }
}

/** The lock comes before the directory: a directory without lock is a dead writer's. */
async function makeWriterDirectory(
  journalDirectory: string,
  writer: string,
): Promise<{ lock: DirectoryLock; directory: string }> {
  try {
    await mkdir(journalDirectory, { recursive: true, mode: 0o700 })
    const directory = path.join(await realpath(journalDirectory), writer)
    const lock = await lockRealPath(directory)
    await mkdir(directory, { mode: 0o700 })
    nodeFileSystem.syncDirectory(path.dirname(directory)) // Its name, too, must survive a power loss.
    return { lock, directory }
  } catch (cause) {
    if (cause instanceof GatetrailError) throw cause
    throw new GatetrailError(
      'DIRECTORY_NOT_WRITABLE',
      `the journal directory ${journalDirectory} cannot be written`,
      { cause, hint: 'Give the process a dataDir that it can write.' },
    )
  }
}

type Surroundings = {
  options: OpenJournalOptions
  directory: string
  lock: DirectoryLock
  fileSystem: FileSystem
  log: Log
}

/** The slow companions of a FileJournal: everything that has a timer. */
class OpenedJournal {
  readonly #journal: FileJournal
  readonly #around: Surroundings
  readonly #timers: NodeJS.Timeout[] = []
  readonly #busy = new Set<string>()
  #closing: Promise<void> | undefined
  #takenBytes = 0
  #takenAtMs = performance.now()
  #drainedBytesPerSecond = 0

  constructor(journal: FileJournal, around: Surroundings) {
    this.#journal = journal
    this.#around = around
  }

  async start(): Promise<void> {
    await this.#checkSpace()
    await this.#recover()
    const { options } = this.#around
    this.#every(
      options.heartbeatIntervalMs ?? limits.journal.heartbeatIntervalMs,
      'heartbeat',
      () => this.#heartbeat(false),
    )
    this.#every(limits.journal.spaceCheckIntervalMs, 'space check', () => this.#checkSpace())
    this.#every(limits.journal.backlogCheckIntervalMs, 'backlog check', () => this.#checkBacklog())
    this.#every(limits.journal.deadWriterCheckIntervalMs, 'recovery', () => this.#recover())
  }

  asJournal(): Journal {
    const journal = this.#journal
    return {
      writer: journal.writer,
      system: journal.system,
      append: (kind, stamp, body) => journal.append(kind, stamp, body),
      appendSystem: (kind, body) => journal.appendSystem(kind, body),
      afterWrite: (stamp, what, callback) => journal.afterWrite(stamp, what, callback),
      pauseMs: (stamp) => journal.pauseMs(stamp),
      get accepting() {
        return journal.accepting
      },
      stats: () => journal.stats(),
      close: (reason, message) => (this.#closing ??= this.#close(reason, message)),
    }
  }

  async #close(reason: 'shutdown' | 'error', message: string | undefined): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    const journal = this.#journal
    const { lock, log, directory } = this.#around
    try {
      if (!journal.failed) {
        journal.appendSystem(
          'gatetrail.writer.stopped',
          message === undefined ? { reason } : { reason, message },
        )
        this.#heartbeat(true)
      }
      await journal.finish()
      // A marker says: nothing is left to report. Sessions that are still open are the successor's to report.
      if (!journal.failed && journal.openSessions === 0) {
        const { writer, lastPosition } = journal
        await writeFinishedMarker(directory, {
          format: 1,
          writer,
          state: 'closed',
          by: writer,
          lastPosition,
        })
      }
    } catch (error) {
      log.error(
        { err: error },
        'the journal could not be closed in order: a successor will report it',
      )
    } finally {
      await lock.release()
    }
  }

  #heartbeat(final: boolean): void {
    const journal = this.#journal
    if (journal.failed) return
    const link = journal.sealChain()
    const heartbeat = {
      fromPosition: link.fromPosition,
      toPosition: link.toPosition,
      previousHead: link.previousHead.toString('hex'),
      head: link.head.toString('hex'),
      final,
    }
    const message = heartbeatMessage({ writer: journal.writer, ...heartbeat })
    const signature = sign(null, message, this.#around.options.signingKey.privateKey).toString(
      'base64url',
    )
    journal.appendSystem('gatetrail.writer.heartbeat', { ...heartbeat, signature })
    // So that system events reach the disk within a heartbeat, also where nobody waits for them.
    journal.afterWrite(journal.system, 'command', () => {})
  }

  async #checkSpace(): Promise<void> {
    const { fileSystem, directory, log } = this.#around
    const low = await isSpaceLow(fileSystem, directory)
    if (low !== this.#journal.spaceLow)
      log.warn({ spaceLow: low }, low ? 'space is low: no new sessions' : 'there is space again')
    this.#journal.spaceLow = low
  }

  async #checkBacklog(): Promise<void> {
    const { positionsDirectory, directory } = this.#around.options
    const { writer } = this.#journal
    let own = this.#journal.bytesAfter(0, 0)
    let others = 0
    if (positionsDirectory !== undefined) {
      const position = await readPosition(positionsDirectory, writer)
      if (position !== undefined) own = this.#journal.bytesAfter(position.segment, position.offset)
      others = await backlogOfOthers(directory, positionsDirectory, writer)
    }
    const taken = this.#journal.stats().bytesWritten - own
    const nowMs = performance.now()
    const rate = Math.max(0, ((taken - this.#takenBytes) / (nowMs - this.#takenAtMs)) * 1000)
    this.#drainedBytesPerSecond = this.#drainedBytesPerSecond * 0.7 + rate * 0.3
    this.#takenBytes = taken
    this.#takenAtMs = nowMs
    this.#journal.updateBacklog(own + others, this.#drainedBytesPerSecond)
  }

  async #recover(): Promise<void> {
    const { options, log } = this.#around
    if (!this.#journal.failed) await recoverDeadWriters(options.directory, this.#journal, log)
  }

  /** Runs a task at an interval, never twice at a time; its failure is logged, and it is tried again. */
  #every(intervalMs: number, what: string, task: () => void | Promise<void>): void {
    const timer = setInterval(() => {
      if (this.#busy.has(what)) return
      this.#busy.add(what)
      void (async () => {
        try {
          await task()
        } catch (error) {
          if (this.#closing === undefined)
            this.#around.log.error({ err: error }, `the journal's ${what} failed`)
        } finally {
          this.#busy.delete(what)
        }
      })()
    }, intervalMs)
    timer.unref()
    this.#timers.push(timer)
  }
}

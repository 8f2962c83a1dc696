/**
 * What the rest of the product sees of a journal writer. Made by open-journal.ts; the work is in file-journal.ts.
 * Contract: docs/ARCHITECTURE.md, "eventlog".
 */
import type { ChunkBuilder, EventBody, EventKind, RecordKind } from '@gatetrail/schemas'
import type { SessionStamp } from '../session-stamp.ts'
import type { WrittenCallback } from './commit-queue.ts'

export type JournalStats = {
  /** Records appended in this run; the position of the next one. */
  records: number
  /** Bytes that write() took, headers of segments included. */
  bytesWritten: number
  writeCalls: number
  /** Of the whole journal directory: not yet taken over by the reader. */
  backlogBytes: number
  /** Appended and not written: 0 between turns unless the disk refuses. */
  waitingBytes: number
  segment: number
  openSessions: number
  spaceLow: boolean
  failed: boolean
  failures: number
  /** Code and sentence of the last failure, also after it is over. */
  lastError: string | undefined
}

export interface Journal {
  /** UUIDv7 of this process run. */
  readonly writer: string
  /** The writer's system session. */
  readonly system: SessionStamp
  /**
   * Copies the record into this turn's buffer; gives it seq and position. Returns its seq. A ChunkBuilder is emptied.
   * Never blocks, never forwards: call `afterWrite`, and forward in its callback.
   * @throws GatetrailError JOURNAL_UNWRITABLE when closed or failed (`gatetrail.session.closed` is still taken while
   *   failed, and written when the disk takes bytes again); JOURNAL_FULL when the session reached sessionBytesMax (its
   *   `session.closed` still fits); RECORD_INVALID for a record above recordBytesMax.
   */
  append(kind: RecordKind, stamp: SessionStamp, body: string | ChunkBuilder): number
  /**
   * Validates and appends an event of the system session. For rare events, not the hot path.
   * @throws GatetrailError RECORD_INVALID, JOURNAL_UNWRITABLE
   */
  appendSystem<Kind extends EventKind>(kind: Kind, body: EventBody<Kind>): void
  /**
   * Calls back once everything appended so far is on record as `durability` promises, or with JOURNAL_UNWRITABLE: then
   * nothing of it may be forwarded. Never calls back before it returns.
   */
  afterWrite(stamp: SessionStamp, what: 'command' | 'output', callback: WrittenCallback): void
  /** How long this session should not be read from, ms; 0 most of the time. Ask again after it. */
  pauseMs(stamp: SessionStamp): number
  /** Whether new sessions may be opened: false when space is low, the journal is at its bound, failed or closed. */
  readonly accepting: boolean
  stats(): JournalStats
  /**
   * Writes the stop event and the final heartbeat, syncs, and releases the directory. Sessions still open are left to a
   * successor, which reports them as aborted.
   */
  close(reason: 'shutdown' | 'error', message?: string): Promise<void>
}

/** The rows that one batch makes, per table. Reused from batch to batch. A rebuild has tables with a suffix. */
import { RowBuffer, type RowBatch } from '../store/table.ts'
import { chunksTable } from './chunks.ts'
import { eventsTable } from './events.ts'
import { piiFingerprintsTable } from './pii-fingerprints.ts'
import { piiTouchesTable } from './pii-touches.ts'
import { deadLettersTable, recordsTable } from './records.ts'
import { sessionAbortsTable } from './session-aborts.ts'
import { sessionsTable } from './sessions.ts'
import { statementsTable } from './statements.ts'
import { writersTable } from './writers.ts'

export type RowBuffers = ReturnType<typeof createRowBuffers>

export function createRowBuffers(tableSuffix = '') {
  return {
    records: new RowBuffer(recordsTable, tableSuffix),
    events: new RowBuffer(eventsTable, tableSuffix),
    chunks: new RowBuffer(chunksTable, tableSuffix),
    sessions: new RowBuffer(sessionsTable, tableSuffix),
    statements: new RowBuffer(statementsTable, tableSuffix),
    piiFingerprints: new RowBuffer(piiFingerprintsTable, tableSuffix),
    piiTouches: new RowBuffer(piiTouchesTable, tableSuffix),
    sessionAborts: new RowBuffer(sessionAbortsTable, tableSuffix),
    writers: new RowBuffer(writersTable),
    deadLetters: new RowBuffer(deadLettersTable, tableSuffix),
  }
}

/**
 * In the order in which they must be inserted. `records` last: a record that is there has all its derived rows. `sessions`
 * after the other derived tables: a session row says up to which seq they are complete.
 */
export function inInsertOrder(buffers: RowBuffers): RowBatch[] {
  return [
    buffers.deadLetters,
    buffers.chunks,
    buffers.events,
    buffers.statements,
    buffers.piiFingerprints,
    buffers.piiTouches,
    buffers.sessionAborts,
    buffers.sessions,
    buffers.writers,
    buffers.records,
  ]
}

export function clearRows(buffers: RowBuffers): void {
  for (const buffer of Object.values(buffers)) buffer.clear()
}

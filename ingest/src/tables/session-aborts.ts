/** Rows of `session_aborts`: a report that a session's writer died, by its successor or by ingest. */
import type { EventBody } from '@gatetrail/schemas'
import type { RecordPoint } from '../fold/fold-session.ts'
import { seconds, text, time, uint32, uint64, uuid, type Row } from '../store/columns.ts'
import { defineTable } from '../store/table.ts'

export const sessionAbortsTable = defineTable('session_aborts_rows', {
  tenant: text,
  session: uuid,
  writer: uuid,
  last_seq: uint32,
  last_time: time,
  reason: text,
  reported_in: uuid,
  reported_seq: uint32,
  stored: seconds,
  row_version: uint64,
})

/** Of several reports the one that knows most of the session wins, and of those a successor's, who read the journal. */
export function sessionAbortRow(
  body: EventBody<'gatetrail.session.aborted'>,
  point: RecordPoint,
): Row<typeof sessionAbortsTable.columns> {
  const lastSeq = Math.max(0, body.lastSeq)
  return {
    tenant: point.tenant,
    session: body.session,
    writer: body.writer,
    last_seq: lastSeq,
    last_time: body.lastTimeMicros,
    reason: body.reason,
    reported_in: point.session,
    reported_seq: point.seq,
    stored: point.storedSeconds,
    row_version: (lastSeq + 1) * 2 + (body.reason === 'crash' ? 1 : 0),
  }
}

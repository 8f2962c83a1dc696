/**
 * Step 6 of 7. From load-state.ts, to insert-rows.ts. Shapes the rows of every table out of the batch. Pure but for the fold
 * state and the row buffers that it is given: the same records make the same rows, however they are cut into batches.
 */
import { principalId, type EventBody } from '@gatetrail/schemas'
import type { DecodedEvent, DecodedRecord, Findings } from '../batch.ts'
import { foldSession, newSession, type RecordPoint } from '../fold/fold-session.ts'
import {
  foldCompleted,
  foldTouched,
  newStatement,
  statementWeight,
} from '../fold/fold-statement.ts'
import type { RowBuffers } from '../tables/buffers.ts'
import { recordRowVersion } from '../tables/records.ts'
import { sessionAbortRow } from '../tables/session-aborts.ts'
import type { SessionRow } from '../tables/sessions.ts'
import type { StatementRow } from '../tables/statements.ts'
import { addChunk } from './shape-chunk.ts'
import { claimsOf, searchedVersion } from './shape-texts.ts'
import { addFingerprinted, addFound, addTouched } from './shape-touches.ts'
import {
  descriptionKey,
  descriptionWeight,
  opensRow,
  statementKey,
  type FoldState,
} from './load-state.ts'

export type Shaping = {
  state: FoldState
  rows: RowBuffers
  findings: Findings
  tenantOf(writer: string): string
  /** False for what is in `records` already. */
  withRecord(record: DecodedRecord): boolean
  /** Rows that this batch changed: their last version is stored, once. */
  changed: { sessions: Set<SessionRow>; statements: Set<StatementRow> }
}

export function createShaping(parts: Omit<Shaping, 'changed'>): Shaping {
  return { ...parts, changed: { sessions: new Set(), statements: new Set() } }
}

export function shapeRows(records: readonly DecodedRecord[], shaping: Shaping): void {
  for (const record of records) shapeOne(record, shaping)
}

function shapeOne(record: DecodedRecord, shaping: Shaping): void {
  const { header } = record
  const point: RecordPoint = {
    tenant: shaping.tenantOf(header.writer),
    session: header.session,
    writer: header.writer,
    seq: header.seq,
    timeMicros: header.timeMicros,
    offsetMicros: header.offsetMicros,
    storedSeconds: record.storedSeconds,
    rowVersion: record.rowVersion,
    redactions: record.sessionRedactions ?? 0,
  }
  if (shaping.withRecord(record)) addRecord(record, point, shaping)
  switch (record.decoded.type) {
    case 'event':
      addEvent(record, record.decoded.event, point, shaping)
      foldEvent(record.decoded.event, point, shaping)
      return
    case 'chunk':
      addChunk(record, point.tenant, shaping)
      foldInto(sessionRow(point, shaping), point, undefined, shaping)
      return
    case 'opaque': // Only in `records`: not interpreted.
  }
}

function foldEvent(event: DecodedEvent, point: RecordPoint, shaping: Shaping): void {
  const { state, changed } = shaping
  if (event.kind === 'gatetrail.session.aborted') {
    addAbort(event.body, point, shaping)
    return
  }
  if (event.kind === 'gatetrail.pii.found') {
    addFound(event.body, point, shaping)
    return
  }
  if (!opensRow(event.kind) && !state.sessions.has(point.session)) return
  const session = sessionRow(point, shaping)
  foldInto(session, point, event, shaping)
  switch (event.kind) {
    case 'gatetrail.statement.described': {
      const key = descriptionKey(point.session, event.body.description)
      state.descriptions.set(key, event.body, descriptionWeight(event.body))
      return
    }
    case 'gatetrail.statement.decided': {
      const key = statementKey(point.session, point.seq)
      // Loaded, with a higher version, if this batch is read a second time.
      if (state.statements.has(key)) return
      const described = state.descriptions.get(
        descriptionKey(point.session, event.body.description),
      )
      const row = newStatement(point, event.body, described, session)
      state.statements.set(key, row, statementWeight(row))
      changed.statements.add(row)
      return
    }
    case 'gatetrail.statement.completed': {
      const row = state.statements.get(statementKey(point.session, event.body.statement))
      if (row !== undefined && foldCompleted(row, point.rowVersion, event.body))
        changed.statements.add(row)
      return
    }
    case 'gatetrail.pii.touched':
      addTouched(event.body, point, session, shaping)
      touchStatement(event.body, point, shaping)
      return
    case 'gatetrail.pii.fingerprinted':
      addFingerprinted(event.body, point, shaping)
      return
    default: // The other kinds have no rows of their own.
  }
}

function foldInto(
  session: SessionRow,
  point: RecordPoint,
  event: DecodedEvent | undefined,
  { changed }: Shaping,
): void {
  if (foldSession(session, point, event)) changed.sessions.add(session)
}

/** The report may come before the session's own records, or without any of them ever coming: then its row says so. */
function addAbort(
  body: EventBody<'gatetrail.session.aborted'>,
  point: RecordPoint,
  { rows, state }: Shaping,
): void {
  const { tenant, storedSeconds } = point
  const { session, writer, lastTimeMicros: timeMicros } = body
  rows.sessionAborts.add(sessionAbortRow(body, point))
  if (state.sessions.has(session)) return
  // Not into `state`: what folds the session's records begins without it.
  rows.sessions.add(newSession({ tenant, session, writer, timeMicros, storedSeconds }))
}

function sessionRow(point: RecordPoint, shaping: Shaping): SessionRow {
  const known = shaping.state.sessions.get(point.session)
  if (known !== undefined) return known
  const made = newSession(point)
  shaping.state.sessions.set(point.session, made)
  return made
}

type Touched = Extract<DecodedEvent, { kind: 'gatetrail.pii.touched' }>['body']

function touchStatement(body: Touched, point: RecordPoint, { state, changed }: Shaping): void {
  if (body.statement === undefined) return
  const row = state.statements.get(statementKey(point.session, body.statement))
  if (row !== undefined && foldTouched(row, point.rowVersion, body.touches))
    changed.statements.add(row)
}

function addRecord(record: DecodedRecord, point: RecordPoint, shaping: Shaping): void {
  const { header } = record
  shaping.rows.records.add({
    tenant: point.tenant,
    session: header.session,
    seq: header.seq,
    writer: header.writer,
    position: header.position,
    kind: header.kind ?? `unknown:${header.kindCode}`,
    kind_code: header.kindCode,
    version: header.version,
    time: header.timeMicros,
    offset_micros: header.offsetMicros,
    leaf_hash: record.leaf,
    length: record.bytes.length,
    stored: record.storedSeconds,
    bytes: record.bytes,
    row_version: recordRowVersion(record),
  })
}

function addEvent(
  record: DecodedRecord,
  event: DecodedEvent,
  point: RecordPoint,
  { rows }: Shaping,
): void {
  const { header } = record
  const body: Record<string, unknown> = event.body
  const principal = 'principal' in event.body ? event.body.principal : undefined
  rows.events.add({
    tenant: point.tenant,
    session: header.session,
    seq: header.seq,
    writer: header.writer,
    position: header.position,
    kind: event.kind,
    version: header.version,
    time: header.timeMicros,
    offset_micros: header.offsetMicros,
    // A hold says whom it is about by id.
    principal: typeof principal === 'object' ? principalId(principal) : (principal ?? ''),
    connection: typeof body['connection'] === 'string' ? body['connection'] : '',
    statement: typeof body['statement'] === 'number' ? body['statement'] : undefined,
    description: typeof body['description'] === 'string' ? body['description'] : '',
    body: record.body,
    claims: claimsOf(event),
    searched: searchedVersion,
    stored: record.storedSeconds,
    row_version: recordRowVersion(record),
  })
}

/**
 * Folds the records of a session into its row. Pure. Records come in the order of `seq`; one that the row covers already
 * (a batch that was read again) changes nothing, so a row and its version depend on the session's records alone. That a
 * session was aborted stands in others' records: tables/session-aborts.ts.
 */
import type { DecodedEvent } from '../batch.ts'
import { principalRow, unknownPrincipal } from '../tables/principal.ts'
import type { SessionRow } from '../tables/sessions.ts'

export type RecordPoint = {
  tenant: string
  session: string
  writer: string
  seq: number
  timeMicros: number
  offsetMicros: number
  storedSeconds: number
  /** Of the rows that it changes. */
  rowVersion: number
  /** How many records of the session were redacted, each as often as it was. */
  redactions: number
}

/** Of a row that covers no record: any other wins. */
const emptyRowVersion = 0

export function newSession(
  point: Omit<RecordPoint, 'seq' | 'offsetMicros' | 'rowVersion' | 'redactions'>,
): SessionRow {
  return {
    tenant: point.tenant,
    session: point.session,
    writer: point.writer,
    state: 'open',
    time: point.timeMicros,
    ended: undefined,
    ...unknownPrincipal,
    groups: [],
    protocol: '',
    client_address: '',
    client_tls: false,
    requested_user: '',
    application_name: '',
    policy_set: '',
    policies: [],
    target_user: '',
    target_address: '',
    reason: '',
    error: '',
    message: '',
    duration_micros: 0,
    statements: 0,
    denied: 0,
    rows: 0,
    bytes_from_client: 0,
    bytes_to_client: 0,
    inspected_bytes: 0,
    uninspected_bytes: 0,
    uninspected: {},
    touched_values: 0,
    entities: [],
    last_seq: 0,
    last_time: point.timeMicros,
    stored: point.storedSeconds,
    row_version: emptyRowVersion,
  }
}

/** Takes in one record of the session; `event` is undefined for a chunk. False if the row covered it already. */
export function foldSession(
  row: SessionRow,
  point: RecordPoint,
  event: DecodedEvent | undefined,
): boolean {
  if (row.row_version > emptyRowVersion && point.seq <= row.last_seq) return false
  row.last_seq = point.seq
  row.last_time = point.timeMicros
  row.stored = point.storedSeconds
  row.row_version = point.rowVersion
  if (row.state === 'open') row.duration_micros = point.offsetMicros
  if (event !== undefined) foldEvent(row, point, event)
  return true
}

function foldEvent(row: SessionRow, point: RecordPoint, event: DecodedEvent): void {
  switch (event.kind) {
    case 'gatetrail.session.opened': {
      const { body } = event
      Object.assign(row, principalRow(body.principal, body.connection))
      row.time = point.timeMicros - point.offsetMicros
      row.groups = body.principal.groups
      row.protocol = body.protocol
      row.client_address = body.clientAddress
      row.client_tls = body.clientTls
      row.requested_user = body.requestedUser
      row.application_name = body.applicationName ?? ''
      row.policy_set = body.policySet
      row.policies = body.policies
      return
    }
    case 'gatetrail.credential.issued':
      row.target_user = event.body.user
      row.target_address = event.body.upstreamAddress
      return
    case 'gatetrail.statement.decided':
      row.statements++
      if (event.body.verdict !== 'allow') row.denied++
      return
    case 'gatetrail.statement.completed':
      row.rows += event.body.rows
      return
    case 'gatetrail.pii.touched':
      for (const { entity, count } of event.body.touches) {
        row.touched_values += count
        if (!row.entities.includes(entity)) row.entities = [...row.entities, entity].sort()
      }
      return
    case 'gatetrail.coverage.reported':
      foldCoverage(row, event.body)
      return
    case 'gatetrail.session.refused':
      if (event.body.principal !== undefined)
        Object.assign(row, principalRow(event.body.principal, event.body.connection ?? ''))
      row.state = 'refused'
      row.ended = point.timeMicros
      row.error = event.body.reason
      row.message = event.body.message
      return
    case 'gatetrail.session.closed': {
      const { body } = event
      row.state = 'closed'
      row.ended = point.timeMicros
      row.reason = body.reason
      row.error = body.error ?? ''
      row.message = body.message ?? ''
      row.duration_micros = body.durationMicros
      row.statements = Math.max(row.statements, body.statements)
      row.rows = body.rows
      row.bytes_from_client = body.bytesFromClient
      row.bytes_to_client = body.bytesToClient
      foldCoverage(row, body.coverage)
      return
    }
    default: // The other kinds change nothing but what the row covers.
  }
}

function foldCoverage(
  row: SessionRow,
  coverage: { inspectedBytes: number; uninspectedBytes: Record<string, number> },
): void {
  row.inspected_bytes = coverage.inspectedBytes
  row.uninspected = { ...coverage.uninspectedBytes }
  row.uninspected_bytes = Object.values(coverage.uninspectedBytes).reduce(
    (sum, bytes) => sum + bytes,
    0,
  )
}

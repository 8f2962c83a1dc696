/** Why a session ends, as the record and the client are told. Pure. */
import type { ErrorResponseFields } from '@gatetrail/protocols'
import { GatetrailError, isGatetrailError } from '@gatetrail/schemas'
import type { CloseReason } from './context.ts'
import { farewell } from './refusals.ts'

export type SessionEnd = {
  reason: CloseReason
  error?: GatetrailError
  sqlstate: string
  message: string
  /** For the client, if it can still hear it. */
  lastWords?: ErrorResponseFields
}

const adminShutdown = '57P01'
const connectionFailure = '08006'
const protocolViolation = '08P01'

/**
 * From what happened: a word for an ordinary end, or the error that was caught.
 * `detail`: on `target_closed` the last words of the target itself; of an error, the side whose input caused it.
 */
export function describeEnd(cause: unknown, detail?: string): SessionEnd {
  switch (cause) {
    case 'client_closed':
      return silent('client_closed', adminShutdown, 'the client closed the session')
    case 'client_vanished':
      return silent('client_vanished', adminShutdown, 'the client is gone')
    case 'target_closed':
      if (detail !== undefined) return silent('target_closed', adminShutdown, detail)
      return spoken(
        'target_closed',
        connectionFailure,
        new GatetrailError('UPSTREAM_UNAVAILABLE', 'the target closed the connection'),
      )
    case 'shutdown':
      return spoken(
        'shutdown',
        adminShutdown,
        new GatetrailError('SHUTTING_DOWN', 'Gatetrail is shutting down: the session ends'),
      )
    case 'expired':
      return spoken(
        'expired',
        adminShutdown,
        new GatetrailError(
          'SESSION_EXPIRED',
          'the session reached its longest duration: connect again',
        ),
      )
    default:
      return isGatetrailError(cause) ? ofError(cause, detail === 'target') : internal(cause)
  }
}

function ofError(error: GatetrailError, fromTarget: boolean): SessionEnd {
  switch (error.code) {
    case 'JOURNAL_UNWRITABLE':
      return spoken(
        'journal_unwritable',
        '58030',
        new GatetrailError(error.code, 'the audit journal cannot be written: the session ends', {
          cause: error,
        }),
      )
    case 'JOURNAL_FULL':
      return spoken('limit', '53100', error)
    case 'SESSION_REVOKED':
      return spoken('revoked', adminShutdown, error)
    case 'LEASE_EXPIRED':
      return spoken('lease_expired', adminShutdown, error)
    case 'FRAME_TOO_LARGE':
      return spoken(fromTarget ? 'limit' : 'protocol_violation', protocolViolation, error)
    case 'FRAME_LENGTH_INVALID':
    case 'PROTOCOL_VIOLATION':
      return spoken('protocol_violation', fromTarget ? connectionFailure : protocolViolation, error)
    case 'UPSTREAM_PROTOCOL_VIOLATION':
      return spoken('protocol_violation', connectionFailure, error)
    default:
      return spoken(fromTarget ? 'target_closed' : 'internal_error', connectionFailure, error)
  }
}

function internal(cause: unknown): SessionEnd {
  const error = new GatetrailError('PROTOCOL_VIOLATION', 'an internal error ended the session', {
    cause,
  })
  return spoken('internal_error', 'XX000', error)
}

function silent(reason: CloseReason, sqlstate: string, message: string): SessionEnd {
  return { reason, sqlstate, message }
}

function spoken(reason: CloseReason, sqlstate: string, error: GatetrailError): SessionEnd {
  const { message } = error
  return {
    reason,
    error,
    sqlstate,
    message,
    lastWords: farewell(sqlstate, error),
  }
}

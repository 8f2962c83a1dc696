/** How an error of ours is said to a PostgreSQL client: FATAL, with an SQLSTATE that drivers understand, detail and hint. */
import type { ErrorCode, GatetrailError } from '@gatetrail/schemas'
import { errorResponse } from './messages.ts'

/** The target refused with an ErrorResponse of its own. */
export class TargetError extends Error {
  readonly sqlstate: string

  constructor(sqlstate: string, message: string) {
    super(message)
    this.name = 'TargetError'
    this.sqlstate = sqlstate
  }
}

const invalidAuthorization = '28000'

/** PostgreSQL documentation, appendix A. What is not listed is an internal error. */
const sqlstates: Partial<Record<ErrorCode, string>> = {
  PROTOCOL_VIOLATION: '08P01',
  PROXY_HEADER_REFUSED: '08P01',
  FRAME_LENGTH_INVALID: '08P01',
  FRAME_TOO_LARGE: '08P01',
  FEATURE_UNSUPPORTED: '0A000',
  OPTION_REFUSED: '0A000',
  AUTHENTICATION_TIMEOUT: invalidAuthorization,
  CONNECTIONS_EXHAUSTED: '53300',
  CONNECTION_UNKNOWN: '3D000',
  CONNECT_DENIED: invalidAuthorization,
  ISSUER_UNAVAILABLE: invalidAuthorization,
  ISSUER_ADDRESS_REFUSED: invalidAuthorization,
  PRINCIPAL_UNMATCHED: invalidAuthorization,
  UPSTREAM_UNAVAILABLE: '08001',
  UPSTREAM_AUTHENTICATION_FAILED: '08004',
  UPSTREAM_TLS_FAILED: '08001',
  UPSTREAM_PROTOCOL_VIOLATION: '08006',
  CREDENTIAL_UNAVAILABLE: '58000',
  SESSION_EXPIRED: '57P01',
  SESSION_REVOKED: invalidAuthorization,
  LEASE_EXPIRED: '57P03',
  SHUTTING_DOWN: '57P03',
  JOURNAL_UNWRITABLE: '58030',
  JOURNAL_FULL: '53100',
}

export function sqlstateOf(error: GatetrailError): string {
  if (error.cause instanceof TargetError) {
    // What the target said of itself (starting up, too many connections) or of the client's own options is passed on.
    if (error.code === 'UPSTREAM_UNAVAILABLE' || error.code === 'OPTION_REFUSED')
      return error.cause.sqlstate
  }
  if (error.code.startsWith('TOKEN_')) return invalidAuthorization
  return sqlstates[error.code] ?? 'XX000'
}

/** The message is the error's sentence, the detail its stable code. */
export function fatalResponse(error: GatetrailError): Buffer {
  return errorResponse({
    severity: 'FATAL',
    sqlstate: sqlstateOf(error),
    message: error.message,
    detail: error.code,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  })
}

/** The one error class for everything that the outside world can do to us. Bugs are `assert`s instead. */

/** Stable codes: users search for them, metrics count them, tests switch on them. Sentences may change, codes may not. */
export const errorCodes = {
  // configuration and start-up
  CONFIG_INVALID: 'The configuration file has an error.',
  CONFIG_NOT_FOUND: 'The configuration file does not exist or cannot be read.',
  POLICY_INVALID: 'A policy file does not parse or does not fit the policy schema.',
  PORT_TAKEN: 'Another process listens on the address.',
  DIRECTORY_IN_USE: 'Another process uses the directory.',
  DIRECTORY_NOT_WRITABLE: 'The directory cannot be written.',
  DEMO_FAILED: 'A part of the demo did not start.',
  ROLE_FAILED: 'A process of Gatetrail ended at its start without saying why.',
  USAGE: 'The command line is wrong.',
  INPUT_UNREADABLE: 'A file of the command line cannot be read.',
  // identity
  TOKEN_MISSING: 'No token was given.',
  TOKEN_MALFORMED: 'The token is not a well-formed JWT.',
  TOKEN_TOO_LARGE: 'The token is larger than the limit.',
  TOKEN_ENCRYPTED: 'Encrypted tokens (JWE) are not accepted.',
  TOKEN_DUPLICATE_MEMBER: 'A part of the token has the same JSON member twice.',
  TOKEN_ALGORITHM_REFUSED: 'The signature algorithm is not accepted.',
  TOKEN_HEADER_REFUSED: 'The token header carries a key, an address or a critical extension.',
  TOKEN_KEY_UNKNOWN: 'No key of the issuer matches the token.',
  TOKEN_SIGNATURE_INVALID: 'The signature does not verify.',
  TOKEN_ISSUER_UNKNOWN: 'No configured issuer has this name.',
  TOKEN_AUDIENCE_MISMATCH: 'The token was made for somebody else.',
  TOKEN_AUTHORIZED_PARTY_MISMATCH: 'The authorized party (azp) is not accepted.',
  TOKEN_EXPIRED: 'The token has expired.',
  TOKEN_EXPIRY_MISSING: 'The token has no expiry.',
  TOKEN_NOT_YET_VALID: 'The token is not valid yet.',
  TOKEN_CLAIM_INVALID: 'A claim has the wrong type or is missing.',
  TOKEN_REPLAYED: 'A one-use token was used again.',
  PRINCIPAL_UNMATCHED: 'No principal rule of the issuer fits the claims.',
  ISSUER_UNAVAILABLE: "The issuer's keys could not be fetched.",
  ISSUER_ADDRESS_REFUSED: "The address of the issuer's keys is not allowed.",
  TOKEN_WITHOUT_TLS: 'A token was sent without TLS from another machine.',
  // protocol
  PROTOCOL_VIOLATION: 'The peer broke the protocol.',
  FRAME_LENGTH_INVALID: 'A frame declares a length that cannot be.',
  FRAME_TOO_LARGE: 'A frame is larger than the limit.',
  FEATURE_UNSUPPORTED: 'The protocol feature is not supported.',
  OPTION_REFUSED: 'A start-up option is not on the allow-list.',
  AUTHENTICATION_TIMEOUT: 'The caller did not authenticate in time.',
  CONNECTIONS_EXHAUSTED: 'Too many connections.',
  PROXY_HEADER_REFUSED:
    'A balancer of listen.trustedProxies did not say, by PROXY protocol v2, whose connection it is.',
  CONNECTION_UNKNOWN: 'No connection has this name.',
  CONNECT_DENIED: 'Policy does not allow the connection.',
  STATEMENT_DENIED: 'Policy does not allow the statement.',
  STATEMENT_TOO_LARGE: 'The statement is larger than the limit.',
  UNINSPECTABLE_REFUSED: 'The data cannot be inspected and the connection has tagged columns.',
  UPSTREAM_UNAVAILABLE: 'The target cannot be reached.',
  UPSTREAM_AUTHENTICATION_FAILED: 'The target did not accept the credential.',
  UPSTREAM_TLS_FAILED: 'The target does not offer the TLS that the configuration requires.',
  UPSTREAM_PROTOCOL_VIOLATION: 'The target broke the protocol.',
  CREDENTIAL_UNAVAILABLE: 'The credential of the connection cannot be read.',
  SESSION_EXPIRED: 'The session reached its longest duration.',
  SESSION_REVOKED: 'The session, or who it belongs to, was revoked.',
  LEASE_EXPIRED: 'The control log was out of reach for too long.',
  SHUTTING_DOWN: 'Gatetrail is shutting down.',
  // record
  JOURNAL_UNWRITABLE: 'The journal cannot be written.',
  JOURNAL_FULL: 'The journal has reached its bound.',
  JOURNAL_CORRUPT: 'The journal is damaged.',
  RECORD_INVALID: 'A record does not fit its schema.',
  // log
  KAFKA_UNAVAILABLE: 'Kafka cannot be reached, or does not take what is sent.',
  KAFKA_TOPIC_INVALID: 'A topic is missing, or does not have the settings that records need.',
  CONTROL_OBJECT_REFUSED:
    'An object of the control log is not signed by a trusted key, or is superseded.',
  // store, ingest, replay
  STORE_UNAVAILABLE: 'The event store cannot be reached.',
  STORE_REFUSED: 'The event store refuses what is to be stored, and will refuse it again.',
  STORE_IN_USE: 'Another process has the event store open.',
  SIMULATION_REFUSED: 'The store holds records beside which nothing may be simulated.',
  STORE_MIGRATION_FAILED: 'The event store could not be brought to the current schema.',
  API_UNREACHABLE: 'The replay API cannot be reached.',
  API_UNAUTHENTICATED: 'Sign in first.',
  SIGN_IN_UNCONFIRMED: 'The issuer has to confirm the sign-in again: its groups may have changed.',
  API_FORBIDDEN: 'The role does not allow this.',
  NOT_FOUND: 'There is no such thing.',
  REQUEST_INVALID: 'The request is not valid.',
  VERIFY_FAILED: 'The trail does not verify.',
} as const satisfies Record<string, string>

export type ErrorCode = keyof typeof errorCodes

/**
 * An operating error. `message` is a sentence for the user: what happened, where, what to do. It never holds a
 * credential, a token or a value that was to be masked.
 */
export class GatetrailError extends Error {
  readonly code: ErrorCode
  /** What to do about it, a sentence. */
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'GatetrailError'
    this.code = code
    this.hint = options.hint
  }
}

export function isGatetrailError(error: unknown): error is GatetrailError {
  return error instanceof GatetrailError
}

/** Marks a branch that the types rule out. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`)
}

/** A promise that our own code makes to itself. @throws Error (a bug) if it does not hold. */
export function assert(condition: unknown, promise: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${promise}`)
}

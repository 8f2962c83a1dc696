/**
 * What a store said, as one of two: it cannot now (STORE_UNAVAILABLE: the same may be asked again, and is), or it will refuse this
 * again (STORE_REFUSED: somebody must change something). What is not known to be final is asked again.
 */
import { ClickHouseError } from '@clickhouse/client'
import { GatetrailError } from '@gatetrail/schemas'

/** Of ClickHouse's ErrorCodes: what the same statement will meet again. */
const finalTypes: ReadonlySet<string> = new Set([
  'NO_SUCH_COLUMN_IN_TABLE', 'CANNOT_PARSE_TEXT', 'CANNOT_READ_ALL_DATA', 'UNKNOWN_FUNCTION', 'BAD_ARGUMENTS', 'TYPE_MISMATCH',
  'UNKNOWN_TABLE', 'UNKNOWN_IDENTIFIER', 'UNKNOWN_TYPE', 'UNKNOWN_DATABASE', 'UNKNOWN_SETTING', 'SYNTAX_ERROR', 'ACCESS_DENIED',
  'READONLY', 'ILLEGAL_TYPE_OF_ARGUMENT', 'NUMBER_OF_ARGUMENTS_DOESNT_MATCH', 'CANNOT_CONVERT_TYPE', 'NUMBER_OF_COLUMNS_DOESNT_MATCH',
  'INCORRECT_DATA', 'UNKNOWN_FORMAT', 'AUTHENTICATION_FAILED', 'REQUIRED_PASSWORD', 'NOT_IMPLEMENTED', 'SUPPORT_IS_DISABLED',
  'CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN', 'INCOMPATIBLE_COLUMNS', 'SETTING_CONSTRAINT_VIOLATION', 'QUERY_IS_TOO_LARGE',
  'UNKNOWN_ELEMENT_OF_ENUM', 'THERE_IS_NO_COLUMN',
]) // prettier-ignore

const reasonCharactersMax = 300

/** @param what `did not answer`, `did not take 5 rows of records`: the rest of the sentence */
export function storeError(cause: unknown, what: string): GatetrailError {
  const type = cause instanceof ClickHouseError ? (cause.type ?? '') : typeOf(cause)
  const message = reasonOf(cause)
  if (finalTypes.has(type)) {
    return new GatetrailError('STORE_REFUSED', `the event store ${what}: ${message} (${type})`, {
      hint:
        hints[type] ??
        'Is the store of this release? `gatetrail deploy clickhouse` shows what it should have.',
      cause,
    })
  }
  const named = type === '' ? message : `${message} (${type})`
  return new GatetrailError('STORE_UNAVAILABLE', `the event store ${what}: ${named}`, {
    hint: 'Check store.url (without it: dataDir), and that the store is up.',
    cause,
  })
}

const hints: Readonly<Record<string, string>> = {
  AUTHENTICATION_FAILED: 'Check user and password of `store` in gatetrail.yaml.',
  REQUIRED_PASSWORD: 'Check user and password of `store` in gatetrail.yaml.',
  ACCESS_DENIED: '`gatetrail deploy clickhouse` gives the users of `store` what they need.',
  UNKNOWN_TABLE: 'Run `gatetrail deploy clickhouse` first.',
  UNKNOWN_DATABASE: 'Run `gatetrail deploy clickhouse` first.',
}

/** chDB's adapter throws the error class of another copy of the client. */
function typeOf(cause: unknown): string {
  const type: unknown = cause instanceof Error && 'type' in cause ? cause.type : undefined
  return typeof type === 'string' ? type : ''
}

/** The first lines; of a refused connection Node says only a code. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown error'
  if (cause.message !== '') return cause.message.slice(0, reasonCharactersMax)
  return 'code' in cause ? String(cause.code) : 'unknown error'
}

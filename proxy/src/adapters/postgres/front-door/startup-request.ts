/** What a StartupMessage asks for, checked and cleaned. From receive-startup.ts, to serve-caller.ts. Pure. */
import { findSpans, maskSpan, maskText } from '@gatetrail/detect'
import { GatetrailError } from '@gatetrail/schemas'
import { negotiateProtocolVersion } from '../messages.ts'
import type { Opening } from './receive-startup.ts'
import { acceptStartupOptions } from './startup-options.ts'

export type StartupRequest = {
  /** As the client named itself, personal data masked: it is recorded and authorises nothing. */
  requestedUser: string
  /** The database name; as in PostgreSQL it defaults to the user. */
  connectionName: string
  /** For the target: by allow-list, personal data in them masked, since the target shows them to others. */
  settings: ReadonlyMap<string, string>
  applicationName: string | undefined
  /** The packet for the record. */
  recordedBytes: Buffer
  /** Whether something in `recordedBytes` was masked. */
  masked: boolean
  /** What must be said first to a client of a newer protocol. */
  negotiation: Buffer | undefined
}

const nameBytesMax = 256

/** @throws GatetrailError PROTOCOL_VIOLATION, OPTION_REFUSED, FEATURE_UNSUPPORTED */
export function readStartupRequest(startup: Extract<Opening, { type: 'startup' }>): StartupRequest {
  const { parameters, minor, bytes } = startup
  const user = parameters.get('user') ?? ''
  if (user === '') throw violation('the start-up packet names no user')
  const database = parameters.get('database') ?? ''
  for (const name of [user, database]) {
    // oxlint-disable-next-line no-control-regex
    if (Buffer.byteLength(name) > nameBytesMax || /[\x00-\x1f\x7f]/.test(name)) {
      throw violation('a user or database name is too long or holds control characters')
    }
  }
  const settings = new Map<string, string>()
  for (const [name, value] of acceptStartupOptions(parameters)) {
    settings.set(name, maskText(value).text)
  }
  const recordedBytes = Buffer.from(bytes)
  const spans = findSpans(recordedBytes, 8, recordedBytes.length)
  for (const span of spans) maskSpan(recordedBytes, span)
  const unknownOptions = [...parameters.keys()].filter((name) => name.startsWith('_pq_.'))
  return {
    requestedUser: maskText(user).text,
    connectionName: database === '' ? user : database,
    settings,
    applicationName: settings.get('application_name'),
    recordedBytes,
    masked: spans.length > 0,
    negotiation:
      minor > 0 || unknownOptions.length > 0 ? negotiateProtocolVersion(unknownOptions) : undefined,
  }
}

function violation(what: string): GatetrailError {
  return new GatetrailError('PROTOCOL_VIOLATION', what)
}

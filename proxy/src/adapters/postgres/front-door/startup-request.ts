/** What a StartupMessage asks for, checked and cleaned. From receive-startup.ts, to serve-caller.ts. Pure. */
import { maskSpan, maskText } from '@gatetrail/detect'
import { GatetrailError } from '@gatetrail/schemas'
import type { Detection } from '../../../detection/detection.ts'
import { negotiateProtocolVersion, requestCodes } from '../messages.ts'
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
  /** How the caller proves itself. The name `oauth` chooses it; no name gives a right. */
  method: 'password' | 'oauthbearer'
  /** Of the key that it gets for cancel requests. */
  cancelSecretBytes: number
  /** What must be said first to a client of another protocol than ours: `recordedBytes` are those for the record. */
  negotiation: { bytes: Buffer; recordedBytes: Buffer; masked: boolean } | undefined
}

const nameBytesMax = 256
const bearerUser = 'oauth'
/** Protocol 3.0 has room for 4 bytes; of what 3.2 allows, 32 cannot be guessed. */
const cancelSecretBytes = { short: 4, long: 32 } as const

/** @throws GatetrailError PROTOCOL_VIOLATION, OPTION_REFUSED, FEATURE_UNSUPPORTED */
export function readStartupRequest(
  startup: Extract<Opening, { type: 'startup' }>,
  detection: Detection,
): StartupRequest {
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
    settings.set(name, maskText(value, detection).text)
  }
  // Versions between are none: 3.1 was skipped. A newer client gets the newest that we know.
  const version = minor >= 2 ? requestCodes.startup32 : requestCodes.startup30
  const unknownOptions = [...parameters.keys()].filter((name) => name.startsWith('_pq_.'))
  const negotiation =
    (version & 0xffff) === minor && unknownOptions.length === 0
      ? undefined
      : negotiateProtocolVersion(version, unknownOptions)
  return {
    requestedUser: maskText(user, detection).text,
    connectionName: database === '' ? user : database,
    settings,
    applicationName: settings.get('application_name'),
    ...forRecord(bytes, detection),
    method: user === bearerUser ? 'oauthbearer' : 'password',
    cancelSecretBytes:
      version === requestCodes.startup32 ? cancelSecretBytes.long : cancelSecretBytes.short,
    negotiation:
      negotiation === undefined
        ? undefined
        : { bytes: negotiation, ...forRecord(negotiation, detection) },
  }
}

/** The bytes of a message with its text behind byte 8, personal data in it masked. */
function forRecord(
  bytes: Buffer,
  detection: Detection,
): { recordedBytes: Buffer; masked: boolean } {
  const recordedBytes = Buffer.from(bytes)
  const spans = detection.find(recordedBytes, 8, recordedBytes.length)
  for (const span of spans) maskSpan(recordedBytes, span)
  return { recordedBytes, masked: spans.length > 0 }
}

function violation(what: string): GatetrailError {
  return new GatetrailError('PROTOCOL_VIOLATION', what)
}

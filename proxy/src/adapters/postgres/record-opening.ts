/**
 * Step 6 of a session: who came, with which token, and what was said at start-up, on record before the client hears that it
 * was let in. From upstream/connect.ts, to the relay.
 */
import { maskSpan } from '@gatetrail/detect'
import type { Journal, SessionStamp } from '@gatetrail/eventlog'
import {
  ChunkBuilder,
  fragmentFlags,
  isGatetrailError,
  type EventBody,
  type GatetrailError,
} from '@gatetrail/schemas'
import type { Detection } from '../../detection/detection.ts'
import type { AuthenticationMessage } from './front-door/receive-token.ts'
import type { StartupRequest } from './front-door/startup-request.ts'
import { authenticationOk, backendKeyData, message, messageTypes } from './messages.ts'
import { maskErrorText } from './masking/error-text.ts'
import type { TargetConnection } from './upstream/connect.ts'

export type OpeningRecord = {
  opened: EventBody<'gatetrail.session.opened'>
  verified: EventBody<'gatetrail.identity.verified'>
  issued: EventBody<'gatetrail.credential.issued'>
  request: StartupRequest
  /** Of the token its length is kept, and nothing else. */
  authentication: readonly AuthenticationMessage[]
}

const idle = message(messageTypes.readyForQuery, Buffer.from('I'))

/**
 * The answer that lets the client in: AuthenticationOk, ParameterStatus…, BackendKeyData with our secret, notices,
 * ReadyForQuery. Triggers at login may say anything: on a connection with `tagged` columns what notices quote is masked whole.
 */
export function welcome(
  target: TargetConnection,
  secret: Uint8Array,
  tagged: boolean,
  detection: Detection,
): Buffer[] {
  for (const notice of target.notices) {
    maskErrorText(detection, notice, 0, notice.length, tagged, undefined)
  }
  for (const status of target.parameterStatus) {
    for (const span of detection.find(status, 5, status.length)) maskSpan(status, span)
  }
  return [
    authenticationOk,
    ...target.parameterStatus,
    backendKeyData(target.processId, secret),
    ...target.notices,
    idle,
  ]
}

/** Resolves once all of it is on record. @throws GatetrailError JOURNAL_UNWRITABLE */
export function recordOpening(
  journal: Pick<Journal, 'append' | 'afterWrite'>,
  stamp: SessionStamp,
  record: OpeningRecord,
  answer: readonly Buffer[],
): Promise<void> {
  journal.append('gatetrail.session.opened', stamp, JSON.stringify(record.opened))
  journal.append('gatetrail.identity.verified', stamp, JSON.stringify(record.verified))
  journal.append('gatetrail.credential.issued', stamp, JSON.stringify(record.issued))
  journal.append('gatetrail.frames.recorded', stamp, startupFrames(record, answer))
  return new Promise((resolve, reject) => {
    journal.afterWrite(stamp, 'command', (error: GatetrailError | undefined) => {
      if (error === undefined) resolve()
      else reject(error)
    })
  })
}

/** A session that was put on record and could not begin: it is closed there too. Never throws. */
export function recordUnused(
  journal: Pick<Journal, 'append'>,
  stamp: SessionStamp,
  reason: EventBody<'gatetrail.session.closed'>['reason'],
  error: GatetrailError | undefined,
): void {
  if (stamp.nextSeq === 0) return
  const closed: EventBody<'gatetrail.session.closed'> = {
    reason,
    ...(error === undefined ? {} : { error: error.code, message: error.message }),
    durationMicros: Math.round(stamp.offsetMicros()),
    statements: 0,
    rows: 0,
    bytesFromClient: 0,
    bytesToClient: 0,
    coverage: { inspectedBytes: 0, uninspectedBytes: {} },
  }
  try {
    journal.append('gatetrail.session.closed', stamp, JSON.stringify(closed))
  } catch (failure) {
    // The journal is closed for good: a successor reports the session as aborted.
    if (!isGatetrailError(failure)) throw failure
  }
}

function startupFrames(record: OpeningRecord, answer: readonly Buffer[]): ChunkBuilder {
  const { toClient, first, last, masked, withheld } = fragmentFlags
  const whole = first | last
  const frames = new ChunkBuilder('postgres')
  const { request, authentication } = record
  add(0, 0, request)
  if (request.negotiation !== undefined) {
    add(toClient, messageTypes.negotiateProtocolVersion, request.negotiation)
  }
  for (const { toClient: answered, type, length } of authentication) {
    withhold(answered ? toClient : 0, type, length)
  }
  for (const frame of answer) {
    const type = frame[0]!
    if (type === messageTypes.authentication || type === messageTypes.backendKeyData) {
      withhold(toClient, type, frame.length)
    } else add(toClient, type, { recordedBytes: frame, masked: false })
  }
  return frames

  function add(
    direction: number,
    type: number,
    { recordedBytes: bytes, masked: isMasked }: { recordedBytes: Buffer; masked: boolean },
  ): void {
    const flags = whole | direction | (isMasked ? masked : 0)
    frames.add(flags, type, 0, bytes.length, bytes, 0, bytes.length)
  }

  function withhold(direction: number, type: number, length: number): void {
    frames.add(whole | direction | withheld, type, 0, length, request.recordedBytes, 0, 0)
  }
}

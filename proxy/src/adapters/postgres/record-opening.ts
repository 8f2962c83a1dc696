/**
 * Step 6 of a session: who came, with which token, and what was said at start-up, on record before the client hears that it
 * was let in. From upstream/connect.ts, to the relay.
 */
import type { Journal, SessionStamp } from '@gatetrail/eventlog'
import {
  ChunkBuilder,
  fragmentFlags,
  isGatetrailError,
  type EventBody,
  type GatetrailError,
} from '@gatetrail/schemas'
import type { StartupRequest } from './front-door/startup-request.ts'
import {
  authenticationCleartextPassword,
  authenticationOk,
  backendKeyData,
  message,
  messageTypes,
} from './messages.ts'
import type { TargetConnection } from './upstream/connect.ts'

export type OpeningRecord = {
  opened: EventBody<'gatetrail.session.opened'>
  verified: EventBody<'gatetrail.identity.verified'>
  issued: EventBody<'gatetrail.credential.issued'>
  request: StartupRequest
  /** Of the client's PasswordMessage: of the token its length is kept, and nothing else. */
  passwordMessageBytes: number
}

const idle = message(messageTypes.readyForQuery, Buffer.from('I'))

/** The answer that lets the client in: AuthenticationOk, ParameterStatus…, BackendKeyData with our secret, ReadyForQuery. */
export function welcome(target: TargetConnection, secret: Uint8Array): Buffer[] {
  return [
    authenticationOk,
    ...target.parameterStatus,
    backendKeyData(target.processId, secret),
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
  const { recordedBytes, negotiation } = record.request
  const maskedFlag = record.request.masked ? masked : 0
  const { length } = recordedBytes
  frames.add(whole | maskedFlag, 0, 0, length, recordedBytes, 0, length)
  const answers = [
    ...(negotiation === undefined ? [] : [negotiation]),
    authenticationCleartextPassword,
  ]
  for (const frame of answers) addAnswer(frame)
  frames.add(
    whole | withheld,
    messageTypes.password,
    0,
    record.passwordMessageBytes,
    recordedBytes,
    0,
    0,
  )
  for (const frame of answer) addAnswer(frame)
  return frames

  function addAnswer(frame: Buffer): void {
    const type = frame[0]!
    if (type === messageTypes.authentication || type === messageTypes.backendKeyData) {
      frames.add(whole | toClient | withheld, type, 0, frame.length, frame, 0, 0)
    } else frames.add(whole | toClient, type, 0, frame.length, frame, 0, frame.length)
  }
}

/**
 * Step 5 of a session: the target, opened with the connection's own credential. From credentials, to session.ts, which
 * hands the socket to the relay. The target may be hostile: every message that it may send here is listed, sized, and
 * legal once.
 */
import type { Socket } from 'node:net'
import { GatetrailError, isGatetrailError } from '@gatetrail/schemas'
import { message, messageTypes, requestCodes, startupMessage } from '../messages.ts'
import { PeerClosed, SocketReader } from '../socket-reader.ts'
import { authenticate, type AuthenticationMethod, type TargetLogin } from './authenticate.ts'
import { failedTls, openTargetSocket, upstreamTimeoutMs, type Target } from './open-socket.ts'
import { refused, shownType, violation } from './target-errors.ts'

const messageBytesMax = 16 * 1024
const startupBytesMax = 256 * 1024
const parametersMax = 200

export type TargetConnection = {
  socket: Socket
  /** What came after ReadyForQuery, if anything. */
  head: Buffer
  /** ParameterStatus messages, whole, in order. */
  parameterStatus: Buffer[]
  /** NoticeResponse messages, whole, in order: what triggers at login said. Not yet masked. */
  notices: Buffer[]
  processId: number
  /** The target's own cancel key: it never leaves the proxy. 4 bytes, in protocol 3.2 up to 256. */
  secret: Buffer
  /** How the target authenticated us. */
  method: AuthenticationMethod
  secure: boolean
}

/**
 * Connects, authenticates and waits for ReadyForQuery, in at most 10 s. `protocolVersion` is the newest that we want; an older
 * target answers with the one that it knows.
 * @throws GatetrailError UPSTREAM_*, OPTION_REFUSED (the target did not accept a start-up setting of the client)
 */
export async function connectToTarget(
  target: Target,
  login: TargetLogin,
  settings: ReadonlyMap<string, string>,
  signal?: AbortSignal,
  protocolVersion: number = requestCodes.startup30,
): Promise<TargetConnection> {
  const timeout = AbortSignal.timeout(upstreamTimeoutMs)
  const ended = signal === undefined ? timeout : AbortSignal.any([timeout, signal])
  const socket = await openTargetSocket(target, ended, {
    clientCertificate: login.clientCertificate,
  })
  const reader = new SocketReader(socket, startupBytesMax)
  const abort = (): void => {
    reader.abort(new PeerClosed())
  }
  ended.addEventListener('abort', abort, { once: true })
  if (ended.aborted) abort()
  try {
    const parameters = new Map([['user', login.user], ['database', login.database], ...settings])
    socket.write(startupMessage(parameters, protocolVersion))
    const version = await negotiated(reader, protocolVersion, target)
    const method = await authenticate(socket, reader, login, target)
    const ready = await untilReady(reader, version, target)
    return {
      ...ready,
      method,
      socket,
      head: reader.detach(),
      secure: target.tls !== 'disable',
    }
  } catch (error) {
    socket.destroy()
    if (isGatetrailError(error)) {
      // What the shared reader says of its peer, it says here of the target.
      if (error.code === 'FRAME_LENGTH_INVALID' || error.code === 'FRAME_TOO_LARGE')
        throw violation(target, `broke the protocol at start-up: ${error.message}`)
      throw error
    }
    if (error instanceof PeerClosed) {
      if (isTlsAlert(error.cause))
        throw failedTls(target, `ended TLS (${error.cause.code})`, error.cause)
      const why = timeout.aborted ? 'did not answer in time' : 'closed the connection at start-up'
      throw new GatetrailError(
        'UPSTREAM_UNAVAILABLE',
        `the target of connection "${target.name}" ${why}`,
        { cause: error },
      )
    }
    throw error
  } finally {
    ended.removeEventListener('abort', abort)
  }
}

/** With TLS 1.3 a client certificate is refused only after the handshake, by an alert. */
function isTlsAlert(cause: unknown): cause is NodeJS.ErrnoException {
  return cause instanceof Error && 'code' in cause && String(cause.code).startsWith('ERR_SSL_')
}

/** An older target says first which version it speaks (NegotiateProtocolVersion); we ask for no options, so it knows them all. */
async function negotiated(
  reader: SocketReader,
  protocolVersion: number,
  target: Target,
): Promise<number> {
  const [type] = await reader.peek(1)
  if (type !== messageTypes.negotiateProtocolVersion) return protocolVersion
  const { body } = await reader.readMessage(messageBytesMax)
  const version = body.length === 8 ? body.readUInt32BE(0) : 0
  if (version < requestCodes.startup30 || version >= protocolVersion || body.readUInt32BE(4) !== 0)
    throw violation(target, 'offers a protocol version that there is not')
  return version
}

async function untilReady(
  reader: SocketReader,
  version: number,
  target: Target,
): Promise<Pick<TargetConnection, 'parameterStatus' | 'notices' | 'processId' | 'secret'>> {
  const parameterStatus: Buffer[] = []
  const notices: Buffer[] = []
  let key: { processId: number; secret: Buffer } | undefined
  for (let messages = 0; messages < parametersMax; messages++) {
    const { type, body } = await reader.readMessage(messageBytesMax)
    switch (type) {
      case messageTypes.parameterStatus:
        parameterStatus.push(message(type, body))
        break
      case messageTypes.backendKeyData:
        if (!isKey(body, version) || key !== undefined) throw violation(target, 'sent a wrong key')
        key = { processId: body.readUInt32BE(0), secret: Buffer.from(body.subarray(4)) }
        break
      case messageTypes.noticeResponse:
        notices.push(message(type, body))
        break
      case messageTypes.errorResponse:
        throw refused(target, body)
      case messageTypes.readyForQuery:
        if (body.length !== 1 || body[0] !== 0x49) throw violation(target, 'is not idle at start')
        if (key === undefined) throw violation(target, 'sent no key for cancel requests')
        return { parameterStatus, notices, ...key }
      default:
        throw violation(target, `sent message ${shownType(type)} before it was ready`)
    }
  }
  throw violation(target, 'sent too many messages before it was ready')
}

/** A process id and a secret: of 4 bytes, from protocol 3.2 on of 4 to 256. */
function isKey(body: Buffer, version: number): boolean {
  const secretBytes = body.length - 4
  const secretBytesMax = version >= requestCodes.startup32 ? 256 : 4
  return secretBytes >= 4 && secretBytes <= secretBytesMax
}

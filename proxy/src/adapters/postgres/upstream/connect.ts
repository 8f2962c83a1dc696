/**
 * Step 5 of a session: the target, opened with the connection's own credential. From credentials, to session.ts, which
 * hands the socket to the relay. The target may be hostile: every message that it may send here is listed, sized, and
 * legal once.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { GatetrailError, isGatetrailError } from '@gatetrail/schemas'
import { TargetError } from '../client-errors.ts'
import {
  cString,
  message,
  messageTypes,
  parseErrorFields,
  startupMessage,
  uint32,
} from '../messages.ts'
import { PeerClosed, SocketReader } from '../socket-reader.ts'
import { openTargetSocket, upstreamTimeoutMs, type Target } from './open-socket.ts'
import { createScramClient, scramMechanism } from './scram.ts'

const messageBytesMax = 16 * 1024
const startupBytesMax = 256 * 1024
const parametersMax = 200

export type TargetLogin = { user: string; password: string; database: string }

export type TargetConnection = {
  socket: Socket
  /** What came after ReadyForQuery, if anything. */
  head: Buffer
  /** ParameterStatus messages, whole, in order. */
  parameterStatus: Buffer[]
  processId: number
  /** The target's own cancel key: it never leaves the proxy. */
  secret: Buffer
  /** How the target authenticated us. */
  method: 'trust' | 'password' | 'md5' | 'SCRAM-SHA-256'
  secure: boolean
}

/**
 * Connects, authenticates and waits for ReadyForQuery, in at most 10 s.
 * @throws GatetrailError UPSTREAM_*, OPTION_REFUSED (the target did not accept a start-up setting of the client)
 */
export async function connectToTarget(
  target: Target,
  login: TargetLogin,
  settings: ReadonlyMap<string, string>,
  signal?: AbortSignal,
): Promise<TargetConnection> {
  const timeout = AbortSignal.timeout(upstreamTimeoutMs)
  const ended = signal === undefined ? timeout : AbortSignal.any([timeout, signal])
  const socket = await openTargetSocket(target, ended)
  const reader = new SocketReader(socket, startupBytesMax)
  const abort = (): void => {
    reader.abort(new PeerClosed())
  }
  ended.addEventListener('abort', abort, { once: true })
  if (ended.aborted) abort()
  try {
    const parameters = new Map([['user', login.user], ['database', login.database], ...settings])
    socket.write(startupMessage(parameters))
    const method = await authenticate(socket, reader, login, target)
    const ready = await untilReady(reader, target)
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

async function authenticate(
  socket: Socket,
  reader: SocketReader,
  login: TargetLogin,
  target: Target,
): Promise<TargetConnection['method']> {
  const request = await authenticationRequest(reader, target)
  switch (request.code) {
    case 0:
      return 'trust'
    case 3:
      if (target.tls === 'disable') {
        throw failed(target, 'asks for the password in clear, without TLS', 'Use scram-sha-256.')
      }
      socket.write(message(messageTypes.password, cString(passwordOf(login, target))))
      await authenticated(reader, target)
      return 'password'
    case 5: {
      if (request.rest.length !== 4) throw violation(target, 'sent a wrong md5 salt')
      const inner = md5(Buffer.from(passwordOf(login, target) + login.user))
      const answer = `md5${md5(Buffer.concat([Buffer.from(inner), request.rest]))}`
      socket.write(message(messageTypes.password, cString(answer)))
      await authenticated(reader, target)
      return 'md5'
    }
    case 10:
      await authenticateScram(socket, reader, request.rest, passwordOf(login, target), target)
      return 'SCRAM-SHA-256'
    default:
      throw failed(
        target,
        `asks for an authentication method (${request.code}) that is not supported`,
        'Use scram-sha-256, md5, trust, or a password over TLS.',
      )
  }
}

async function authenticateScram(
  socket: Socket,
  reader: SocketReader,
  mechanisms: Buffer,
  password: string,
  target: Target,
): Promise<void> {
  if (!mechanisms.toString('latin1').split('\0').includes(scramMechanism)) {
    throw failed(target, `does not offer ${scramMechanism}`, 'Use scram-sha-256.')
  }
  const scram = createScramClient(password, randomBytes(18).toString('base64'))
  const first = Buffer.from(scram.firstMessage)
  socket.write(message(messageTypes.password, cString(scramMechanism), uint32(first.length), first))
  const next = await authenticationRequest(reader, target)
  if (next.code !== 11) throw violation(target, 'left the order of SCRAM')
  const answer = await scram.answer(next.rest.toString('latin1'))
  socket.write(message(messageTypes.password, Buffer.from(answer)))
  const last = await authenticationRequest(reader, target)
  if (last.code !== 12) throw violation(target, 'left the order of SCRAM')
  scram.verify(last.rest.toString('latin1'))
  await authenticated(reader, target)
}

async function authenticated(reader: SocketReader, target: Target): Promise<void> {
  const { code } = await authenticationRequest(reader, target)
  if (code !== 0) throw violation(target, 'asked for a second authentication')
}

async function authenticationRequest(
  reader: SocketReader,
  target: Target,
): Promise<{ code: number; rest: Buffer }> {
  const { type, body } = await reader.readMessage(messageBytesMax)
  if (type === messageTypes.errorResponse) throw refused(target, body)
  if (type !== messageTypes.authentication || body.length < 4) {
    throw violation(target, `sent message ${shownType(type)} during authentication`)
  }
  return { code: body.readUInt32BE(0), rest: body.subarray(4) }
}

async function untilReady(
  reader: SocketReader,
  target: Target,
): Promise<Pick<TargetConnection, 'parameterStatus' | 'processId' | 'secret'>> {
  const parameterStatus: Buffer[] = []
  let key: { processId: number; secret: Buffer } | undefined
  for (let messages = 0; messages < parametersMax; messages++) {
    const { type, body } = await reader.readMessage(messageBytesMax)
    switch (type) {
      case messageTypes.parameterStatus:
        parameterStatus.push(message(type, body))
        break
      case messageTypes.backendKeyData:
        if (body.length !== 8 || key !== undefined) throw violation(target, 'sent a wrong key')
        key = { processId: body.readUInt32BE(0), secret: Buffer.from(body.subarray(4)) }
        break
      case messageTypes.noticeResponse:
        // Its text was not inspected, and no statement of the client led to it.
        break
      case messageTypes.errorResponse:
        throw refused(target, body)
      case messageTypes.readyForQuery:
        if (body.length !== 1 || body[0] !== 0x49) throw violation(target, 'is not idle at start')
        if (key === undefined) throw violation(target, 'sent no key for cancel requests')
        return { parameterStatus, ...key }
      default:
        throw violation(target, `sent message ${shownType(type)} before it was ready`)
    }
  }
  throw violation(target, 'sent too many messages before it was ready')
}

/** What the target said in its ErrorResponse becomes one of our codes; an ErrorResponse may lack every field. */
function refused(target: Target, body: Buffer): GatetrailError {
  const fields = parseErrorFields(body)
  const given = fields.get('C') ?? ''
  const sqlstate = /^[0-9A-Z]{5}$/.test(given) ? given : '08006'
  const text = (fields.get('M') ?? '').slice(0, 256)
  const cause = new TargetError(sqlstate, text)
  if (sqlstate.startsWith('28') || sqlstate === '3D000' || sqlstate === '42501') {
    // Its sentence may name accounts and rules of the target: for the log, not for the client.
    return new GatetrailError(
      'UPSTREAM_AUTHENTICATION_FAILED',
      `the target of connection "${target.name}" did not accept the connection's credential (${sqlstate})`,
      { hint: 'Ask whoever runs Gatetrail: your token was accepted.', cause },
    )
  }
  if (sqlstate.startsWith('22') || sqlstate.startsWith('42')) {
    return new GatetrailError('OPTION_REFUSED', `the target refused a start-up option: ${text}`, {
      cause,
    })
  }
  return new GatetrailError(
    'UPSTREAM_UNAVAILABLE',
    `the target of connection "${target.name}" refused the session (${sqlstate}): ${text}`,
    { cause },
  )
}

function passwordOf(login: TargetLogin, target: Target): string {
  if (login.password !== '') return login.password
  throw failed(target, 'asks for a password, and the connection has none', 'Give it one.')
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex')
}

function shownType(type: number): string {
  return type > 0x20 && type < 0x7f ? String.fromCharCode(type) : `0x${type.toString(16)}`
}

function failed(target: Target, what: string, hint: string): GatetrailError {
  return new GatetrailError(
    'UPSTREAM_AUTHENTICATION_FAILED',
    `the target of connection "${target.name}" ${what}`,
    { hint },
  )
}

function violation(target: Target, what: string): GatetrailError {
  return new GatetrailError(
    'UPSTREAM_PROTOCOL_VIOLATION',
    `the target of connection "${target.name}" ${what}`,
  )
}

/**
 * Proves to the target who we are, by the method that it asks for: each of its messages is legal at one place. From
 * connect.ts.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { cString, message, messageTypes, uint32 } from '../messages.ts'
import type { SocketReader } from '../socket-reader.ts'
import { serverEndPoint } from './channel-binding.ts'
import type { ClientCertificate, Target } from './open-socket.ts'
import {
  createScramClient,
  scramMechanism,
  scramPlusMechanism,
  type ChannelBinding,
} from './scram.ts'
import { failed, refused, shownType, violation } from './target-errors.ts'

export const authenticationBytesMax = 16 * 1024

export type TargetLogin = {
  user: string
  password: string
  database: string
  clientCertificate?: ClientCertificate
}

/** trust: it asked for nothing, or for a certificate alone. */
export type AuthenticationMethod =
  'trust' | 'password' | 'md5' | 'SCRAM-SHA-256' | 'SCRAM-SHA-256-PLUS'

/** @throws GatetrailError UPSTREAM_AUTHENTICATION_FAILED, UPSTREAM_PROTOCOL_VIOLATION, UPSTREAM_UNAVAILABLE */
export async function authenticate(
  socket: Socket,
  reader: SocketReader,
  login: TargetLogin,
  target: Target,
): Promise<AuthenticationMethod> {
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
      return authenticateScram(socket, reader, request.rest, passwordOf(login, target), target)
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
): Promise<'SCRAM-SHA-256' | 'SCRAM-SHA-256-PLUS'> {
  const binding = bindingOf(socket, mechanisms.toString('latin1').split('\0'), target)
  const mechanism = binding.kind === 'bound' ? scramPlusMechanism : scramMechanism
  const scram = createScramClient(password, randomBytes(18).toString('base64'), binding)
  const first = Buffer.from(scram.firstMessage)
  socket.write(message(messageTypes.password, cString(mechanism), uint32(first.length), first))
  const next = await authenticationRequest(reader, target)
  if (next.code !== 11) throw violation(target, 'left the order of SCRAM')
  const answer = await scram.answer(next.rest.toString('latin1'))
  socket.write(message(messageTypes.password, Buffer.from(answer)))
  const last = await authenticationRequest(reader, target)
  if (last.code !== 12) throw violation(target, 'left the order of SCRAM')
  scram.verify(last.rest.toString('latin1'))
  await authenticated(reader, target)
  return mechanism
}

/** Channel binding wherever both sides can: then nobody between us and the target can use our login for a session of his own. */
function bindingOf(socket: Socket, mechanisms: readonly string[], target: Target): ChannelBinding {
  const plain = mechanisms.includes(scramMechanism)
  const plus = mechanisms.includes(scramPlusMechanism)
  if (!plain && !plus) {
    throw failed(target, `does not offer ${scramMechanism}`, 'Use scram-sha-256.')
  }
  if (!(socket instanceof TLSSocket)) {
    if (plain) return { kind: 'none' }
    throw failed(target, `offers only ${scramPlusMechanism}`, 'Set tls of the connection.')
  }
  if (!plus) return { kind: 'notOffered' }
  const endPoint = serverEndPoint(socket.getPeerCertificate().raw)
  if (endPoint !== undefined) return { kind: 'bound', serverEndPoint: endPoint }
  // An Ed25519 certificate, say. Where it was verified, nobody is between; else it may be that of somebody who is.
  if (plain && target.tls === 'verify-full') return { kind: 'none' }
  throw failed(
    target,
    'has a certificate without a hash that the login could be bound to',
    'Use tls: verify-full, or a certificate with an RSA or ECDSA signature.',
  )
}

async function authenticated(reader: SocketReader, target: Target): Promise<void> {
  const { code } = await authenticationRequest(reader, target)
  if (code !== 0) throw violation(target, 'asked for a second authentication')
}

async function authenticationRequest(
  reader: SocketReader,
  target: Target,
): Promise<{ code: number; rest: Buffer }> {
  const { type, body } = await reader.readMessage(authenticationBytesMax)
  if (type === messageTypes.errorResponse) throw refused(target, body)
  if (type !== messageTypes.authentication || body.length < 4) {
    throw violation(target, `sent message ${shownType(type)} during authentication`)
  }
  return { code: body.readUInt32BE(0), rest: body.subarray(4) }
}

function passwordOf(login: TargetLogin, target: Target): string {
  if (login.password !== '') return login.password
  throw failed(target, 'asks for a password, and the connection has none', 'Give it one.')
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex')
}

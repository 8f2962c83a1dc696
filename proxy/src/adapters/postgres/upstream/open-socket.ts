/** A socket to the target, with TLS as configured. Used for sessions, for cancel requests and by the catalogue. */
import { connect, isIP, type Socket } from 'node:net'
import {
  connect as connectTls,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from 'node:tls'
import { GatetrailError, type ConnectionConfiguration } from '@gatetrail/schemas'
import { parseHostAndPort } from '../../../listener/address.ts'
import { requestCodes, untypedMessage } from '../messages.ts'
import { SocketReader } from '../socket-reader.ts'

export const upstreamTimeoutMs = 10_000

export type Target = Pick<ConnectionConfiguration, 'name' | 'address' | 'tls'> & {
  /** PEM of the roots for verify-full; undefined: those of the system. */
  certificateAuthorities: string | undefined
}

/** PEM, for a target that asks for one. */
export type ClientCertificate = { certificate: string; key: string }

export type OpenOptions = {
  clientCertificate?: ClientCertificate | undefined
  /** Sent first, before TLS. */
  before?: Uint8Array
}

/**
 * The socket has an 'error' listener and stands paused. `signal` ends the attempt.
 * @throws GatetrailError UPSTREAM_UNAVAILABLE, UPSTREAM_TLS_FAILED, UPSTREAM_PROTOCOL_VIOLATION, CREDENTIAL_UNAVAILABLE
 */
export async function openTargetSocket(
  target: Target,
  signal: AbortSignal,
  { clientCertificate, before }: OpenOptions = {},
): Promise<Socket> {
  const { host, port } = parseHostAndPort(target.address)
  const socket = connect({ host, port, noDelay: true, keepAlive: true })
  socket.on('error', ignored)
  const abort = (): void => {
    socket.destroy()
  }
  signal.addEventListener('abort', abort, { once: true })
  try {
    await connected(socket, target)
    if (before !== undefined) socket.write(before)
    return target.tls === 'disable'
      ? socket
      : await secured(socket, host, target, clientCertificate)
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function connected(socket: Socket, target: Target): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause?: NodeJS.ErrnoException): void => {
      const why = cause?.code ?? 'timed out'
      reject(
        new GatetrailError(
          'UPSTREAM_UNAVAILABLE',
          `the target of connection "${target.name}" cannot be reached (${why})`,
          { hint: 'Ask whoever runs it; nothing is wrong with your token.', cause },
        ),
      )
    }
    socket.once('connect', () => {
      socket.off('error', failed)
      resolve()
    })
    socket.once('error', failed)
    socket.once('close', () => failed())
  })
}

async function secured(
  socket: Socket,
  host: string,
  target: Target,
  clientCertificate: ClientCertificate | undefined,
): Promise<TLSSocket> {
  const reader = new SocketReader(socket, 64)
  socket.write(untypedMessage(requestCodes.ssl))
  const answer = await reader.read(1).catch((cause: unknown) => {
    throw failedTls(target, 'closed the connection instead of answering SSLRequest', cause)
  })
  // In clear, and so anybody's: bytes that came along must not be taken for something said under TLS (CVE-2021-23222).
  if (reader.detach().length > 0) {
    throw new GatetrailError(
      'UPSTREAM_PROTOCOL_VIOLATION',
      `the target of connection "${target.name}" sent data before TLS was set up`,
    )
  }
  if (answer[0] !== 0x53) throw failedTls(target, 'does not offer TLS')
  const verify = target.tls === 'verify-full'
  const tls = connectTls({
    socket,
    host,
    rejectUnauthorized: verify,
    secureContext: contextOf(target, clientCertificate),
    ...(isIP(host) === 0 ? { servername: host } : {}),
  })
  tls.on('error', ignored)
  await new Promise<void>((resolve, reject) => {
    const failed = (cause?: NodeJS.ErrnoException): void => {
      reject(failedTls(target, `failed the TLS handshake (${cause?.code ?? 'closed'})`, cause))
    }
    tls.once('secureConnect', () => {
      tls.off('error', failed)
      resolve()
    })
    tls.once('error', failed)
    tls.once('close', () => failed())
  })
  return tls
}

function contextOf(
  { name, tls, certificateAuthorities }: Target,
  clientCertificate: ClientCertificate | undefined,
): SecureContext {
  const { certificate: cert, key } = clientCertificate ?? {}
  try {
    return createSecureContext({
      minVersion: 'TLSv1.2',
      ...(tls === 'verify-full' && certificateAuthorities !== undefined
        ? { ca: certificateAuthorities }
        : {}),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    })
  } catch (cause) {
    throw new GatetrailError(
      'CREDENTIAL_UNAVAILABLE',
      `the certificates of connection "${name}" cannot be used`,
      {
        hint: 'certFile, keyFile and tlsCaFile are PEM files, and the key fits the certificate.',
        cause,
      },
    )
  }
}

export function failedTls(target: Target, what: string, cause?: unknown): GatetrailError {
  return new GatetrailError(
    'UPSTREAM_TLS_FAILED',
    `the target of connection "${target.name}" ${what}, and tls is ${target.tls}`,
    {
      hint: 'Ask whoever runs Gatetrail to check tls, tlsCaFile and certFile of the connection.',
      cause,
    },
  )
}

function ignored(): void {}

/** Opens a TCP listener, and says in one sentence why it could not. */
import { createServer, type Server, type Socket } from 'node:net'
import { GatetrailError } from '@gatetrail/schemas'
import { formatAddress, parseHostAndPort } from './address.ts'

export type Listener = {
  /** `host:port` as bound: with port 0 in the configuration, the port that the system gave. */
  readonly address: string
  /** Stops accepting. Sockets that were accepted are not touched. */
  close(): void
}

/** Stands in a listener's place where another process accepts and hands the sockets over: workers, see decision 0037. */
export type AcceptedElsewhere = (accept: (socket: Socket) => void) => Listener

/**
 * Silent for so long, a caller is asked by the system whether it is still there: ten times, a second apart (libuv). Node's
 * default is the system's two hours.
 */
const keepAliveAfterMs = 30_000

/** @throws GatetrailError PORT_TAKEN, CONFIG_INVALID */
export async function listen(
  address: string,
  setting: string,
  accept: (socket: Socket) => void,
  onError: (error: Error) => void,
): Promise<Listener> {
  const { host, port } = parseHostAndPort(address)
  const server = createServer(
    {
      pauseOnConnect: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveAfterMs,
    },
    accept,
  )
  await bind(server, host, port, setting)
  server.on('error', onError)
  const bound = server.address()
  return {
    address: formatAddress(host, bound !== null && typeof bound === 'object' ? bound.port : port),
    close() {
      server.close()
    },
  }
}

/** Binds any server with the errors of a listener. @throws GatetrailError PORT_TAKEN, CONFIG_INVALID */
export function bind(server: Server, host: string, port: number, setting: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException): void => {
      server.off('listening', succeeded)
      reject(listenError(cause, formatAddress(host, port), setting))
    }
    const succeeded = (): void => {
      server.off('error', failed)
      resolve()
    }
    server.once('error', failed)
    server.once('listening', succeeded)
    server.listen({ host, port, backlog: 511 })
  })
}

function listenError(
  cause: NodeJS.ErrnoException,
  address: string,
  setting: string,
): GatetrailError {
  if (cause.code === 'EADDRINUSE') {
    return new GatetrailError('PORT_TAKEN', `another process listens on ${address} (${setting})`, {
      hint: `Stop it, or give ${setting} another port in the configuration.`,
      cause,
    })
  }
  return new GatetrailError(
    'CONFIG_INVALID',
    `${setting}: cannot listen on ${address}: ${cause.code ?? cause.message}`,
    {
      hint: `Give ${setting} an address of this machine and a port that this user may open.`,
      cause,
    },
  )
}

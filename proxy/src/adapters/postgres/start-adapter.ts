/** The PostgreSQL adapter: its listener, and what all its sessions share. Made by start-proxy.ts. */
import type { Socket } from 'node:net'
import { GatetrailError, limits } from '@gatetrail/schemas'
import { plainAddress } from '../../listener/address.ts'
import type { Admission } from '../../listener/admission.ts'
import { listen, type AcceptedElsewhere, type Listener } from '../../listener/listen.ts'
import { createTrustedProxies } from '../../listener/trusted-proxies.ts'
import { createCancelElsewhere, type AskElsewhere } from './cancel/cancel-elsewhere.ts'
import type { CancelRequest } from './cancel/live-sessions.ts'
import { createOtherProxies } from './cancel/other-proxies.ts'
import { fatalResponse } from './client-errors.ts'
import type { PostgresDependencies } from './dependencies.ts'
import type { Door } from './front-door/door.ts'
import { serveCaller } from './serve-caller.ts'

export type PostgresAdapter = {
  readonly address: string
  stopAccepting(): void
  /** Tells those who have no session yet that there will be none. */
  refuseWaiting(): void
}

export type AdapterOptions = {
  address: string
  /** Left out: the adapter listens itself. */
  accepted?: AcceptedElsewhere
  admission: Admission
  /** `listen.trustedProxies` */
  trustedProxies: readonly string[]
  /** `proxy.peers` */
  peers: readonly string[]
  /** Asks the other workers of this machine for the session of a cancel request. Left out: there are none. */
  cancelInOtherWorkers: ((request: CancelRequest) => Promise<boolean>) | undefined
  dependencies: Omit<PostgresDependencies, 'beforeRelay' | 'cancelElsewhere'>
}

const lingerMs = 1_000

/** @throws GatetrailError PORT_TAKEN, CONFIG_INVALID */
export async function startPostgresAdapter(options: AdapterOptions): Promise<PostgresAdapter> {
  const { admission, peers, cancelInOtherWorkers } = options
  const trusted = createTrustedProxies(options.trustedProxies)
  const waiting = new Set<Door>()
  const { log, metrics } = options.dependencies
  let otherProxies: AskElsewhere | undefined
  const dependencies: PostgresDependencies = {
    ...options.dependencies,
    cancelElsewhere: createCancelElsewhere(
      cancelInOtherWorkers,
      peers.length === 0
        ? undefined
        : (request, caller) => otherProxies?.(request, caller) ?? Promise.resolve(false),
    ),
    beforeRelay: {
      add(door) {
        waiting.add(door)
        return () => waiting.delete(door)
      },
    },
  }
  let turnedAway = 0

  /** Their last word, and no more: these sockets are not waited for, and there are few of them at a time. */
  const turnAway = (socket: Socket): void => {
    metrics.rejected('CONNECTIONS_EXHAUSTED')
    socket.on('error', () => undefined)
    if (turnedAway >= limits.beforeAuthentication.connectionsMax) {
      socket.destroy()
      return
    }
    turnedAway++
    const timer = setTimeout(() => socket.destroy(), lingerMs)
    socket.once('close', () => {
      turnedAway--
      clearTimeout(timer)
    })
    socket.resume()
    socket.end(
      fatalResponse(
        new GatetrailError('CONNECTIONS_EXHAUSTED', 'too many callers wait to be let in', {
          hint: 'Connect again in a moment.',
        }),
      ),
    )
  }

  const accept = (socket: Socket): void => {
    // It has gone already, as a balancer that only looks does by a reset: nobody knows any more who it was.
    if (socket.remoteAddress === undefined) {
      socket.destroy()
      return
    }
    const address = plainAddress(socket.remoteAddress)
    const balancer = trusted.includes(address)
    const place = admission.take(balancer ? undefined : address)
    if (place === undefined) turnAway(socket)
    else void serveCaller({ socket, address, balancer, place }, dependencies)
  }

  const listener: Listener =
    options.accepted?.(accept) ??
    (await listen(options.address, 'listen.postgres', accept, (error) =>
      log.error({ err: error }, 'the PostgreSQL listener failed'),
    ))
  otherProxies = createOtherProxies({ peers, ownAddress: listener.address, log })
  return {
    address: listener.address,
    stopAccepting: () => listener.close(),
    refuseWaiting() {
      const error = new GatetrailError('SHUTTING_DOWN', 'Gatetrail is shutting down', {
        hint: 'Connect again in a moment.',
      })
      for (const door of waiting) door.expire(error)
    },
  }
}

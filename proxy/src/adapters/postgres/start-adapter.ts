/** The PostgreSQL adapter: its listener, and what all its sessions share. Made by start-proxy.ts. */
import type { Socket } from 'node:net'
import { GatetrailError, limits } from '@gatetrail/schemas'
import { plainAddress } from '../../listener/address.ts'
import type { Admission } from '../../listener/admission.ts'
import { listen, type Listener } from '../../listener/listen.ts'
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
  admission: Admission
  dependencies: Omit<PostgresDependencies, 'beforeRelay'>
}

const lingerMs = 1_000

/** @throws GatetrailError PORT_TAKEN, CONFIG_INVALID */
export async function startPostgresAdapter(options: AdapterOptions): Promise<PostgresAdapter> {
  const { admission } = options
  const waiting = new Set<Door>()
  const dependencies: PostgresDependencies = {
    ...options.dependencies,
    beforeRelay: {
      add(door) {
        waiting.add(door)
        return () => waiting.delete(door)
      },
    },
  }
  const { log, metrics } = dependencies
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
    const address = plainAddress(socket.remoteAddress)
    const place = admission.take(address)
    if (place === undefined) turnAway(socket)
    else void serveCaller(socket, address, place, dependencies)
  }

  const listener: Listener = await listen(options.address, 'listen.postgres', accept, (error) =>
    log.error({ err: error }, 'the PostgreSQL listener failed'),
  )
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

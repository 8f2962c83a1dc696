/**
 * The embedded store for Grafana and other tools: ClickHouse's HTTP interface over chDB, with a login, read-only, bounded, every
 * question on record. It runs in the process that has the store open, beside ingest.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { GatetrailError } from '@gatetrail/schemas'
import type { Logger } from 'pino'
import { openReadCheck } from './check-read.ts'
import { openEngine, type Engine } from './engine.ts'
import { ClickHouseError } from './exception.ts'
import { createFailedLogins } from './failed-logins.ts'
import { startHttpEndpoint, type HttpEndpoint } from './http-endpoint.ts'
import { readerStatementsAtOnceMax } from './limits.ts'
import { recordQuery, type ReadJournal } from './record-query.ts'
import { readerSettings } from './reader-settings.ts'
import type { Credentials } from './request.ts'

export type StoreEndpointOptions = {
  /** host:port */
  listen: string
  user: string
  /** Resolved; an empty one is refused. */
  password: string
  /** The directory of the embedded store, which this process has open. */
  directory: string
  journal: ReadJournal
  log: Logger
}

export type StoreEndpoint = { address: string; close(): Promise<void> }

/** @throws GatetrailError CONFIG_INVALID without a password, PORT_TAKEN, STORE_UNAVAILABLE */
export async function startStoreEndpoint(options: StoreEndpointOptions): Promise<StoreEndpoint> {
  const { listen, user, password, directory, journal, log } = options
  if (password === '')
    throw new GatetrailError('CONFIG_INVALID', 'storeEndpoint.password is empty', {
      hint: 'The endpoint shows the whole trail: give it a password.',
    })
  const engine = await openEngine(directory).catch((cause: unknown) => {
    throw new GatetrailError(
      'STORE_UNAVAILABLE',
      'the store endpoint cannot open the event store',
      { cause },
    )
  })
  try {
    const check = await openReadCheck(engine)
    const failedLogins = createFailedLogins()
    const server = await listenOn(listen, engine, {
      authenticate: (credentials, address) => {
        const looked = failedLogins.allows(address)
        if (looked && isReader(credentials, { user, password })) return
        if (looked) {
          failedLogins.count(address)
          log.warn({ address }, 'the store endpoint refused a login')
        }
        throw new ClickHouseError(
          516,
          'AUTHENTICATION_FAILED',
          'Authentication failed: password is incorrect, or there is no user with such name.',
        )
      },
      authorize: async (text, request) => {
        if (request.database !== undefined && request.database !== 'default')
          throw new ClickHouseError(497, 'ACCESS_DENIED', 'Not enough privileges: another database')
        return {
          text: await check(text),
          settings: readerSettings(request.settings),
          readOnly: true,
        }
      },
      answered: (text, { parameters }, address) =>
        recordQuery(journal, { user, address, text, parameters }).catch((cause: unknown) => {
          throw new ClickHouseError(243, 'NOT_ENOUGH_SPACE', 'the read cannot be put on record', {
            cause,
          })
        }),
      statementsAtOnceMax: readerStatementsAtOnceMax,
    })
    return {
      address: server.address,
      async close() {
        await server.close()
        engine.close()
      },
    }
  } catch (error) {
    engine.close()
    throw error
  }
}

type Serving = Pick<
  Parameters<typeof startHttpEndpoint>[0],
  'authenticate' | 'authorize' | 'answered' | 'statementsAtOnceMax'
>

async function listenOn(listen: string, engine: Engine, serving: Serving): Promise<HttpEndpoint> {
  const at = listen.lastIndexOf(':')
  const bare = listen.slice(0, at).replace(/^\[|\]$/g, '')
  const host = isIPv6(bare) ? bare : listen.slice(0, at)
  try {
    return await startHttpEndpoint({ host, port: Number(listen.slice(at + 1)), engine, ...serving })
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new GatetrailError(
      'PORT_TAKEN',
      `the store endpoint cannot listen on ${listen} (${code})`,
      {
        hint: 'Stop the process that listens there, or set storeEndpoint.listen to another address.',
        cause,
      },
    )
  }
}

/** Takes as long for a wrong user as for a wrong password. */
function isReader(given: Credentials, wanted: Credentials): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const user = timingSafeEqual(digest(given.user), digest(wanted.user))
  const password = timingSafeEqual(digest(given.password), digest(wanted.password))
  return user && password
}

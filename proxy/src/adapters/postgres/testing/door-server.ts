/** For tests: the front door alone, on a port, with a fake of everything behind it. Used once per test file. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createSecureContext } from 'node:tls'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { RoleMetrics, systemClock, type JournalStats } from '@gatetrail/eventlog'
import { GatetrailError } from '@gatetrail/schemas'
import { plainAddress } from '../../../listener/address.ts'
import type { Rejection } from '../../../listener/rejections.ts'
import { createMetrics } from '../../../operations/metrics.ts'
import { makeSelfSigned } from '../../../tls/self-signed.ts'
import { createCancelElsewhere } from '../cancel/cancel-elsewhere.ts'
import { createLiveSessions, type LiveSessions } from '../cancel/live-sessions.ts'
import { createCancelLimit } from '../cancel/request-limit.ts'
import { byValueAlone } from '../../../detection/testing/detections.ts'
import { ColumnKnowledge } from '../masking/column-knowledge.ts'
import type { PostgresDependencies } from '../dependencies.ts'
import { bearerChallenge } from '../front-door/bearer-message.ts'
import { serveCaller } from '../serve-caller.ts'
import { createSessions } from '../sessions.ts'
import { Fingerprinter } from '@gatetrail/detect'
import { createTouchQueue } from '../recorder/touch-queue.ts'
import { RawClient } from './raw-client.ts'

export const testIssuer = 'https://issuer.example/realm/'

export type DoorServer = {
  open(): Promise<RawClient>
  readonly port: number
  live: LiveSessions
  /** Those of this test. */
  rejections(): Rejection[]
  /** The tokens that reached the authenticator in this test: it refuses them all. */
  tokens(): string[]
  /** What counts as the caller's address in this test; undefined: the real one. */
  clientAddress: string | undefined
  /** Whether callers come through a balancer in this test. */
  balancer: boolean
  journalState: 'well' | 'full' | 'failed'
}

const idleJournal: JournalStats = {
  records: 0,
  bytesWritten: 0,
  writeCalls: 0,
  backlogBytes: 0,
  waitingBytes: 0,
  segment: 1,
  openSessions: 0,
  spaceLow: false,
  failed: false,
  failures: 0,
  lastError: undefined,
}

export function useDoorServer(): DoorServer {
  let port = 0
  let rejections: Rejection[] = []
  let tokens: string[] = []
  const clients: RawClient[] = []
  const live = createLiveSessions()
  const doors: DoorServer = {
    async open() {
      const client = await RawClient.open(port)
      clients.push(client)
      return client
    },
    get port() {
      return port
    },
    live,
    rejections: () => rejections,
    tokens: () => tokens,
    clientAddress: undefined,
    balancer: false,
    journalState: 'well',
  }
  const dependencies = dependenciesOf(doors, live)
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    const address = doors.clientAddress ?? plainAddress(socket.remoteAddress)
    const place = { name: () => true, release: () => undefined }
    void serveCaller({ socket, address, balancer: doors.balancer, place }, dependencies)
  })
  beforeAll(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    port = address !== null && typeof address === 'object' ? address.port : 0
  })
  afterEach(() => {
    for (const client of clients.splice(0)) client.destroy()
    rejections = []
    tokens = []
    doors.clientAddress = undefined
    doors.balancer = false
    doors.journalState = 'well'
  })
  afterAll(() => {
    server.close()
  })
  return doors
}

function dependenciesOf(doors: DoorServer, live: LiveSessions): PostgresDependencies {
  const { certificatePem, keyPem } = makeSelfSigned(
    'test',
    { dns: ['localhost'], ip: [] },
    new Date(Date.now() - 60_000),
    new Date(Date.now() + 3_600_000),
  )
  const unused = (): never => {
    throw new Error('nobody gets this far here')
  }
  return {
    connections: new Map(),
    authenticator: {
      verify(token) {
        doors.tokens().push(token)
        return Promise.reject(new GatetrailError('TOKEN_MALFORMED', 'no token of ours'))
      },
    },
    bearerChallenge: bearerChallenge([
      { issuer: 'https://file.example', jwksFile: 'keys.json' },
      { issuer: testIssuer },
    ]),
    policies: { current: unused },
    journal: {
      writer: '',
      get system() {
        return unused()
      },
      get accepting() {
        return doors.journalState === 'well'
      },
      append: unused,
      appendSystem: unused,
      afterWrite: unused,
      pauseMs: () => 0,
      stats: () => ({ ...idleJournal, failed: doors.journalState === 'failed' }),
      close: () => Promise.resolve(),
    },
    clock: systemClock,
    tls: createSecureContext({ cert: certificatePem, key: keyPem }),
    live,
    cancelElsewhere: createCancelElsewhere(undefined, undefined),
    cancelLimit: createCancelLimit(),
    rejections: {
      count: (rejection) => doors.rejections().push(rejection),
      close: () => undefined,
    },
    metrics: createMetrics(new RoleMetrics('test'), {
      journal: { accepting: true, stats: () => idleJournal },
      journalBytesMax: 1,
      callersBeforeAuthentication: () => 0,
      certificateExpiresAtMs: () => 0,
    }),
    log: pino({ level: 'silent' }),
    facts: { describe: unused, describeBytes: unused },
    startRelay: unused,
    detection: byValueAlone,
    knowledge: new ColumnKnowledge(byValueAlone),
    fingerprintKey: new Uint8Array(32),
    touchQueue: createTouchQueue(new Fingerprinter(new Uint8Array(32)), 'test'),
    sessionHoursMax: 12,
    authenticationTimeoutMs: 700,
    beforeRelay: { add: () => () => undefined },
    sessions: createSessions(),
    control: { refusal: () => undefined, leaseEnd: () => undefined },
    shuttingDown: () => false,
  }
}

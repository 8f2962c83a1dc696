/** Hostile and wrong clients before authentication. Named after the holes of others in shared threats, "PostgreSQL wire". */
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { createSecureContext } from 'node:tls'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { systemClock, type JournalStats } from '@gatetrail/eventlog'
import { GatetrailError } from '@gatetrail/schemas'
import { plainAddress } from '../../listener/address.ts'
import type { Rejection } from '../../listener/rejections.ts'
import { createMetrics } from '../../operations/metrics.ts'
import { makeSelfSigned } from '../../tls/self-signed.ts'
import { createLiveSessions } from './cancel/live-sessions.ts'
import { createCancelLimit } from './cancel/request-limit.ts'
import type { PostgresDependencies } from './dependencies.ts'
import { message, requestCodes, uint32, untypedMessage } from './messages.ts'
import { serveCaller } from './serve-caller.ts'
import { createSessions } from './sessions.ts'
import { RawClient } from './testing/raw-client.ts'

let server: Server
let port = 0
let rejections: Rejection[] = []
let clientAddress: string | undefined
let journalState: 'well' | 'full' | 'failed' = 'well'
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
const clients: RawClient[] = []
const live = createLiveSessions()
const sslRequest = untypedMessage(requestCodes.ssl)
const gssRequest = untypedMessage(requestCodes.gssEncryption)
const password = (text: string): Buffer => message(0x70, Buffer.from(`${text}\0`))

beforeAll(async () => {
  const { certificatePem, keyPem } = makeSelfSigned(
    'test',
    { dns: ['localhost'], ip: [] },
    new Date(Date.now() - 60_000),
    new Date(Date.now() + 3_600_000),
  )
  const unused = (): never => {
    throw new Error('nobody gets this far here')
  }
  const dependencies: PostgresDependencies = {
    connections: new Map(),
    authenticator: {
      verify: () => Promise.reject(new GatetrailError('TOKEN_MALFORMED', 'no token of ours')),
    },
    policies: { current: unused },
    journal: {
      writer: '',
      get system() {
        return unused()
      },
      get accepting() {
        return journalState === 'well'
      },
      append: unused,
      appendSystem: unused,
      afterWrite: unused,
      pauseMs: () => 0,
      stats: () => ({ ...idleJournal, failed: journalState === 'failed' }),
      close: () => Promise.resolve(),
    },
    clock: systemClock,
    tls: createSecureContext({ cert: certificatePem, key: keyPem }),
    live,
    cancelLimit: createCancelLimit(),
    rejections: { count: (rejection) => rejections.push(rejection), close: () => undefined },
    metrics: createMetrics({
      journalAccepting: () => true,
      journalStatistics: () => ({}),
      callersBeforeAuthentication: () => 0,
    }),
    log: pino({ level: 'silent' }),
    facts: { describe: unused, describeBytes: unused },
    startRelay: unused,
    fingerprintKey: new Uint8Array(32),
    sessionHoursMax: 12,
    authenticationTimeoutMs: 700,
    beforeRelay: { add: () => () => undefined },
    sessions: createSessions(),
    shuttingDown: () => false,
  }
  server = createServer({ pauseOnConnect: true }, (socket) => {
    const address = clientAddress ?? plainAddress(socket.remoteAddress)
    void serveCaller(socket, address, { release: () => undefined }, dependencies)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  port = address !== null && typeof address === 'object' ? address.port : 0
})
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy()
  rejections = []
  clientAddress = undefined
  journalState = 'well'
})
afterAll(() => {
  server.close()
})

async function open(): Promise<RawClient> {
  const client = await RawClient.open(port)
  clients.push(client)
  return client
}

async function askedForPassword(parameters: Record<string, string> = {}): Promise<RawClient> {
  const client = (await open()).startup({ user: 'job', database: 'orders', ...parameters })
  expect(await client.message()).toEqual({ type: 'R', body: uint32(3) })
  return client
}

test.each([0, 3, 0x7fffffff, 0x80000000, 0xffffffff])(
  'a start-up packet that declares %i bytes is refused at once, and strangers write no journal',
  async (length) => {
    const client = (await open()).send(uint32(length))
    expect(await client.refusal()).toMatchObject({ C: '08P01', D: 'FRAME_LENGTH_INVALID' })
    await client.untilClosed()
    expect(rejections).toEqual([])
  },
)

test.each([0, 3, 0x7fffffff, 0x80000000, 0xffffffff])(
  'a password that declares %i bytes is refused at once, on record',
  async (length) => {
    const client = (await askedForPassword()).send(Buffer.from('p'), uint32(length))
    const { C: sqlstate, D: code } = await client.refusal()
    expect(sqlstate).toBe('08P01')
    expect(code).toMatch(/^FRAME_(LENGTH_INVALID|TOO_LARGE)$/)
    expect(rejections).toMatchObject([{ reason: code }])
  },
)

test('a start-up packet of one byte at a time is understood', async () => {
  const client = await open()
  for (const byte of untypedMessage(requestCodes.startup30, Buffer.from('user\0a\0\0'))) {
    client.send(Buffer.of(byte))
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(await client.message()).toMatchObject({ type: 'R' })
})

test('TLS is answered with S, and start-up goes on inside', async () => {
  const client = (await open()).send(sslRequest)
  expect((await client.take(1)).toString()).toBe('S')
  await client.upgrade()
  client.startup({ user: 'job', database: 'orders' })
  expect(await client.message()).toEqual({ type: 'R', body: uint32(3) })
  client.send(password('x'))
  expect(await client.refusal()).toMatchObject({ S: 'FATAL', C: '28000', D: 'TOKEN_MALFORMED' })
})

test('GSSENCRequest is answered with N, and SSLRequest may follow', async () => {
  const client = (await open()).send(gssRequest)
  expect((await client.take(1)).toString()).toBe('N')
  client.send(sslRequest)
  expect((await client.take(1)).toString()).toBe('S')
})

test('TLS without SSLRequest works where it names the protocol, and is closed where it does not', async () => {
  const named = await open()
  await named.upgrade({ alpn: ['postgresql'] })
  named.startup({ user: 'job' })
  expect(await named.message()).toMatchObject({ type: 'R' })
  const nameless = await open()
  await nameless.upgrade().catch(() => undefined)
  expect(await nameless.untilClosed()).toHaveLength(0)
})

test('bytes behind SSLRequest, before TLS, end the connection (CVE-2021-23214)', async () => {
  const client = (await open()).send(
    sslRequest,
    untypedMessage(requestCodes.startup30, Buffer.from('user\0a\0\0')),
  )
  const answer = (await client.untilClosed()).toString()
  expect(answer).not.toContain('R\0\0\0')
  expect(rejections).toMatchObject([{ reason: 'PROTOCOL_VIOLATION' }])
})

test('a second SSLRequest inside TLS is refused', async () => {
  const client = (await open()).send(sslRequest)
  await client.take(1)
  await client.upgrade()
  client.send(sslRequest)
  expect(await client.refusal()).toMatchObject({ C: '08P01' })
})

test('a second GSSENCRequest is refused', async () => {
  const client = (await open()).send(gssRequest)
  await client.take(1)
  client.send(gssRequest)
  expect(await client.refusal()).toMatchObject({ C: '08P01' })
})

test('garbage instead of a TLS handshake is closed, and the process lives', async () => {
  const client = (await open()).send(sslRequest)
  await client.take(1)
  client.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
  await client.untilClosed()
  await askedForPassword()
})

const startupAgain = untypedMessage(requestCodes.startup30, Buffer.from('user\0postgres\0\0'))
test.each<[string, Buffer]>([
  ['a second StartupMessage (CVE-2026-107350)', startupAgain],
  ['an SSLRequest', sslRequest],
  ['a CancelRequest', untypedMessage(requestCodes.cancel, uint32(1), uint32(1))],
  ['a Query', message(0x51, Buffer.from('select 1\0'))],
  ['a Parse', message(0x50, Buffer.from('\0select 1\0\0\0'))],
  ['a Bind', message(0x42, Buffer.alloc(8))],
  ['a Describe', message(0x44, Buffer.from('S\0'))],
  ['an Execute', message(0x45, Buffer.from('\0\0\0\0\0'))],
  ['a Sync', message(0x53)],
  ['a Flush', message(0x48)],
  ['a Close', message(0x43, Buffer.from('S\0'))],
  ['a FunctionCall', message(0x46, Buffer.alloc(8))],
  ['CopyData', message(0x64, Buffer.alloc(8))],
  ['CopyDone', message(0x63)],
  ['CopyFail', message(0x66, Buffer.from('x\0'))],
  ['a Terminate', message(0x58)],
  ['an AuthenticationOk of the client', message(0x52, uint32(0))],
  ['two passwords', Buffer.concat([password('a'), password('b')])],
  ['a password and a Query behind it', Buffer.concat([password('a'), startupAgain])],
  ['a password without its end', message(0x70, Buffer.from('abc'))],
  ['a password with a NUL inside', message(0x70, Buffer.from('a\0b\0'))],
  ['a password of no bytes', message(0x70)],
])('%s where the password is due is a violation', async (_, bytes) => {
  const client = (await askedForPassword()).send(bytes)
  expect(await client.refusal()).toMatchObject({ C: '08P01', D: 'PROTOCOL_VIOLATION' })
  await client.untilClosed()
})

test('a query right behind the start-up packet is a violation', async () => {
  const client = (await open()).send(startupAgain, message(0x51, Buffer.from('select 1\0')))
  expect(await client.refusal()).toMatchObject({ C: '08P01' })
})

test('an empty password is a missing token, and one that is too long is said to be', async () => {
  expect(await (await askedForPassword()).send(password('')).refusal()).toMatchObject({
    D: 'TOKEN_MISSING',
    C: '28000',
  })
  expect(
    await (await askedForPassword()).send(password('x'.repeat(16 * 1024 + 1))).refusal(),
  ).toMatchObject({ D: 'TOKEN_TOO_LARGE' })
})

test('no answer holds any part of the token', async () => {
  const client = (await askedForPassword()).send(password('eyJtoken-secret'))
  expect((await client.untilClosed()).toString()).not.toContain('secret')
  expect(JSON.stringify(rejections)).not.toContain('secret')
})

test('without TLS a caller of another machine is refused before the token is asked for', async () => {
  clientAddress = '192.0.2.7'
  const client = (await open()).startup({ user: 'job' })
  expect(await client.refusal()).toMatchObject({ D: 'TOKEN_WITHOUT_TLS', C: '28000' })
  expect(rejections).toMatchObject([
    {
      kind: 'gatetrail.identity.rejected',
      reason: 'TOKEN_WITHOUT_TLS',
      clientAddress: '192.0.2.7',
    },
  ])
})

test.each([
  ['replication', { replication: 'database' }, '0A000', 'FEATURE_UNSUPPORTED'],
  ['options -c= (CVE-2026-107349)', { options: '-c=' }, '0A000', 'OPTION_REFUSED'],
  ['a setting off the list', { role: 'postgres' }, '0A000', 'OPTION_REFUSED'],
  ['an empty user', { user: '' }, '08P01', 'PROTOCOL_VIOLATION'],
  ['a newline in a name', { database: 'a\nb' }, '08P01', 'PROTOCOL_VIOLATION'],
])('%s is refused before the token is asked for', async (_, parameters, sqlstate, code) => {
  const client = (await open()).startup({ user: 'job', ...parameters })
  expect(await client.refusal()).toMatchObject({ C: sqlstate, D: code })
})

test.each(["a'b", 'a b', 'a=b', 'a" host=evil', 'ünïcode', "x' -- "])(
  'the names %j are only names (CVE-2021-41395)',
  async (name) => {
    const client = (await askedForPassword({ user: name, database: name })).send(password('x'))
    expect(await client.refusal()).toMatchObject({ D: 'TOKEN_MALFORMED' })
  },
)

test('a newer protocol is offered 3.0, and its options are named as unknown', async () => {
  const client = (await open()).send(
    untypedMessage(0x0003_0002, Buffer.from('user\0a\0_pq_.x\0y\0\0')),
  )
  const negotiation = await client.message()
  expect(negotiation.type).toBe('v')
  expect(negotiation.body).toEqual(
    Buffer.concat([uint32(0x30000), uint32(1), Buffer.from('_pq_.x\0')]),
  )
  expect(await client.message()).toMatchObject({ type: 'R' })
})

test('protocol 2 and 4 are refused as unsupported', async () => {
  for (const version of [0x0002_0000, 0x0004_0000]) {
    const client = (await open()).send(untypedMessage(version, Buffer.from('user\0a\0\0')))
    expect(await client.refusal()).toMatchObject({ C: '0A000' })
  }
})

test('more bytes than are taken before authentication end the connection', async () => {
  const client = await askedForPassword()
  client.send(Buffer.from('p'), uint32(16_000), Buffer.alloc(70_000, 65))
  await client.untilClosed()
  expect(rejections).toMatchObject([{ reason: 'FRAME_TOO_LARGE' }])
})

test.each([
  ['full', '53100', 'JOURNAL_FULL'],
  ['failed', '58030', 'JOURNAL_UNWRITABLE'],
] as const)(
  'with a journal that is %s nobody is let in, and is told why',
  async (state, sqlstate, code) => {
    journalState = state
    const client = (await open()).startup({ user: 'job', database: 'orders' })
    expect(await client.refusal()).toMatchObject({ C: sqlstate, D: code })
  },
)

test.each<[string, (client: RawClient) => void]>([
  ['says nothing', () => undefined],
  ['stops in the middle of a packet', (client) => client.send(uint32(100))],
  ['stops before the TLS handshake', (client) => client.send(sslRequest)],
  ['stops before the password', (client) => client.startup({ user: 'a' })],
])('a caller that %s is not waited for longer than the limit', async (_, say) => {
  const client = await open()
  say(client)
  const startedAt = performance.now()
  await client.untilClosed()
  expect(performance.now() - startedAt).toBeLessThan(3_000)
})

test('a cancel request reaches only the session of its key; a wrong one has no effect and is counted', async () => {
  let cancelled = 0
  const session = live.enter(4711, () => {
    cancelled++
    return Promise.resolve()
  })
  const wrong = Buffer.from(session.secret)
  wrong[0]! ^= 1
  const client = (await open()).send(untypedMessage(requestCodes.cancel, uint32(4711), wrong))
  expect(await client.untilClosed()).toHaveLength(0)
  expect(cancelled).toBe(0)
  expect(rejections).toMatchObject([{ reason: 'CANCEL_KEY_UNKNOWN' }])
  const right = (await open()).send(
    untypedMessage(requestCodes.cancel, uint32(4711), session.secret),
  )
  expect(await right.untilClosed()).toHaveLength(0)
  expect(cancelled).toBe(1)
  live.leave(session)
})

test('keys cannot be guessed: after ten wrong ones, also the right one is dropped', async () => {
  let cancelled = 0
  const session = live.enter(4712, () => {
    cancelled++
    return Promise.resolve()
  })
  clientAddress = '192.0.2.99'
  for (let count = 0; count < 10; count++) {
    const client = (await open()).send(
      untypedMessage(requestCodes.cancel, uint32(4713), uint32(count)),
    )
    await client.untilClosed()
  }
  const client = (await open()).send(
    untypedMessage(requestCodes.cancel, uint32(4712), session.secret),
  )
  await client.untilClosed()
  expect(cancelled).toBe(0)
  expect(rejections.at(-1)).toMatchObject({ reason: 'CANCEL_FLOOD' })
  live.leave(session)
})

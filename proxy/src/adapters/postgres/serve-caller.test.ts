/** Hostile and wrong clients before authentication. Named after the holes of others in shared threats, "PostgreSQL wire". */
import { expect, test } from 'vitest'
import { message, requestCodes, uint32, untypedMessage } from './messages.ts'
import { useDoorServer } from './testing/door-server.ts'
import type { RawClient } from './testing/raw-client.ts'

const doors = useDoorServer()
const { open, live, rejections } = doors
const sslRequest = untypedMessage(requestCodes.ssl)
const gssRequest = untypedMessage(requestCodes.gssEncryption)
const password = (text: string): Buffer => message(0x70, Buffer.from(`${text}\0`))

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
    expect(rejections()).toEqual([])
  },
)

test.each([0, 3, 0x7fffffff, 0x80000000, 0xffffffff])(
  'a password that declares %i bytes is refused at once, on record',
  async (length) => {
    const client = (await askedForPassword()).send(Buffer.from('p'), uint32(length))
    const { C: sqlstate, D: code } = await client.refusal()
    expect(sqlstate).toBe('08P01')
    expect(code).toMatch(/^FRAME_(LENGTH_INVALID|TOO_LARGE)$/)
    expect(rejections()).toMatchObject([{ reason: code }])
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
  expect(rejections()).toMatchObject([{ reason: 'PROTOCOL_VIOLATION' }])
})

test('bytes behind GSSENCRequest, before its answer, end the connection', async () => {
  const client = (await open()).send(
    gssRequest,
    untypedMessage(requestCodes.startup30, Buffer.from('user\0a\0\0')),
  )
  expect((await client.untilClosed()).toString()).not.toContain('R\0\0\0')
  expect(rejections()).toMatchObject([{ reason: 'PROTOCOL_VIOLATION' }])
})

test('GSSENCRequest, SSLRequest and start-up may follow each other, and a handshake without SSLRequest may not come late', async () => {
  const client = (await open()).send(gssRequest)
  expect((await client.take(1)).toString()).toBe('N')
  client.send(sslRequest)
  expect((await client.take(1)).toString()).toBe('S')
  await client.upgrade()
  client.startup({ user: 'job', database: 'orders' })
  expect(await client.message()).toEqual({ type: 'R', body: uint32(3) })
  const late = (await open()).send(gssRequest)
  await late.take(1)
  await late.upgrade({ alpn: ['postgresql'] }).catch(() => undefined)
  await late.untilClosed()
  expect(rejections()).toMatchObject([{ reason: 'FRAME_LENGTH_INVALID' }])
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
  expect(JSON.stringify(rejections())).not.toContain('secret')
})

test('without TLS a caller of another machine is refused before the token is asked for', async () => {
  doors.clientAddress = '192.0.2.7'
  const client = (await open()).startup({ user: 'job' })
  expect(await client.refusal()).toMatchObject({ D: 'TOKEN_WITHOUT_TLS', C: '28000' })
  expect(rejections()).toMatchObject([
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

test.each([
  ['3.0', 0, [], undefined],
  ['3.2', 2, [], undefined],
  ['3.1, which was skipped,', 1, [], 0x0003_0000],
  ['3.9999', 9999, [], 0x0003_0002],
  ['3.0 with options', 0, ['_pq_.x'], 0x0003_0000],
  ['3.2 with options', 2, ['_pq_.x', '_pq_.y'], 0x0003_0002],
])('protocol %s is negotiated as it should', async (_, minor, options, version) => {
  const parameters = ['user', 'a', ...options.flatMap((name) => [name, '1']), '', ''].join('\0')
  const client = (await open()).send(
    untypedMessage(requestCodes.startup30 + minor, Buffer.from(parameters)),
  )
  if (version !== undefined) {
    const names = Buffer.from(options.map((name) => `${name}\0`).join(''))
    expect(await client.message()).toEqual({
      type: 'v',
      body: Buffer.concat([uint32(version), uint32(options.length), names]),
    })
  }
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
  expect(rejections()).toMatchObject([{ reason: 'FRAME_TOO_LARGE' }])
})

test.each([
  ['full', '53100', 'JOURNAL_FULL'],
  ['failed', '58030', 'JOURNAL_UNWRITABLE'],
] as const)(
  'with a journal that is %s nobody is let in, and is told why',
  async (state, sqlstate, code) => {
    doors.journalState = state
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

test.each([
  [4, 'in clear'],
  [32, 'in clear'],
  [32, 'over TLS'],
  [32, 'over TLS at once'],
])(
  'a cancel request with a key of %i bytes %s reaches only the session of its key',
  async (secretBytes, how) => {
    let cancelled = 0
    const session = live.enter(4711, secretBytes, () => {
      cancelled++
      return Promise.resolve()
    })
    expect(session.secret).toHaveLength(secretBytes)
    const cancel = async (secret: Uint8Array): Promise<void> => {
      const client = await open()
      if (how === 'over TLS') {
        client.send(sslRequest)
        await client.take(1)
        await client.upgrade()
      } else if (how === 'over TLS at once') await client.upgrade({ alpn: ['postgresql'] })
      client.send(untypedMessage(requestCodes.cancel, uint32(4711), secret))
      expect(await client.untilClosed()).toHaveLength(0)
    }
    const wrong = Buffer.from(session.secret)
    wrong[0]! ^= 1
    const longer = Buffer.concat([session.secret, Buffer.alloc(4)])
    for (const secret of [wrong, longer, session.secret.subarray(0, 4 * (secretBytes / 8))]) {
      if (secret.length >= 4) await cancel(secret)
    }
    expect(cancelled).toBe(0)
    expect(rejections()[0]).toMatchObject({ reason: 'CANCEL_KEY_UNKNOWN' })
    await cancel(session.secret)
    expect(cancelled).toBe(1)
    live.leave(session)
  },
)

test.each([0, 3, 257, 1000])(
  'a cancel request with a key of %i bytes is refused',
  async (length) => {
    const client = (await open()).send(
      untypedMessage(requestCodes.cancel, uint32(4711), Buffer.alloc(length)),
    )
    expect(await client.refusal()).toMatchObject({ C: '08P01' })
  },
)

test('any number of requests with right keys is answered', async () => {
  let cancelled = 0
  const session = live.enter(4714, 4, () => {
    cancelled++
    return Promise.resolve()
  })
  doors.clientAddress = '192.0.2.98'
  for (let count = 0; count < 150; count++) {
    const client = (await open()).send(
      untypedMessage(requestCodes.cancel, uint32(4714), session.secret),
    )
    await client.untilClosed()
  }
  expect(cancelled).toBe(150)
  live.leave(session)
})

test('keys cannot be guessed: after a hundred wrong ones, also the right one is dropped', async () => {
  let cancelled = 0
  const session = live.enter(4712, 4, () => {
    cancelled++
    return Promise.resolve()
  })
  doors.clientAddress = '192.0.2.99'
  for (let count = 0; count < 100; count++) {
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
  expect(rejections().at(-1)).toMatchObject({ reason: 'CANCEL_FLOOD' })
  live.leave(session)
})

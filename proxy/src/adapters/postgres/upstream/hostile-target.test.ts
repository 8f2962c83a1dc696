/** Targets that break the protocol: CVE-2026-107350 and its neighbours in pgbouncer, pgjdbc CVE-2026-42198, CVE-2021-23222. */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { ErrorCode } from '@gatetrail/schemas'
import { message, requestCodes, uint32 } from '../messages.ts'
import { connectToTarget } from './connect.ts'
import { scramIterationsMax } from './scram.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function targetThat(
  serve: (socket: Socket, received: Buffer) => void,
): Promise<{ name: string; address: string; certificateAuthorities: undefined }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => serve(socket, bytes))
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return { name: 'orders', address: `127.0.0.1:${port}`, certificateAuthorities: undefined }
}

async function failure(
  serve: (socket: Socket, received: Buffer) => void,
  tls: 'disable' | 'require' = 'disable',
  protocolVersion?: number,
): Promise<{ code: ErrorCode; message: string }> {
  const target = { ...(await targetThat(serve)), tls }
  return connectToTarget(
    target,
    { user: 'app', password: 'secret', database: 'd' },
    new Map(),
    undefined,
    protocolVersion,
  ).then(
    () => {
      throw new Error('the hostile target was believed')
    },
    (error: { code: ErrorCode; message: string }) => error,
  )
}

const authentication = (code: number, rest: Uint8Array = Buffer.alloc(0)): Buffer =>
  message(0x52, uint32(code), rest)
const sasl = authentication(10, Buffer.from('SCRAM-SHA-256\0\0'))
const rawHeader = (type: string, length: number): Buffer =>
  Buffer.concat([Buffer.from(type), uint32(length)])

/** Answers the SASL start with `serverFirst`, which gets the nonce of the client. */
function scramServer(
  serverFirst: (nonce: string) => string,
  serverFinal = 'v=AAAA',
): (socket: Socket, received: Buffer) => void {
  let step = 0
  return (socket, received) => {
    step++
    if (step === 1) socket.write(sasl)
    if (step === 2) {
      const nonce = /r=(.*)$/.exec(received.toString('latin1'))?.[1] ?? ''
      socket.write(authentication(11, Buffer.from(serverFirst(nonce))))
    }
    if (step === 3) {
      socket.write(Buffer.concat([authentication(12, Buffer.from(serverFinal)), authentication(0)]))
    }
  }
}

test.each([0, 3, 0x7fffffff, 0x80000000, 0xffffffff])(
  'a message that declares %i bytes ends the connection without waiting for them',
  async (length) => {
    const startedAt = performance.now()
    const error = await failure((socket) => socket.write(rawHeader('R', length)))
    expect(error.code).toBe('UPSTREAM_PROTOCOL_VIOLATION')
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  },
)

test('huge SCRAM iteration counts are refused, and cost nothing', async () => {
  for (const iterations of [scramIterationsMax + 1, 2 ** 31, 9_999_999_999]) {
    const startedAt = process.cpuUsage()
    const error = await failure(scramServer((nonce) => `r=${nonce}abc,s=c2FsdA==,i=${iterations}`))
    expect(error.code).toBe('UPSTREAM_PROTOCOL_VIOLATION')
    expect(process.cpuUsage(startedAt).user).toBeLessThan(200_000)
  }
})

test.each<[string, (nonce: string) => string]>([
  ['a nonce that is not ours', () => 'r=other,s=c2FsdA==,i=4096'],
  ['our nonce with nothing added', (nonce) => `r=${nonce},s=c2FsdA==,i=4096`],
  ['a long nonce', (nonce) => `r=${nonce}${'x'.repeat(4096)},s=c2FsdA==,i=4096`],
  ['a long salt', (nonce) => `r=${nonce}x,s=${'A'.repeat(4096)},i=4096`],
  ['no iterations', (nonce) => `r=${nonce}x,s=c2FsdA==,i=0`],
  ['negative iterations', (nonce) => `r=${nonce}x,s=c2FsdA==,i=-1`],
  ['an extension that we must understand', (nonce) => `m=x,r=${nonce}x,s=c2FsdA==,i=4096`],
  ['nothing', () => ''],
])('SCRAM with %s is refused', async (_, serverFirst) => {
  expect((await failure(scramServer(serverFirst))).code).toBe('UPSTREAM_PROTOCOL_VIOLATION')
})

test('a target that cannot prove that it knows the password is refused', async () => {
  const error = await failure(
    scramServer((nonce) => `r=${nonce}abc,s=c2FsdA==,i=4096`, `v=${'A'.repeat(43)}=`),
  )
  expect(error.code).toBe('UPSTREAM_AUTHENTICATION_FAILED')
})

test('AuthenticationOk in the middle of SCRAM is refused', async () => {
  let step = 0
  const error = await failure((socket) => {
    socket.write(step++ === 0 ? sasl : authentication(0))
  })
  expect(error.code).toBe('UPSTREAM_PROTOCOL_VIOLATION')
})

test('a second authentication after the first is refused', async () => {
  let step = 0
  const error = await failure((socket) => {
    socket.write(step++ === 0 ? authentication(5, uint32(1)) : authentication(3))
  })
  expect(error.code).toBe('UPSTREAM_PROTOCOL_VIOLATION')
})

test('the password is never sent in clear without TLS', async () => {
  const received: Buffer[] = []
  const error = await failure((socket, bytes) => {
    received.push(bytes)
    socket.write(authentication(3))
  })
  expect(error.code).toBe('UPSTREAM_AUTHENTICATION_FAILED')
  expect(Buffer.concat(received).toString('latin1')).not.toContain('secret')
})

test.each([
  ['without any field', Buffer.of(0), 'UPSTREAM_UNAVAILABLE'],
  ['without an SQLSTATE (CVE-2026-6666)', Buffer.from('Mno\0\0'), 'UPSTREAM_UNAVAILABLE'],
  ['with a torn field', Buffer.from('Cabc'), 'UPSTREAM_UNAVAILABLE'],
  ['empty', Buffer.alloc(0), 'UPSTREAM_UNAVAILABLE'],
  ['of a failed password', Buffer.from('C28P01\0Mno\0\0'), 'UPSTREAM_AUTHENTICATION_FAILED'],
])('an ErrorResponse %s becomes an error of ours', async (_, body, code) => {
  expect((await failure((socket) => socket.write(message(0x45, body)))).code).toBe(code)
})

test.each([
  ['a row before it is ready', message(0x44, Buffer.alloc(2))],
  ['ready without a key', message(0x5a, Buffer.from('I'))],
  ['ready inside a transaction', message(0x5a, Buffer.from('T'))],
  ['a long key', message(0x4b, Buffer.alloc(36))],
])('%s is refused', async (_, bytes) => {
  const error = await failure((socket) => socket.write(Buffer.concat([authentication(0), bytes])))
  expect(error.code).toBe('UPSTREAM_PROTOCOL_VIOLATION')
})

const negotiate = (version: number, options: number): Buffer =>
  message(0x76, uint32(version), uint32(options))

test.each([
  ['to the version that was asked for', negotiate(requestCodes.startup32, 0)],
  ['to a newer one', negotiate(0x0003_0003, 0)],
  ['to protocol 2', negotiate(0x0002_0000, 0)],
  ['over options that nobody asked for', negotiate(requestCodes.startup30, 1)],
  ['in a torn message', message(0x76, uint32(requestCodes.startup30))],
  [
    'twice',
    Buffer.concat([negotiate(requestCodes.startup30, 0), negotiate(requestCodes.startup30, 0)]),
  ],
  [
    'after authentication',
    Buffer.concat([authentication(0), negotiate(requestCodes.startup30, 0)]),
  ],
])('a target that negotiates %s is refused', async (_, bytes) => {
  const error = await failure((socket) => socket.write(bytes), 'disable', requestCodes.startup32)
  expect(error.code).toBe('UPSTREAM_PROTOCOL_VIOLATION')
})

test.each([3, 257])('a key of %i bytes is refused in protocol 3.2', async (length) => {
  const bytes = Buffer.concat([authentication(0), message(0x4b, Buffer.alloc(4 + length))])
  const error = await failure((socket) => socket.write(bytes), 'disable', requestCodes.startup32)
  expect(error.code).toBe('UPSTREAM_PROTOCOL_VIOLATION')
})

test('after negotiation down to 3.0 a long key is refused', async () => {
  const bytes = Buffer.concat([
    negotiate(requestCodes.startup30, 0),
    authentication(0),
    message(0x4b, Buffer.alloc(36)),
  ])
  const error = await failure((socket) => socket.write(bytes), 'disable', requestCodes.startup32)
  expect(error.code).toBe('UPSTREAM_PROTOCOL_VIOLATION')
})

test('SCRAM with channel binding alone, without TLS, is refused with the reason', async () => {
  const plusOnly = authentication(10, Buffer.from('SCRAM-SHA-256-PLUS\0\0'))
  const error = await failure((socket) => socket.write(plusOnly))
  expect(error).toMatchObject({
    code: 'UPSTREAM_AUTHENTICATION_FAILED',
    message: expect.stringContaining('SCRAM-SHA-256-PLUS'),
  })
})

test('endless parameters are bounded', async () => {
  const parameter = message(0x53, Buffer.from('name\0value\0'))
  const error = await failure((socket) => {
    socket.write(authentication(0))
    for (let count = 0; count < 1000; count++) socket.write(parameter)
  })
  expect(error.code).toBe('UPSTREAM_PROTOCOL_VIOLATION')
})

test('a target without TLS is refused where TLS is required, and nothing of the credential is sent', async () => {
  const received: Buffer[] = []
  const error = await failure((socket, bytes) => {
    received.push(bytes)
    socket.write('N')
  }, 'require')
  expect(error.code).toBe('UPSTREAM_TLS_FAILED')
  expect(Buffer.concat(received)).toHaveLength(8)
})

test('bytes along with the answer to SSLRequest are refused (CVE-2021-23222)', async () => {
  const error = await failure((socket) => socket.write(Buffer.from('SR\0\0\0\u0008')), 'require')
  expect(error.code).toBe('UPSTREAM_PROTOCOL_VIOLATION')
})

test('an ErrorResponse instead of S or N is no downgrade', async () => {
  const error = await failure((socket) => socket.write(message(0x45, Buffer.of(0))), 'require')
  expect(error.code).toMatch(/^UPSTREAM_(PROTOCOL_VIOLATION|TLS_FAILED)$/)
})

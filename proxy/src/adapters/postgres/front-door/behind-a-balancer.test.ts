/** The front door behind a balancer: whose connection it is comes first, and from the balancer alone. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { forwardedCancelHeader } from '../../../listener/proxy-header.ts'
import { requestCodes, uint32, untypedMessage } from '../messages.ts'
import { useDoorServer } from '../testing/door-server.ts'

const doors = useDoorServer()
const { open, live, rejections } = doors

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
const startup = untypedMessage(
  requestCodes.startup30,
  Buffer.from('user\0job\0database\0orders\0\0'),
)
const sslRequest = untypedMessage(requestCodes.ssl)
const healthCheck = Buffer.concat([signature, Buffer.from([0x20, 0, 0, 0])])

/** As HAProxy sends it for an IPv4 client. */
function headerOf(address: string, port = 50_000): Buffer {
  const addresses = Buffer.from([...address.split('.'), 192, 0, 2, 1].map(Number))
  const start = Buffer.from([0x21, 0x11, 0, 12])
  return Buffer.concat([signature, start, addresses, uint32((port << 16) | 5432)])
}

const cancelOf = (processId: number, secret: Uint8Array): Buffer =>
  untypedMessage(requestCodes.cancel, uint32(processId), secret)

test('a client is who the balancer tells, also on record', async () => {
  doors.balancer = true
  const client = (await open()).send(headerOf('192.0.2.7'), sslRequest)
  expect((await client.take(1)).toString()).toBe('S')
  await client.upgrade()
  client.send(startup)
  expect(await client.message()).toMatchObject({ type: 'R' })
  client.send(Buffer.from('p'), uint32(6), Buffer.from('x\0'))
  expect(await client.refusal()).toMatchObject({ D: 'TOKEN_MALFORMED' })
  expect(rejections()).toMatchObject([{ clientAddress: '192.0.2.7', reason: 'TOKEN_MALFORMED' }])
})

test('however the header and what follows are cut, the same client comes in', async () => {
  doors.balancer = true
  const bytes = Buffer.concat([headerOf('192.0.2.7'), sslRequest])
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(bytes.length), { maxLength: 5 }), async (cuts) => {
      const client = await open()
      let from = 0
      for (const to of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
        if (to > from) client.send(bytes.subarray(from, to))
        from = to
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      expect((await client.take(1)).toString()).toBe('S')
      client.destroy()
    }),
    { numRuns: 30 },
  )
})

test('a connection of a balancer without a header is refused in words that its client shows, and strangers write no journal', async () => {
  doors.balancer = true
  const client = (await open()).send(startup)
  expect(await client.refusal()).toMatchObject({ C: '08P01', D: 'PROXY_HEADER_REFUSED' })
  const old = (await open()).send(Buffer.from('PROXY TCP4 192.0.2.7 192.0.2.1 50000 5432\r\n'))
  expect(await old.refusal()).toMatchObject({ M: expect.stringContaining('version 1') })
  expect(rejections()).toEqual([])
})

test('from anybody else a header is no start-up packet', async () => {
  const client = (await open()).send(headerOf('192.0.2.7'), startup)
  expect(await client.refusal()).toMatchObject({ C: '08P01', D: 'FRAME_LENGTH_INVALID' })
})

test('a second header is no start-up packet either: a client cannot tell another address behind the balancer', async () => {
  doors.balancer = true
  const client = (await open()).send(headerOf('192.0.2.7'), headerOf('127.0.0.1'), startup)
  expect(await client.refusal()).toMatchObject({ D: 'FRAME_LENGTH_INVALID' })
})

test('a health check of the balancer ends without a word, on record or not', async () => {
  doors.balancer = true
  const check = (await open()).send(healthCheck)
  expect(await check.untilClosed()).toHaveLength(0)
  expect(rejections()).toEqual([])
})

test('a token without TLS is taken from this machine alone: neither through a balancer elsewhere nor of a client elsewhere', async () => {
  doors.balancer = true
  const remote = (await open()).send(headerOf('192.0.2.7'), startup)
  expect(await remote.refusal()).toMatchObject({ D: 'TOKEN_WITHOUT_TLS' })
  const local = (await open()).send(headerOf('127.0.0.1'), startup)
  expect(await local.message()).toMatchObject({ type: 'R' })
  doors.clientAddress = '192.0.2.99'
  // A client on the balancer's own machine.
  const beyond = (await open()).send(headerOf('127.0.0.1'), startup)
  expect(await beyond.refusal()).toMatchObject({ D: 'TOKEN_WITHOUT_TLS' })
})

test('a header that never ends waits no longer than a token', async () => {
  doors.balancer = true
  const client = (await open()).send(headerOf('192.0.2.7').subarray(0, 20))
  expect(await client.refusal()).toMatchObject({ D: 'AUTHENTICATION_TIMEOUT' })
})

test('another proxy hears whether its cancel request found a session, and wrong keys are counted where they came from', async () => {
  doors.balancer = true
  let cancelled = 0
  const session = live.enter(4711, 32, async () => {
    cancelled++
    return Promise.resolve()
  })
  const forwarded = forwardedCancelHeader('192.0.2.7', 50_000)
  const right = (await open()).send(forwarded, cancelOf(4711, session.secret))
  expect((await right.untilClosed()).toString()).toBe('Y')
  expect(cancelled).toBe(1)
  const wrong = (await open()).send(forwarded, cancelOf(4711, Buffer.alloc(32)))
  expect((await wrong.untilClosed()).toString()).toBe('N')
  expect(rejections()).toEqual([])
  // A client gets no answer that would tell it whether the key was right.
  const client = (await open()).send(headerOf('192.0.2.7'), cancelOf(4711, session.secret))
  expect(await client.untilClosed()).toHaveLength(0)
  expect(cancelled).toBe(2)
  live.leave(session)
})

test('what is announced as a cancel request opens no session', async () => {
  doors.balancer = true
  const client = (await open()).send(forwardedCancelHeader('127.0.0.1', 50_000), startup)
  expect(await client.refusal()).toMatchObject({ D: 'PROTOCOL_VIOLATION' })
})

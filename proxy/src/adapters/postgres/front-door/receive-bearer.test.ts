/** SASL OAUTHBEARER at the front door, spoken by a client that says whatever bytes it is told to. */
import { expect, test } from 'vitest'
import { limits } from '@gatetrail/schemas'
import { message, requestCodes, uint32, untypedMessage } from '../messages.ts'
import { testIssuer, useDoorServer } from '../testing/door-server.ts'
import type { RawClient } from '../testing/raw-client.ts'

const doors = useDoorServer()

const offer = message(0x52, uint32(10), Buffer.from('OAUTHBEARER\0\0'))
const initialResponse = (data: string): Buffer =>
  message(
    0x70,
    Buffer.from('OAUTHBEARER\0'),
    uint32(Buffer.byteLength(data)),
    Buffer.from(data, 'latin1'),
  )
const bearer = (token: string): string => `n,,\x01auth=Bearer ${token}\x01\x01`
const dummy = message(0x70, Buffer.of(1))

async function offered(parameters: Record<string, string> = {}): Promise<RawClient> {
  const client = (await doors.open()).startup({ user: 'oauth', database: 'orders', ...parameters })
  expect(await client.take(offer.length)).toEqual(offer)
  return client
}

async function challenge(client: RawClient): Promise<unknown> {
  const { type, body } = await client.message()
  expect([type, body.readUInt32BE(0)]).toEqual(['R', 11])
  return JSON.parse(body.toString('utf8', 4))
}

const whereToGetOne = {
  status: 'invalid_token',
  'openid-configuration': `${testIssuer}.well-known/openid-configuration`,
  scope: 'openid',
}

test('the user name oauth selects OAUTHBEARER, and the token reaches the authenticator', async () => {
  const client = (await offered()).send(initialResponse(bearer('aaa.bbb.ccc')))
  expect(await challenge(client)).toEqual(whereToGetOne)
  expect(doors.tokens()).toEqual(['aaa.bbb.ccc'])
  client.send(dummy)
  expect(await client.refusal()).toMatchObject({ S: 'FATAL', C: '28000', D: 'TOKEN_MALFORMED' })
  await client.untilClosed()
  expect(doors.rejections()).toMatchObject([
    { kind: 'gatetrail.identity.rejected', reason: 'TOKEN_MALFORMED' },
  ])
})

test('a client without a token is told where to get one, and that is no line in the journal', async () => {
  const client = (await offered()).send(initialResponse('n,,\x01auth=\x01\x01'))
  expect(await challenge(client)).toEqual(whereToGetOne)
  client.send(dummy)
  expect(await client.refusal()).toMatchObject({ C: '28000', D: 'TOKEN_MISSING' })
  expect(doors.rejections()).toEqual([])
  expect(doors.tokens()).toEqual([])
})

test('what is no bearer token is challenged and refused', async () => {
  const client = (await offered()).send(initialResponse('n,,\x01auth=Basic YTpi\x01\x01'))
  expect(await challenge(client)).toEqual(whereToGetOne)
  client.send(dummy)
  expect(await client.refusal()).toMatchObject({ C: '28000', D: 'TOKEN_MALFORMED' })
})

test('a client that chooses the mechanism first and sends its message later is served', async () => {
  const client = (await offered()).send(
    message(0x70, Buffer.from('OAUTHBEARER\0'), uint32(0xffff_ffff)),
  )
  expect(await client.message()).toEqual({ type: 'R', body: uint32(11) })
  client.send(message(0x70, Buffer.from(bearer('later'))))
  expect(await challenge(client)).toEqual(whereToGetOne)
  expect(doors.tokens()).toEqual(['later'])
})

test.each<[string, (client: RawClient) => void]>([
  ['leaves', (client) => client.destroy()],
  ['says nothing more', () => undefined],
  ['sends another token', (client) => client.send(initialResponse(bearer('second')))],
  ['sends a Query', (client) => client.send(message(0x51, Buffer.from('select 1\0')))],
  ['sends two dummies', (client) => client.send(dummy, dummy)],
])('a refused caller that %s instead of the dummy is refused for its token', async (_, say) => {
  const client = (await offered()).send(initialResponse(bearer('first')))
  await challenge(client)
  say(client)
  await expect
    .poll(() => doors.rejections(), { timeout: 3_000 })
    .toMatchObject([{ reason: 'TOKEN_MALFORMED' }])
  expect(doors.tokens()).toEqual(['first'])
})

test('a token as long as is allowed is taken, and one that is longer is refused as too large', async () => {
  const most = 'x'.repeat(limits.token.bytesMax)
  const client = (await offered()).send(initialResponse(bearer(most)))
  await challenge(client)
  expect(doors.tokens()).toEqual([most])
  for (const length of [limits.token.bytesMax + 1, 60_000]) {
    const long = (await offered()).send(initialResponse(bearer('x'.repeat(length))))
    expect(await long.refusal()).toMatchObject({ C: '28000', D: 'TOKEN_TOO_LARGE' })
  }
})

test('more than 64 KiB before authentication ends the connection', async () => {
  const client = (await offered()).send(initialResponse(bearer('x'.repeat(70_000))))
  expect((await client.untilClosed()).toString()).not.toContain('x'.repeat(16))
  expect(doors.rejections()).toContainEqual(expect.objectContaining({ reason: 'FRAME_TOO_LARGE' }))
})

test('no answer and no record holds any part of the token', async () => {
  const client = (await offered()).send(initialResponse(bearer('eyJtoken-secret')))
  await challenge(client)
  client.send(dummy)
  expect((await client.untilClosed()).toString()).not.toContain('secret')
  expect(JSON.stringify(doors.rejections())).not.toContain('secret')
})

test('without TLS a caller of another machine is refused before a mechanism is offered', async () => {
  doors.clientAddress = '192.0.2.7'
  const client = (await doors.open()).startup({ user: 'oauth' })
  expect(await client.refusal()).toMatchObject({ C: '28000', D: 'TOKEN_WITHOUT_TLS' })
})

test.each(['OAUTH', 'oauth ', 'ｏａｕｔｈ', 'oautħ', 'postgres', 'app'])(
  'the user name %j is asked for a password',
  async (user) => {
    const client = (await doors.open()).startup({ user, database: 'orders' })
    expect(await client.message()).toEqual({ type: 'R', body: uint32(3) })
  },
)

test('OAUTHBEARER works over TLS at once', async () => {
  const client = await doors.open()
  await client.upgrade({ alpn: ['postgresql'] })
  client.send(untypedMessage(requestCodes.startup32, Buffer.from('user\0oauth\0\0')))
  expect(await client.take(offer.length)).toEqual(offer)
  client.send(initialResponse(bearer('tls')))
  await challenge(client)
  expect(doors.tokens()).toEqual(['tls'])
})

/** All the ways in: versions of the protocol, TLS, the ways to give a token, keys for cancel requests, names without rights. */
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { issuerUrl } from './harness/issuer.ts'
import { createPlatform, readAllFiles, type Platform } from './harness/platform.ts'
import { RawPostgres, uint32, type ErrorFields } from './harness/raw-postgres.ts'
import { fillShop, taggedColumns } from './harness/shop.ts'
import { untilRunning } from './harness/until-running.ts'

let platform: Platform

beforeAll(async () => {
  platform = await createPlatform({
    columns: taggedColumns,
    prepare: async (target) => {
      await fillShop(target, 20)
    },
  })
  await platform.start()
})
afterAll(() => platform?.close())

const showLogs = () => onTestFailed(async () => console.log(await platform.logs()))
const tokens: string[] = []
async function good(group = 'everything'): Promise<string> {
  const token = await platform.issuer.token('job', [group], { run_id: 'front-door' })
  tokens.push(token)
  return token
}

type Way = {
  tls: 'none' | 'asked' | 'direct'
  version: number
  token: 'password' | 'bearer'
}

const open = ({ tls }: Way): Promise<RawPostgres> =>
  tls === 'none'
    ? RawPostgres.open(platform.ports.postgres)
    : RawPostgres.openTls(platform.ports.postgres, tls)

/** SASLInitialResponse. */
const initialResponse = (token: string): Buffer => {
  const data = Buffer.from(`n,,\x01auth=Bearer ${token}\x01\x01`)
  return Buffer.concat([Buffer.from('OAUTHBEARER\0'), uint32(data.length), data])
}

/** Returns the key for cancel requests. */
async function enter(client: RawPostgres, way: Way, token: string, user = 'raw'): Promise<Buffer> {
  const bearer = way.token === 'bearer'
  client.startup({ user: bearer ? 'oauth' : user, database: 'orders' }, way.version)
  expect((await client.until('R')).body.readUInt32BE(0)).toBe(bearer ? 10 : 3)
  client.message('p', bearer ? initialResponse(token) : `${token}\0`)
  expect((await client.until('R')).body).toEqual(uint32(0))
  const key = (await client.until('K')).body
  await client.until('Z')
  return key
}

async function value(client: RawPostgres, query: string): Promise<string> {
  client.message('Q', `${query}\0`)
  const { body } = await client.until('D')
  await client.until('Z')
  return body.toString('utf8', 6)
}

const ways: Way[] = (['none', 'asked', 'direct'] as const).flatMap((tls) =>
  [0x0003_0000, 0x0003_0002].flatMap((version) =>
    (['password', 'bearer'] as const).map((token) => ({ tls, version, token })),
  ),
)

describe.each(ways)('with TLS $tls, protocol $version and the token as $token', (way) => {
  test('a caller is in, and its statement is cancelled by its own key and no other', async () => {
    showLogs()
    const client = await open(way)
    const key = await enter(client, way, await good())
    // Process id and secret: 4 bytes of it in protocol 3.0, 32 from 3.2 on.
    expect(key).toHaveLength(way.version === 0x0003_0000 ? 8 : 36)
    expect(await value(client, 'select current_user')).toBe('app')

    const cancel = async (with_: Buffer): Promise<void> => {
      const request = await open(way)
      request.send(uint32(8 + with_.length), uint32(80877102), with_)
      expect(await request.closes()).toBe(true)
    }
    const wrong = Buffer.from(key)
    wrong[key.length - 1]! ^= 1
    client.message('Q', 'select pg_sleep(0.3)\0')
    await cancel(wrong)
    await client.until('D')
    await client.until('Z')
    client.message('Q', 'select pg_sleep(30)\0')
    await untilRunning(platform.target, 'select pg_sleep(30)')
    await cancel(key)
    expect(await client.error()).toMatchObject({ C: '57014' })
    await client.until('Z')
    expect(await value(client, 'select 1')).toBe('1')
    client.destroy()
  })
})

test.each([
  [0x0003_0001, 0x0003_0000, 8],
  [0x0003_270f, 0x0003_0002, 36],
])('protocol %i is answered with %i', async (asked, offered, keyBytes) => {
  showLogs()
  const client = await RawPostgres.open(platform.ports.postgres)
  client.startup({ user: 'raw', database: 'orders', '_pq_.of_the_test': '1' }, asked)
  const { body } = await client.until('v')
  expect(body.toString('latin1')).toBe(
    Buffer.concat([uint32(offered), uint32(1), Buffer.from('_pq_.of_the_test\0')]).toString('latin1'), // prettier-ignore
  )
  await client.until('R')
  client.message('p', `${await good()}\0`)
  expect((await client.until('K')).body).toHaveLength(keyBytes)
  client.destroy()
})

describe('a bearer token that is not accepted is challenged, and its reason told', () => {
  const refused: [string, string, () => Promise<string>][] = [
    ['expired', 'TOKEN_EXPIRED', () => platform.issuer.token('job', ['everything'], { exp: 1_700_000_000, iat: 1_600_000_000 })],
    ['for somebody else', 'TOKEN_AUDIENCE_MISMATCH', () => platform.issuer.token('job', ['everything'], { aud: 'other' })],
    ['of another issuer', 'TOKEN_ISSUER_UNKNOWN', () => platform.issuer.token('job', ['everything'], { iss: 'https://elsewhere.example' })],
    ['no token at all', 'TOKEN_MALFORMED', () => Promise.resolve('hunter2')],
    ['without a rule for it', 'PRINCIPAL_UNMATCHED', () => platform.issuer.token('job', ['everything'], { kind: 'stranger' })],
    ['missing', 'TOKEN_MISSING', () => Promise.resolve('')],
  ] // prettier-ignore

  test.each(refused)('%s: %s', async (_, code, make) => {
    showLogs()
    const client = await RawPostgres.open(platform.ports.postgres)
    client.startup({ user: 'oauth', database: 'orders' })
    await client.until('R')
    client.message('p', initialResponse(await make()))
    const { body } = await client.until('R')
    expect(body.readUInt32BE(0)).toBe(11)
    expect(JSON.parse(body.toString('utf8', 4))).toEqual({
      status: 'invalid_token',
      'openid-configuration': `${issuerUrl}/.well-known/openid-configuration`,
      scope: 'openid',
    })
    client.message('p', '\x01')
    expect(await client.error()).toMatchObject({ S: 'FATAL', C: '28000', D: code })
    expect(await client.closes()).toBe(true)
  })
})

test('a caller whom policy does not let in hears so behind OAUTHBEARER, too', async () => {
  const client = await RawPostgres.open(platform.ports.postgres)
  client.startup({ user: 'oauth', database: 'payroll' })
  await client.until('R')
  client.message('p', initialResponse(await good()))
  expect(await client.error()).toMatchObject({ C: '3D000', D: 'CONNECTION_UNKNOWN' })
})

test.each(['postgres', 'app', 'аpp', 'APP', "a'b", 'a"b', 'a b', 'a=b host=evil', "x' -- ", 'ünï'])(
  'the user name %j gives no right, and is recorded as asked for',
  async (user) => {
    showLogs()
    const client = await RawPostgres.open(platform.ports.postgres)
    const way: Way = { tls: 'none', version: 0x0003_0000, token: 'password' }
    await enter(client, way, await good('readers'), user)
    expect(await value(client, 'select session_user')).toBe('app')
    client.message('Q', 'drop table archive\0')
    expect(await client.error()).toMatchObject({ C: '42501' })
    client.destroy()
  },
)

test.each(['true', 'database', 'on', '1', 'yes', 'DATABASE'])(
  'a replication connection (%s) is refused before the token is asked for, and says so',
  async (replication) => {
    const client = await RawPostgres.open(platform.ports.postgres)
    client.startup({ user: 'raw', database: 'orders', replication })
    const fields: ErrorFields | undefined = await client.error()
    expect(fields).toMatchObject({ C: '0A000', D: 'FEATURE_UNSUPPORTED' })
    expect(fields?.['M']).toBe('replication connections are not supported')
  },
)

test('user names are on record as asked for, and tokens nowhere', async () => {
  showLogs()
  await platform.settle()
  const sessions = await platform.cliJson<{ requestedUser: string; clientTls: boolean }>([
    'sessions',
  ])
  const users = sessions.map(({ requestedUser }) => requestedUser)
  expect(users).toEqual(expect.arrayContaining(['postgres', 'app', 'аpp', "a'b", 'oauth']))
  expect(sessions.filter(({ clientTls }) => clientTls).length).toBeGreaterThanOrEqual(8)
  const files = await readAllFiles(platform.dataDirectory)
  // The signature is what makes a token one.
  for (const token of tokens) {
    const signature = token.split('.')[2] ?? ''
    for (const [path, bytes] of files) {
      if (bytes.includes(signature)) throw new Error(`${path} holds a token`)
    }
  }
  console.log(`${tokens.length} tokens, ${files.size} files`)
})

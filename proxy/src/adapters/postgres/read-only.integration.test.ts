/** Who may write nothing gets a session that cannot: through the whole proxy, at a real PostgreSQL. */
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readJournal, type Journal } from '@gatetrail/eventlog'
import { configurationSchema, decodeEventBody, decodeRecord } from '@gatetrail/schemas'
import { startProxy, type Proxy } from '../../start-proxy.ts'
import {
  allPostgresBinaries,
  startTestPostgres,
  type TestPostgres,
} from './testing/postgres-server.ts'
import { proxyGround, testIssuer, type ProxyGround } from './testing/proxy-ground.ts'

const policies = `
permit (principal, action == Action::"connect", resource);
permit (principal, action == Action::"execute", resource)
when { context has sql && ["read", "session"].containsAll(context.sql.effects) };
permit (principal in Group::"dba", action == Action::"execute", resource);
permit (principal in Group::"careful", action == Action::"execute", resource);
@approval("dba")
forbid (principal in Group::"careful", action == Action::"execute", resource)
when { context has sql && context.sql.effects.contains("write") && !context.approved };
`

describe.each(allPostgresBinaries)('before the PostgreSQL in %s', (binaries) => {
  let target: TestPostgres
  let directory = ''
  let ground: ProxyGround
  let journal: Journal
  let proxy: Proxy

  /** What a session of this group says of itself. */
  async function session(
    group: string,
    connection: string,
    options?: string,
  ): Promise<{ user: string; readOnly: string; path: string }> {
    const password = await ground.token('job', { groups: [group] })
    const client = new pg.Client({
      host: '127.0.0.1',
      port: Number(proxy.addresses.postgres?.split(':')[1]),
      user: 'job',
      database: connection,
      password,
      ssl: { rejectUnauthorized: false },
      ...(options === undefined ? {} : { options }),
    })
    await client.connect()
    const show = async (sql: string): Promise<string> => {
      const { rows } = await client.query<string[]>({ text: sql, rowMode: 'array' })
      return String(rows[0]?.[0])
    }
    const said = {
      user: await show('select current_user'),
      readOnly: await show('show transaction_read_only'),
      path: await show('show search_path'),
    }
    await client.end()
    return said
  }

  beforeAll(async () => {
    target = await startTestPostgres(
      ['host all app 127.0.0.1/32 trust', 'host all reader 127.0.0.1/32 scram-sha-256'],
      binaries,
    )
    await target.execute(`set password_encryption = 'scram-sha-256'; create role app login; create role reader login password 'may read';
      alter role reader set search_path = public, pg_catalog`)
    ground = await proxyGround(policies)
    ;({ directory, journal } = ground)
    const connection = {
      protocol: 'postgres',
      address: `127.0.0.1:${target.port}`,
      database: 'postgres',
    }
    const configuration = configurationSchema.parse({
      dataDir: directory,
      listen: { postgres: '127.0.0.1:0', operations: '127.0.0.1:0' },
      identity: {
        issuers: [
          {
            name: 'ci',
            issuer: testIssuer,
            audience: 'gatetrail',
            jwksFile: 'jwks.json',
            groups: { allow: ['ml-training', 'careful', 'dba'] },
            principals: [{ kind: 'ci_job' }],
          },
        ],
      },
      connections: [
        { ...connection, name: 'plain', credential: { user: 'app' } },
        {
          ...connection,
          name: 'orders',
          credential: { user: 'app', readOnly: { user: 'reader', password: { env: 'READER' } } },
        },
      ],
      policies: ['*.cedar'],
    })
    proxy = await startProxy(configuration, {
      configurationDirectory: directory,
      journal,
      log: pino({ level: 'silent' }),
      environment: { READER: 'may read' },
    })
  })
  afterAll(async () => {
    await proxy?.close()
    await ground?.close()
    await target?.stop()
  })

  test('who may only read is the read-only login, in read-only transactions, with its own search_path', async () => {
    expect(await session('ml-training', 'orders')).toEqual({
      user: 'reader',
      readOnly: 'on',
      path: 'public, pg_catalog',
    })
  })

  test('without such a login it is the usual one, read-only all the same', async () => {
    expect(await session('ml-training', 'plain')).toMatchObject({ user: 'app', readOnly: 'on' })
  })

  test.each(['-c default_transaction_read_only=off', '-c Default_Transaction_Read_Only=0'])(
    'the option %s at start-up does not switch it off',
    async (option) => {
      expect(await session('ml-training', 'plain', option)).toMatchObject({ readOnly: 'on' })
    },
  )

  test('who may write, if only with an approval, gets the usual session', async () => {
    const usual = { user: 'app', readOnly: 'off', path: '"$user", public' }
    expect(await session('dba', 'orders')).toEqual(usual)
    expect(await session('careful', 'orders')).toEqual(usual)
  })

  test('the record names the login that was used, and says which sessions are read-only', async () => {
    const users: string[] = []
    for await (const batch of readJournal(join(directory, 'journal'))) {
      for (const { header, body } of batch.records.map(decodeRecord)) {
        if (header.kind !== 'gatetrail.credential.issued') continue
        const { user, readOnly } = decodeEventBody(header.kind, body)
        users.push(readOnly === true ? `${user}, read-only` : user)
      }
    }
    const reading = 'app, read-only'
    expect(users).toEqual(['reader, read-only', reading, reading, reading, 'app', 'app'])
  })
})

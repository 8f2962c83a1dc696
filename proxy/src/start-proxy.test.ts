/** The whole data path: stock psql, a real token, Cedar policies, a real PostgreSQL, and the journal read back. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readJournal, type Journal } from '@gatetrail/eventlog'
import {
  configurationSchema,
  decodeChunk,
  decodeEventBody,
  decodeRecord,
  isChunk,
  type EventBody,
  type EventKind,
} from '@gatetrail/schemas'
import {
  proxyGround,
  testIssuer,
  type ProxyGround,
} from './adapters/postgres/testing/proxy-ground.ts'
import { RawClient } from './adapters/postgres/testing/raw-client.ts'
import {
  freePort,
  postgresBinaries,
  startTestPostgres,
  type TestPostgres,
} from './adapters/postgres/testing/postgres-server.ts'
import { message } from './adapters/postgres/messages.ts'
import { startProxy, type Proxy } from './start-proxy.ts'

const psql = existsSync('/usr/bin/psql') ? '/usr/bin/psql' : undefined
const policies = `
permit (principal, action == Action::"connect", resource)
when { principal in Group::"ml-training" || principal in Group::"fraud-desk" };
permit (principal, action == Action::"execute", resource)
when { context has sql && context.sql.complete && !context.sql.effects.isEmpty()
       && ["read", "session"].containsAll(context.sql.effects) };
permit (principal in Group::"fraud-desk", action == Action::"reveal", resource == DataClass::"US_SSN");
forbid (principal, action == Action::"execute", resource)
when { context has sql && context.sql.reads.contains("hidden.customers") };
`

/** `pg` tells of the connection's end as a second error. */
function firstError(client: pg.Client): Promise<Error> {
  return new Promise((resolve) => {
    client.on('error', resolve)
  })
}

describe.skipIf(postgresBinaries === undefined || psql === undefined)('the proxy', () => {
  let target: TestPostgres
  let directory = ''
  let ground: ProxyGround
  let journal: Journal
  let proxy: Proxy
  let port = 0

  const token = (claims: Record<string, unknown> = {}, expires = '5m'): Promise<string> =>
    ground.token('nightly', { groups: ['ml-training'], run: '42', ...claims }, expires)

  const configurationOf = (overrides: Record<string, unknown> = {}) =>
    configurationSchema.parse({
      dataDir: directory,
      listen: { postgres: '127.0.0.1:0', operations: '127.0.0.1:0' },
      identity: {
        issuers: [
          {
            name: 'ci',
            issuer: testIssuer,
            audience: 'gatetrail',
            jwksFile: 'jwks.json',
            groups: { allow: ['ml-training', 'fraud-desk', 'other'] },
            principals: [{ kind: 'ci_job', run: { provider: 'github', id: '/run' } }],
          },
        ],
      },
      connections: [
        {
          name: 'orders',
          protocol: 'postgres',
          address: `127.0.0.1:${target.port}`,
          database: 'postgres',
          credential: { user: 'app', password: { env: 'APP_PASSWORD' } },
          columns: { 'public.customers.ssn': 'US_SSN' },
        },
        {
          name: 'down',
          protocol: 'postgres',
          address: '127.0.0.1:1',
          database: 'x',
          credential: { user: 'app' },
        },
      ],
      policies: ['*.cedar'],
      ...overrides,
    })

  const start = (overrides: Record<string, unknown> = {}): Promise<Proxy> =>
    startProxy(configurationOf(overrides), {
      configurationDirectory: directory,
      journal,
      log: pino({ level: 'silent' }),
      environment: { APP_PASSWORD: 'upstream-secret' },
    })

  /** Runs psql through the proxy. `output` has both streams. */
  async function runPsql(
    sql: string,
    options: { password?: string; database?: string; environment?: Record<string, string> } = {},
  ): Promise<{ status: number; output: string }> {
    const environment = {
      PGHOST: '127.0.0.1',
      PGPORT: String(port),
      PGUSER: 'whoever',
      PGDATABASE: options.database ?? 'orders',
      PGPASSWORD: options.password ?? (await token()),
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: proxy.certificateFile,
      ...options.environment,
    }
    return new Promise((resolve) => {
      execFile(psql!, ['-X', '-At', '-c', sql], { env: environment }, (error, stdout, stderr) => {
        resolve({ status: error === null ? 0 : 1, output: stdout + stderr })
      })
    })
  }

  async function events<Kind extends EventKind>(kind: Kind): Promise<EventBody<Kind>[]> {
    const bodies: EventBody<Kind>[] = []
    for await (const batch of readJournal(join(directory, 'journal'))) {
      for (const { header, body } of batch.records.map(decodeRecord)) {
        if (header.kind === kind) bodies.push(decodeEventBody(kind, body))
      }
    }
    return bodies
  }

  beforeAll(async () => {
    target = await startTestPostgres(['host all app 127.0.0.1/32 scram-sha-256'])
    await target.execute(`
      create role app login password 'upstream-secret';
      create table customers (id int, name text, ssn text);
      insert into customers values (1, 'Ann', '219-09-9999'), (2, 'Bob', '457-55-5462');
      grant select on customers to app;
      create schema hidden;
      create table hidden.customers (id int, name text);
      grant usage on schema hidden to app;
      grant select on hidden.customers to app;
    `)
    ground = await proxyGround(policies)
    ;({ directory, journal } = ground)
    proxy = await start()
    port = Number(proxy.addresses.postgres?.split(':')[1])
  })
  afterAll(async () => {
    await proxy?.close()
    await ground?.close()
    await target?.stop()
  })

  test('psql reads through it, over verified TLS, and sees tagged columns masked, and names of people by the name of their column', async () => {
    const { status, output } = await runPsql('select id, name, ssn from customers order by id')
    expect(output).toBe('1|***|***-**-****\n2|***|***-**-****\n')
    expect(status).toBe(0)
  })

  test('a group that may see the data class sees it', async () => {
    const password = await token({ groups: ['fraud-desk'] })
    const { output } = await runPsql('select ssn from customers where id = 1', { password })
    expect(output).toBe('219-09-9999\n')
  })

  test('a statement that policy does not allow never reaches the target', async () => {
    const { status, output } = await runPsql('drop table customers')
    expect(status).toBe(1)
    expect(output).toContain('no policy allows it')
    expect(await target.log()).not.toContain('drop table')
  })

  test('the session is on record from its first word: who, which token, which credential, and no secret', async () => {
    await runPsql('select 1', { environment: { PGAPPNAME: 'a job' } })
    const opened = (await events('gatetrail.session.opened')).at(-1)
    expect(opened).toMatchObject({
      principal: { kind: 'ci_job', issuer: 'ci', subject: 'nightly', run: { id: '42' } },
      connection: 'orders',
      clientTls: true,
      requestedUser: 'whoever',
      applicationName: 'a job',
      policies: ['all.1'],
    })
    expect((await events('gatetrail.credential.issued')).at(-1)).toMatchObject({
      user: 'app',
      source: 'env',
      method: 'SCRAM-SHA-256',
      upstreamTls: false,
    })
    expect((await events('gatetrail.identity.verified')).at(-1)).toMatchObject({ issuer: 'ci' })
  })

  test('start-up frames are recorded in order, and authentication keeps type and length only', async () => {
    const chunks = []
    for await (const batch of readJournal(join(directory, 'journal'))) {
      for (const { header, body } of batch.records.map(decodeRecord)) {
        if (isChunk(header) && header.seq === 3) chunks.push(decodeChunk(body))
      }
    }
    const fragments = chunks.at(-1)?.fragments ?? []
    const types = fragments.map(({ type }) => (type === 0 ? '' : String.fromCharCode(type)))
    expect(types.join(' ')).toMatch(/^ R p R (S )+K Z$/)
    for (const { type, bytes, withheld, totalLength } of fragments) {
      const secret = ['R', 'p', 'K'].includes(String.fromCharCode(type))
      expect(withheld).toBe(secret)
      if (secret) expect(bytes).toHaveLength(0)
      expect(totalLength).toBeGreaterThan(0)
    }
  })

  test('neither a token nor the credential of the target is in the journal', async () => {
    const password = await token()
    await runPsql('select 1', { password })
    for await (const batch of readJournal(join(directory, 'journal'))) {
      for (const bytes of batch.records) {
        const text = Buffer.from(bytes).toString('latin1')
        expect(text).not.toContain('upstream-secret')
        expect(text).not.toContain(password.split('.')[2])
      }
    }
  })

  test.each<[string, () => Promise<Record<string, string>>, RegExp]>([
    ['an expired token', async () => ({ password: await token({}, '-10m') }), /TOKEN_EXPIRED/],
    ['no token at all', async () => ({ password: 'hunter2' }), /TOKEN_MALFORMED/],
    ['an unknown connection', async () => ({ database: 'nowhere' }), /CONNECTION_UNKNOWN/],
    ['a target that is down', async () => ({ database: 'down' }), /UPSTREAM_UNAVAILABLE/],
    [
      'a group without permission',
      async () => ({ password: await token({ groups: ['other'] }) }),
      /CONNECT_DENIED/,
    ],
  ])('%s is refused in words that psql shows', async (_, options, code) => {
    const { status, output } = await runPsql('select 1', await options())
    expect(status).toBe(1)
    expect(output).toMatch(/FATAL/)
    expect(output).toMatch(code)
  })

  test('settings at start-up arrive at the target, and others are refused by name', async () => {
    const environment = { PGOPTIONS: '-c search_path=pg_temp -c TimeZone=Asia/Tokyo' }
    const { output } = await runPsql('show search_path', { environment })
    expect(output).toBe('pg_temp\n')
    const refused = await runPsql('select 1', { environment: { PGOPTIONS: '-c role=postgres' } })
    expect(refused.output).toContain('"role"')
  })

  test('a search_path at start-up is no road past the policies', async () => {
    const environment = { PGOPTIONS: '-c search_path=hidden,public' }
    const read = await runPsql('select id from customers where id = 1', { environment })
    expect(read.status).toBe(1)
    expect(read.output).toContain('policy does not allow')
    const usual = { PGOPTIONS: '-c search_path=public' }
    expect(
      (await runPsql('select id from customers where id = 1', { environment: usual })).output,
    ).toBe('1\n')
  })

  test('drivers with the extended protocol work, and see the pid of the target', async () => {
    const client = new pg.Client({
      host: '127.0.0.1',
      port,
      user: 'x',
      database: 'orders',
      password: await token(),
      ssl: { rejectUnauthorized: false },
    })
    await client.connect()
    const result = await client.query('select pg_backend_pid() as pid, $1::int as one', [1])
    expect(result.rows).toEqual([{ pid: Reflect.get(client, 'processID'), one: 1 }])
    const masked = await client.query('select ssn from customers where id = $1', [1])
    expect(masked.rows).toEqual([{ ssn: '***-**-****' }])
    await client.end()
  })

  test('cancel reaches the statement of its session', async () => {
    const client = new pg.Client({
      host: '127.0.0.1',
      port,
      user: 'x',
      database: 'orders',
      password: await token(),
    })
    await client.connect()
    const startedAt = performance.now()
    const running = client.query('select pg_sleep(30)').then(
      () => 'finished',
      (error: { code: string }) => error.code,
    )
    await sleep(300)
    await cancel(client, port)
    expect(await running).toBe('57014')
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    await client.end()
  })

  test('policies that change count from the next statement on, and a bad file changes nothing', async () => {
    const client = new pg.Client({
      host: '127.0.0.1',
      port,
      user: 'x',
      database: 'orders',
      password: await token(),
    })
    await client.connect()
    await client.query('select 1')
    await writeFile(join(directory, 'all.cedar'), 'permit (principal, oops')
    expect(await proxy.reloadPolicies()).toMatchObject({ kind: 'refused' })
    await client.query('select 1')
    await writeFile(
      join(directory, 'all.cedar'),
      `${policies}\n@reason("closed today") forbid (principal, action == Action::"execute", resource);`,
    )
    expect(await proxy.reloadPolicies()).toMatchObject({ kind: 'loaded' })
    await expect(client.query('select 1')).rejects.toThrow('closed today')
    await client.end()
    await writeFile(join(directory, 'all.cedar'), policies)
    await proxy.reloadPolicies()
    const refused = (await events('gatetrail.policy.refused')).at(0)
    expect(refused).toMatchObject({ file: 'all.cedar', line: 1 })
  })

  test('a session of an issuer with endAtExpiry ends with its token', async () => {
    const base = configurationOf()
    const [ci] = base.identity.issuers
    const strict = await start({ identity: { issuers: [{ ...ci, endAtExpiry: true }] } })
    const client = new pg.Client({
      host: '127.0.0.1',
      port: Number(strict.addresses.postgres?.split(':')[1]),
      user: 'x',
      database: 'orders',
      password: await token({}, '4s'),
    })
    const failure = firstError(client)
    await client.connect()
    await client.query('select 1')
    expect(await failure).toMatchObject({ code: '57P01' })
    await strict.close()
  })

  test('operations tell health, readiness and figures', async () => {
    const base = `http://${proxy.addresses.operations}`
    expect((await fetch(`${base}/healthz`)).status).toBe(200)
    const readiness: unknown = await (await fetch(`${base}/readyz`)).json()
    expect(readiness).toMatchObject({ status: 'ready', reasons: [] })
    const metrics = await (await fetch(`${base}/metrics`)).text()
    expect(metrics).toMatch(/gatetrail_decisions_total\{action="execute",verdict="deny"\} [1-9]/)
    expect(metrics).toMatch(/gatetrail_sessions_opened_total\{connection="orders"\} [1-9]/)
    expect(metrics).toMatch(/gatetrail_rejections_total\{reason="TOKEN_EXPIRED"\} 1/)
    expect(metrics).toMatch(/gatetrail_event_loop_stall_seconds\{quantile="0.999"\} \d/)
    expect((await fetch(`${base}/nothing`)).status).toBe(404)
  })

  test('keys are made once, for this user alone', async () => {
    expect((await stat(join(directory, 'keys', 'fingerprint.key'))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(directory, 'keys', 'fingerprint.key'))).toHaveLength(32)
  })

  test('a port that is taken is named, and nothing is left behind', async () => {
    const taken = await freePort()
    const other = createServer().listen(taken, '127.0.0.1')
    await once(other, 'listening')
    await expect(
      start({ listen: { postgres: `127.0.0.1:${taken}`, operations: '127.0.0.1:0' } }),
    ).rejects.toMatchObject({ code: 'PORT_TAKEN' })
    other.close()
  })

  test('the twenty-first caller of one address that does not authenticate is turned away with 53300', async () => {
    const waiting: RawClient[] = []
    for (let count = 0; count < 20; count++) {
      waiting.push((await RawClient.open(port)).startup({ user: 'x' }))
    }
    await Promise.all(waiting.map((client) => client.message()))
    const late = await RawClient.open(port)
    expect(await late.refusal()).toMatchObject({ C: '53300', D: 'CONNECTIONS_EXHAUSTED' })
    for (const client of waiting) client.destroy()
    await sleep(50)
    expect((await runPsql('select 1')).output).toBe('1\n')
  })

  test('a client that leaves while its session is opened leaves no session behind', async () => {
    const before = (await events('gatetrail.session.opened')).length
    for (let count = 0; count < 10; count++) {
      const client = (await RawClient.open(port)).startup({ user: 'x', database: 'orders' })
      await client.message()
      client.send(message(0x70, Buffer.from(`${await token()}\0`)))
      await sleep(count * 2)
      client.destroy()
    }
    await sleep(500)
    const opened = (await events('gatetrail.session.opened')).length - before
    const metrics = await proxy.operations.metrics()
    expect(metrics.text).toContain('gatetrail_sessions{connection="orders"} 0')
    const closed = (await events('gatetrail.session.closed')).length
    expect(closed).toBe(before + opened)
  })

  test('while it drains sessions go on and can be cancelled, and nobody else is let in', async () => {
    const draining = await start()
    const at = Number(draining.addresses.postgres?.split(':')[1])
    const client = new pg.Client({
      host: '127.0.0.1',
      port: at,
      user: 'x',
      database: 'orders',
      password: await token(),
    })
    await client.connect()
    const running = client.query('select pg_sleep(60)').then(
      () => 'finished',
      (error: { code: string }) => error.code,
    )
    await sleep(300)
    const closed = draining.close({ drainMs: 120_000 })
    const late = await RawClient.open(at)
    late.startup({ user: 'x', database: 'orders' })
    expect(await late.refusal()).toMatchObject({ C: '57P03' })
    await cancel(client, at)
    expect(await running).toBe('57014')
    await client.end()
    await closed
    await expect(RawClient.open(at)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('close tells sessions that it shuts down, and refuses who comes after', async () => {
    const second = await start()
    const client = new pg.Client({
      host: '127.0.0.1',
      port: Number(second.addresses.postgres?.split(':')[1]),
      user: 'x',
      database: 'orders',
      password: await token(),
    })
    const failure = firstError(client)
    await client.connect()
    await client.query('select 1')
    const waiting = await RawClient.open(Number(second.addresses.postgres?.split(':')[1]))
    waiting.startup({ user: 'x' })
    await waiting.message()
    await second.close()
    expect(await failure).toMatchObject({ code: '57P01' })
    expect(await waiting.refusal()).toMatchObject({ C: '57P03' })
    expect((await events('gatetrail.session.closed')).at(-1)).toMatchObject({ reason: 'shutdown' })
  })
})

/** As PQcancel does: on a connection of its own. */
async function cancel(client: pg.Client, port: number): Promise<void> {
  const canceller = await RawClient.open(port)
  const keys = Buffer.alloc(16)
  keys.writeUInt32BE(16, 0)
  keys.writeUInt32BE(80877102, 4)
  keys.writeInt32BE(Number(Reflect.get(client, 'processID')), 8)
  keys.writeInt32BE(Number(Reflect.get(client, 'secretKey')), 12)
  canceller.send(keys)
}

/** Stock clients through the proxy: psql, pgbench, node-postgres; large data, cancel, TLS, and many sessions at once. */
import { createHash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { createPlatform, type Platform } from './harness/platform.ts'
import { chooseSeed, createRandom } from './harness/random.ts'
import { RawPostgres, uint32 } from './harness/raw-postgres.ts'
import { runProcess } from './harness/run-process.ts'
import { fillShop, taggedColumns } from './harness/shop.ts'

let platform: Platform
let token: string

beforeAll(async () => {
  platform = await createPlatform({
    columns: taggedColumns,
    prepare: async (target) => {
      await fillShop(target, 50)
      await target.direct(`
        set role app;
        create table numbers as select n as id, md5(n::text) as hash from generate_series(1, 20000) n;
        create table incoming (id integer, text text);
        create table large (id integer, text text);
        insert into large values (1, repeat('0123456789abcdef', 50 * 1024 * 64));
        create table tagged_rows (session integer, id integer, value text);
        insert into tagged_rows select s, n, 'session-' || s || '-row-' || n from generate_series(0, 199) s, generate_series(1, 60) n;
        create table pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
        create table pgbench_tellers (tid int not null primary key, bid int, tbalance int, filler char(84));
        create table pgbench_accounts (aid int not null primary key, bid int, abalance int, filler char(84));
        create table pgbench_branches (bid int not null primary key, bbalance int, filler char(88));
        insert into pgbench_branches values (1, 0);
        insert into pgbench_tellers select n, 1, 0 from generate_series(1, 10) n;
        insert into pgbench_accounts select n, 1, 0 from generate_series(1, 100000) n;`)
    },
  })
  await platform.start()
  token = await platform.issuer.token('client', ['readers', 'writers'], { run_id: 'clients' })
})
afterAll(() => platform?.close())

const showLogs = () => onTestFailed(async () => console.log(await platform.logs()))

async function connect(database = 'orders'): Promise<Client> {
  const client = new Client({
    host: '127.0.0.1',
    port: platform.ports.postgres,
    database,
    user: 'anybody',
    password: token,
  })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

test('psql shows the same through the proxy as without it, for types, errors, notices and meta-commands', async () => {
  showLogs()
  const script = [
    'select 1, null, true, 1.5::numeric, now() > $$2000-01-01$$, $$ä€😀$$, array[1,2], $${"a": 1}$$::jsonb;',
    'select * from numbers order by id limit 3;',
    'select count(*), min(id), max(hash) from numbers;',
    'select nothing;',
    'select 1 / 0;',
    'begin; select 1; rollback;',
    'set datestyle = german; show datestyle;',
    'select generate_series(1, 5) \\gx',
    'select id, hash from numbers order by id limit 2 \\g (format=csv)',
    '\\d numbers',
    '\\dt',
    'select 1 \\; select 2;',
    '\\copy (select id from numbers order by id limit 5) to pstdout',
  ].join('\n')
  const through = await platform.psql(token, ['-f', '-'], { input: script })
  const direct = await platform.psql(token, ['-f', '-'], {
    input: script,
    env: {
      PGPORT: String(platform.target.port),
      PGDATABASE: 'shop',
      PGUSER: 'app',
      PGPASSWORD: (await readFile(join(platform.directory, 'orders-password'), 'utf8')).trim(),
    },
  })
  expect(through.stdout).toBe(direct.stdout)
  expect(through.stderr).toBe(direct.stderr)
  console.log(`${through.stdout.length} bytes of stdout, ${through.stderr.length} of stderr, equal`)
  expect(through.stdout.length).toBeGreaterThan(1_000)
})

test('psql over TLS with sslmode=require works, and says so on record', async () => {
  showLogs()
  const { code, stdout, stderr } = await platform.psql(
    token,
    ['-At', '-c', '\\conninfo', '-c', 'select ssn from customers limit 1'],
    { env: { PGSSLMODE: 'require' } },
  )
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/SSL|TLS/)
  expect(stdout).toContain('***')
  await platform.settle()
  const sessions = await platform.cliJson<{ clientTls: boolean }>(['sessions'])
  expect(sessions[0]?.clientTls).toBe(true)
})

test.each(['simple', 'extended', 'prepared'])(
  'pgbench in %s mode finishes without an error, reading and writing',
  async (mode) => {
    showLogs()
    const env = { ...platform.clientEnvironment, PGPASSWORD: token }
    const run = (args: string[]) =>
      runProcess('pgbench', ['-n', '-M', mode, '-c', '4', '-t', '100', ...args], { env })
    for (const args of [['-S'], []]) {
      const { code, stdout, stderr } = await run(args)
      const done = /actually processed: (\d+)\/(\d+)/.exec(stdout)
      console.log(`${mode} ${args.join('')}: ${done?.[0]}`)
      expect([code, done?.[1]]).toEqual([0, '400'])
      expect(stderr).not.toMatch(/error/i)
    }
  },
)

test('\\copy in and out gives the same bytes, and their rows are counted', async () => {
  showLogs()
  const rows = Array.from({ length: 50_000 }, (_, id) => `${id}\trow ${id}\n`).join('')
  const copyIn = await platform.psql(token, ['-c', '\\copy incoming from pstdin'], { input: rows })
  expect([copyIn.code, copyIn.stderr, copyIn.stdout.trim()]).toEqual([0, '', 'COPY 50000'])
  const file = join(platform.directory, 'copied.txt')
  const copyOut = await platform.psql(token, ['-c', `\\copy incoming to '${file}'`])
  expect(copyOut.code).toBe(0)
  expect(await readFile(file, 'utf8')).toBe(rows)
  await rm(file)
  await platform.settle()
  const statements = await platform.cliJson<{ statement: string; rows: number }>(['statements'])
  const copies = statements.filter(({ statement }) => /copy\s+incoming/i.test(statement))
  expect(copies.map(({ rows }) => rows)).toEqual([50_000, 50_000])
  console.log(`${rows.length} bytes both ways`)
})

test('a value of 50 MB comes through as it is, and a masked one masked', async () => {
  showLogs()
  const client = await connect()
  const { rows } = await client.query<{ text: string }>('select text from large')
  const text = rows[0]?.text ?? ''
  expect(text.length).toBe(50 * 1024 * 1024)
  const expected = '0123456789abcdef'.repeat(50 * 1024 * 64)
  const hash = (value: string) => createHash('sha256').update(value).digest('hex')
  expect(hash(text)).toBe(hash(expected))
  const masked = await client.query<{ wide: string }>(
    'select repeat(ssn, 1000000) as wide from customers limit 1',
  )
  expect(masked.rows[0]?.wide).toMatch(/^\*[*-]*\*$/)
  await client.end()
  const pid = await platform.rolePid('proxy')
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const peakMb = Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024)
  console.log(`proxy memory at its peak so far: ${peakMb} MB`)
  expect(peakMb).toBeLessThan(400)
})

test('node-postgres: prepared statements, parameters, transactions, savepoints and errors between', async () => {
  showLogs()
  const client = await connect()
  for (let id = 1; id <= 200; id++) {
    const { rows } = await client.query<{ hash: string }>({
      name: `by-id-${id % 5}`,
      text: 'select hash from numbers where id = $1',
      values: [id],
    })
    expect(rows[0]?.hash).toHaveLength(32)
  }
  await client.query('begin')
  await client.query('insert into incoming values ($1, $2)', [-1, 'kept'])
  await client.query('savepoint s')
  await expect(client.query('select 1 / $1::int', [0])).rejects.toMatchObject({ code: '22012' })
  await client.query('rollback to s')
  await client.query('commit')
  const { rows } = await client.query('select text from incoming where id = $1', [-1])
  expect(rows).toEqual([{ text: 'kept' }])
  await client.end()
})

test('cursors: portals fetched in parts, and DECLARE, FETCH, MOVE, CLOSE', async () => {
  showLogs()
  const client = await RawPostgres.open(platform.ports.postgres)
  await client.login('orders', token)
  const zero = Buffer.of(0)
  const int16 = (value: number) => Buffer.of(value >> 8, value & 255)
  client.message('P', Buffer.concat([zero, Buffer.from('select id from numbers order by id\0'), int16(0)]))
  client.message('B', Buffer.concat([Buffer.from('part\0'), zero, int16(0), int16(0), int16(0)]))
  let rows = 0
  for (let part = 0; part < 3; part++) {
    client.message('E', Buffer.concat([Buffer.from('part\0'), uint32(100)]))
    client.message('H', '')
    for (;;) {
      const message = await client.next()
      if (message?.type === 'D') rows++
      else if (message?.type === 's') break
      else if (message === undefined || message.type === 'E') throw new Error('not suspended')
    }
  }
  client.message('S', '')
  await client.until('Z')
  expect(rows).toBe(300)
  client.destroy()

  const sql = await connect()
  await sql.query('begin')
  await sql.query('declare c scroll cursor for select id from numbers order by id')
  const first = await sql.query('fetch 10 from c')
  await sql.query('move 100 in c')
  const next = await sql.query('fetch next from c')
  await sql.query('close c')
  await sql.query('commit')
  await sql.end()
  expect([first.rows.length, next.rows]).toEqual([10, [{ id: 111 }]])
}) // prettier-ignore

test('a pipeline of 200 statements, one of them wrong, is answered in order', async () => {
  showLogs()
  const client = await RawPostgres.open(platform.ports.postgres)
  await client.login('orders', token)
  const zero = Buffer.of(0, 0)
  const query = (text: string) => {
    client.message('P', Buffer.concat([Buffer.from(`\0${text}\0`), zero]))
    client.message('B', Buffer.concat([Buffer.from('\0\0'), zero, zero, zero]))
    client.message('E', Buffer.concat([Buffer.from('\0'), uint32(0)]))
    client.message('S', '')
  }
  for (let one = 0; one < 200; one++) query(one === 77 ? 'select 1 / 0' : `select ${one}`)
  const seen: string[] = []
  for (let ready = 0; ready < 200; ) {
    const message = await client.next()
    if (message === undefined) throw new Error('closed')
    if (message.type === 'D') seen.push(message.body.subarray(6).toString())
    if (message.type === 'E') seen.push('error')
    if (message.type === 'Z') ready++
  }
  client.destroy()
  expect(seen).toEqual(Array.from({ length: 200 }, (_, one) => (one === 77 ? 'error' : `${one}`)))
}) // prettier-ignore

test('cancel ends the statement that it is for: psql by Ctrl-C, within 2 s', async () => {
  showLogs()
  const startedMs = Date.now()
  const { stderr } = await platform.psql(token, ['-c', 'select pg_sleep(30)'], {
    onStart: (pid) => {
      setTimeout(() => process.kill(pid, 'SIGINT'), 700)
    },
  })
  expect(stderr).toContain('canceling statement due to user request')
  expect(Date.now() - startedMs).toBeLessThan(3_000)
  await platform.settle()
  const statements = await platform.cliJson<{ statement: string; error: { sqlstate: string } | null }>(['statements']) // prettier-ignore
  const sleeping = statements.find(({ statement }) => statement.includes('pg_sleep'))
  expect(sleeping?.error?.sqlstate).toBe('57014')
})

test('200 sessions at once, many of them cancelled at random, never see a row of another session', async () => {
  showLogs()
  const random = createRandom(chooseSeed())
  let rowsSeen = 0
  let foreign = 0
  let cancelled = 0
  let failed = 0
  let turnedAway = 0
  const work = async (client: Client, number: number) => {
    const cancels: Promise<void>[] = []
    for (let round = 0; round < 4; round++) {
      const slow = random() < 0.3
      const delay = slow ? ', pg_sleep(0.02)' : ''
      const query = client.query<{ value: string }>(
        `select value${delay} from tagged_rows where session = $1 order by id`,
        [number],
      )
      // Some come too late, for the statement after it or for none.
      if (slow) cancels.push(sleep(random() * 1_500).then(() => cancel(client)))
      try {
        const { rows } = await query
        rowsSeen += rows.length
        for (const { value } of rows) if (!value.startsWith(`session-${number}-`)) foreign++
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === '57014') cancelled++
        else failed++
      }
    }
    await Promise.all(cancels)
    await client.end()
  }
  // 20 callers of one address may be unauthenticated at once: the others are told to come again in a moment.
  const connectPatiently = async () => {
    for (let attempt = 0; attempt < 100; attempt++) {
      try {
        return await connect()
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === '53300')) throw error
        turnedAway++
        await sleep(100 + random() * 300)
      }
    }
    throw new Error('turned away 100 times')
  }
  const cancel = async (client: Client) => {
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number }
    const raw = await RawPostgres.open(platform.ports.postgres).catch(() => undefined)
    raw?.send(uint32(16), uint32(80_877_102), uint32(processID), uint32(secretKey))
    raw?.socket.end()
  }
  const clients = await Promise.all(Array.from({ length: 200 }, connectPatiently))
  const results = await Promise.allSettled(clients.map(work))
  const broken = results.filter(({ status }) => status === 'rejected')
  console.log(
    `${results.length} sessions, ${rowsSeen} rows, ${cancelled} cancelled, ${failed} failed otherwise, ` +
      `${turnedAway} times told to come again, ${broken.length} broken, ${foreign} foreign rows`,
  )
  if (broken[0]?.status === 'rejected') console.log(broken[0].reason)
  expect(foreign).toBe(0)
  expect(broken.length).toBe(0)
  expect(failed).toBe(0)
  expect(rowsSeen).toBeGreaterThan(20_000)
  expect(cancelled).toBeGreaterThan(5)
})

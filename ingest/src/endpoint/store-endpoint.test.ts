import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:http'
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client'
import type { GatetrailError } from '@gatetrail/schemas'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openEmbeddedStore } from '../store/embedded-store.ts'
import { migrate } from '../store/migrate.ts'
import type { Store } from '../store/store.ts'
import { startStoreEndpoint, type StoreEndpoint } from './store-endpoint.ts'

type Read = { who: string; parameters: Record<string, string> }
let directory: string
let store: Store
let endpoint: StoreEndpoint
let client: ClickHouseClient
let reads: Read[] = []
let journalError: GatetrailError | undefined

const log = pino({ level: 'silent' })
const journal: Parameters<typeof startStoreEndpoint>[0]['journal'] = {
  system: Object.create(null),
  appendSystem: (_kind: string, body: unknown) => void reads.push(body as Read),
  afterWrite: (
    _session: unknown,
    _kind: unknown,
    then: (error: GatetrailError | undefined) => void,
  ) => then(journalError),
} as never

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-endpoint-'))
  store = await openEmbeddedStore(join(directory, 'chdb'))
  await migrate(store.write)
  await store.write.command({
    query: `INSERT INTO dead_letters_rows SELECT 'default', generateUUIDv7(), number, 'test', 'm', now(), 'x' FROM numbers(10)`,
  })
  endpoint = await startStoreEndpoint({
    listen: '127.0.0.1:0', user: 'reader', password: 'the password', directory: join(directory, 'chdb'), journal, log,
  }) // prettier-ignore
  client = createClient({
    url: `http://${endpoint.address}`, username: 'reader', password: 'the password', log: { level: ClickHouseLogLevel.OFF },
  }) // prettier-ignore
}, 120_000)
afterAll(async () => {
  await client.close()
  await endpoint.close()
  await store.close()
  await rm(directory, { recursive: true, force: true })
})
beforeEach(() => {
  reads = []
  journalError = undefined
})

async function ask(
  query: string,
  path = '/',
): Promise<{ status: number; code: string | null; text: string }> {
  const response = await fetch(`http://${endpoint.address}${path}`, {
    method: 'POST',
    body: query,
    headers: { 'X-ClickHouse-User': 'reader', 'X-ClickHouse-Key': 'the password' },
  })
  return {
    status: response.status,
    code: response.headers.get('x-clickhouse-exception-code'),
    text: await response.text(),
  }
}

const questions = [
  'SELECT count() FROM dead_letters',
  'SELECT sum(position) FROM dead_letters WHERE tenant = {tenant:String} AND position IN {some:Array(UInt64)}',
  'SELECT toStartOfInterval(time, INTERVAL 1 minute) AS t, countIf(position > 3), quantileExact(0.9)(position), uniqExactIf(position, 1) FROM dead_letters GROUP BY t ORDER BY t',
  'WITH a AS (SELECT position FROM dead_letters) SELECT max(position), argMaxIf(position, position, position > 1) FROM a',
  'SELECT * FROM system.tables WHERE database = currentDatabase() FORMAT JSON',
  'SELECT database, name, type FROM system.columns LIMIT 5',
  'SHOW TABLES',
  'SHOW DATABASES',
  'SHOW CREATE TABLE records',
  'DESCRIBE TABLE records',
  'EXPLAIN SELECT count() FROM records',
  'SELECT 1; -- the end',
  'SELECT (SELECT count() FROM dead_letters) + arraySum(x -> x * 2, [1, 2]), position, sum(position) OVER (PARTITION BY tenant) FROM dead_letters LIMIT 1 BY tenant',
  "SELECT JSONExtractString('{\"a\":1}', 'a'), CAST(1, 'Decimal(9, 2)'), 'file(x)', `position` FROM dead_letters WHERE message LIKE '%system.users%'",
]

test.each(questions)('answers %s', async (question) => {
  const answer = await ask(question, '/?param_tenant=default&param_some=%5B1%2C2%5D')
  expect([answer.status, answer.text.slice(0, 300)]).toEqual([200, expect.any(String)])
  expect(reads).toHaveLength(1)
})

const outfile = join(tmpdir(), `gatetrail-never-${process.pid}`)
const attempts = [
  "SELECT file('/etc/passwd')",
  "SELECT `file`('/etc/passwd')",
  'SELECT "file"(\'/etc/passwd\')',
  "SELECT FILE /* x */ ('/etc/passwd')",
  "SELECT arrayMap(file, ['/etc/passwd'])",
  "SELECT * APPLY file FROM (SELECT '/etc/passwd')",
  "SELECT * APPLY(file) FROM (SELECT '/etc/passwd')",
  "SELECT COLUMNS('a') APPLY(x -> file(x)) FROM (SELECT '/etc/passwd' AS a)",
  "SELECT '/etc/passwd' AS p, (SELECT file(p))",
  "SELECT 1 WHERE file('/etc/passwd') LIKE '%root%'",
  "SELECT * FROM file('/etc/passwd', 'LineAsString')",
  "SELECT * FROM (SELECT * FROM file('/etc/passwd', 'LineAsString'))",
  "SELECT * FROM '/etc/passwd'",
  'SELECT * FROM `/etc/passwd`',
  "SELECT 1 WHERE 1 IN (SELECT file('/etc/passwd') = '')",
  "SELECT * FROM view(SELECT file('/etc/passwd'))",
  "SELECT * FROM eval('SELECT file(\\'/etc/passwd\\')')",
  "SELECT * FROM viewIfPermitted(SELECT 1 ELSE null('x Int8'))",
  "SELECT * FROM merge('system', '^users$')",
  "SELECT * FROM cluster('default', system.one)",
  'SELECT * FROM loop(system.users)',
  "SELECT * FROM dictionary('x')",
  `SELECT 1 INTO OUTFILE '${outfile}'`,
  `SELECT 1 into /**/ outfile '${outfile}' FORMAT CSV`,
  `SELECT 1; SELECT 2 INTO OUTFILE '${outfile}'`,
  'SELECT 1; DROP TABLE records_rows',
  "SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString')",
  "SELECT * FROM remote('127.0.0.1', system.one)",
  "SELECT * FROM executable('id', 'TSV', 'a String')",
  "SELECT * FROM s3('http://127.0.0.1:9/x')",
  "SELECT * FROM sqlite('/tmp/x', 'y')",
  'INSERT INTO dead_letters_rows SELECT * FROM dead_letters',
  "INSERT INTO FUNCTION file('/tmp/x', 'CSV', 'a Int8') VALUES (1)",
  'DROP TABLE records_rows',
  'ALTER TABLE records_rows DELETE WHERE 1',
  'TRUNCATE TABLE records_rows',
  'CREATE TABLE x (a Int8) ENGINE = Memory',
  'CREATE TEMPORARY TABLE x (a Int8)',
  'CREATE FUNCTION f AS (x) -> file(x)',
  'SYSTEM SHUTDOWN',
  'KILL QUERY WHERE 1',
  'SET readonly = 0',
  'SET max_threads = 64',
  'USE system',
  'SELECT 1 SETTINGS readonly = 0',
  'SELECT 1 SETTINGS max_execution_time = 100000',
  'SELECT 1 SETTINGS allow_introspection_functions = 1',
  'SELECT * FROM system.users',
  'SELECT * FROM `system`.`processes`',
  'SELECT * FROM "system"."query_log"',
  'SELECT * FROM system /* x */ . processes',
  'SELECT * FROM system.stack_trace',
  'SELECT * FROM {db:Identifier}.processes',
  'SELECT * FROM {t:Identifier}',
  'SHOW PROCESSLIST',
  'SHOW USERS',
  'SHOW GRANTS',
  'SHOW ACCESS',
  "SELECT getMacro('x'), getServerSetting('max_threads')",
  'SELECT sleepEachRow(3) FROM numbers(100)',
  'SELECT addressToSymbol(0)',
  "SELECT aiGenerate('x', 'y')",
  "SELECT dictGet('x', 'y', 1)",
  "SELECT catboostEvaluate('/tmp/x', 1)",
  "BACKUP TABLE records TO File('/tmp/x')",
  'EXPLAIN INSERT INTO x SELECT 1',
  'SELECT 1 PARALLEL WITH SELECT 2',
  'EXECUTE AS x SELECT 1',
  "ATTACH TABLE x FROM '/tmp/y' (a Int8) ENGINE = Log",
  'BEGIN TRANSACTION',
  "DESCRIBE TABLE file('/etc/passwd', 'LineAsString')",
  'EXISTS TABLE system.users',
  'EXISTS TABLE `/etc/passwd`',
  'EXISTS TABLE records',
  "$$'$$ SELECT 1",
  "SELECT '",
]

test.each(attempts)('does not do %s', async (attempt) => {
  const answer = await ask(attempt, '/?param_t=system.users&param_db=system')
  expect(answer.status).not.toBe(200)
  expect(answer.text).not.toContain('root:')
  expect(answer.text).toMatch(/^Code: \d+\. DB::Exception/)
  await expect(access(outfile)).rejects.toThrow()
})

test.each([
  'max_execution_time=100000', 'max_memory_usage=0', 'max_threads=64', 'max_result_bytes=0', 'readonly=0', 'readonly=2',
])('keeps its own bound for ?%s', async (setting) => {
  const name = setting.split('=')[0]
  const answer = await ask(`SELECT name, value FROM system.settings WHERE name = '${name}'`, `/?${setting}`)
  const bounds: Record<string, string> = { max_execution_time: '60', max_memory_usage: '1073741824', max_threads: '2', max_result_bytes: '67108864', readonly: '1' }
  expect(answer.text.trim().replace(/^\w+\t|'/g, '')).toBe(bounds[name!])
}) // prettier-ignore

test.each([
  'allow_ddl=1',
  'format_schema=/etc/passwd:x',
  'format_template_row=/etc/passwd',
  'input_format_max_rows_to_read_for_schema_inference=1',
  'local_filesystem_read_method=read',
  'session_id=a',
  'database=system',
  'role=admin2&user=x',
  'external=1',
])('refuses ?%s', async (setting) => {
  expect((await ask('SELECT 1', `/?${setting}`)).status).not.toBe(200)
})

test('no setting makes the engine write a file of the machine', async () => {
  for (const format of ['Protobuf', 'ProtobufSingle']) {
    const path = `/?output_format_schema=${encodeURIComponent(outfile)}`
    const answer = await ask(`SELECT 1 AS a FORMAT ${format}`, path)
    expect([answer.status, answer.code]).toEqual([500, '164'])
  }
  await expect(access(outfile)).rejects.toThrow()
})

test('a table that comes along as a file, or in more than one part, is not taken', async () => {
  const form = new FormData()
  form.append('people', new Blob(['a\tb\n']))
  const response = await fetch(`http://${endpoint.address}/?query=SELECT%201%20FROM%20people&people_structure=a%20String`, {
    method: 'POST', body: form, headers: { Authorization: `Basic ${btoa('reader:the password')}` },
  }) // prettier-ignore
  expect(response.status).not.toBe(200)
})

test('a question is on record before its answer leaves, its personal data masked; what cannot be put on record is not answered', async () => {
  await ask(
    "SELECT count() FROM statements WHERE text = '536-90-4399' AND text = {mail:String}",
    '/?param_mail=jane.doe%40example.com',
  )
  expect(reads).toMatchObject([{ who: 'reader', role: 'store_reader', question: 'store.query' }])
  expect(JSON.stringify(reads)).not.toMatch(/536-90-4399|jane\.doe@example\.com/)
  journalError = new Error('full') as GatetrailError
  const answer = await ask('SELECT count() FROM dead_letters')
  expect(answer.status).toBe(500)
  expect(answer.text).not.toMatch(/^10\b/)
})

test('nobody gets in without the password, and a question over its bounds is ended', async () => {
  for (const headers of [
    {},
    { Authorization: 'Bearer x' },
    { Authorization: `Basic ${btoa('reader:wrong')}` },
    { 'X-ClickHouse-User': 'default' },
    {
      'X-ClickHouse-User': 'reader',
      'X-ClickHouse-Key': 'the password',
      Authorization: `Basic ${btoa('reader:wrong')}`,
    },
  ])
    expect(
      (
        await fetch(`http://${endpoint.address}/?query=SELECT%201`, {
          headers: headers as Record<string, string>,
        })
      ).status,
    ).toBe(403)
  expect(
    (
      await ask(
        'SELECT count() FROM numbers(9000000000) WHERE NOT ignore(sipHash64(number))',
        '/?max_execution_time=1',
      )
    ).code,
  ).toBe('159')
  expect(
    (
      await ask(
        "SELECT groupArray(repeat('x', 1000)) FROM numbers(10000000)",
        '/?max_memory_usage=50000000',
      )
    ).code,
  ).toBe('241')
  expect(
    (await ask('SELECT number FROM numbers(10000000) FORMAT JSON', '/?max_result_rows=1000')).code,
  ).toBe('396')
}, 60_000)

test('after too many wrong passwords of an address the right one is not looked at either', async () => {
  const guarded = await startStoreEndpoint({
    listen: '127.0.0.1:0', user: 'reader', password: 'right', directory: join(directory, 'chdb'), journal, log,
  }) // prettier-ignore
  const login = async (password: string) => {
    const headers = { Authorization: `Basic ${btoa(`reader:${password}`)}` }
    return (await fetch(`http://${guarded.address}/?query=SELECT%201`, { headers })).status
  }
  expect(await login('right')).toBe(200)
  for (let attempt = 0; attempt < 20; attempt++) expect(await login(`wrong ${attempt}`)).toBe(403)
  expect(await login('right')).toBe(403)
  await guarded.close()
})

test('who has gone while it waited for its turn is not answered any more, nor put on record', async () => {
  const long = 'SELECT count() FROM numbers(9000000000) WHERE NOT ignore(sipHash64(number))'
  const running = [1, 2].map(() => ask(long, '/?max_execution_time=3'))
  await expect.poll(() => reads.length, { timeout: 20_000 }).toBe(2)
  const gone = new AbortController()
  const headers = { 'X-ClickHouse-User': 'reader', 'X-ClickHouse-Key': 'the password' }
  const waiting = fetch(`http://${endpoint.address}/?query=SELECT%201`, {
    headers,
    signal: gone.signal,
  })
  setTimeout(() => gone.abort(), 500)
  await expect(waiting).rejects.toThrow()
  await Promise.all(running)
  expect((await ask('SELECT 1')).text).toBe('1\n')
  expect(reads).toHaveLength(3)
}, 60_000)

test('the client of ClickHouse reads rows through it, and ingest writes meanwhile', async () => {
  const answer = await client.query({
    query: 'SELECT count() AS n FROM dead_letters',
    format: 'JSONEachRow',
  })
  expect(await answer.json()).toEqual([{ n: 10 }])
  await store.write.command({
    query:
      "INSERT INTO dead_letters_rows SELECT 'default', generateUUIDv7(), 10, 'test', 'm', now(), 'x'",
  })
  expect((await ask('SELECT count() FROM dead_letters')).text).toBe('11\n')
})

test('an empty password does not start it, and a taken port says so', async () => {
  const options = {
    listen: endpoint.address,
    user: 'reader',
    directory: join(directory, 'chdb'),
    journal,
    log,
  }
  await expect(startStoreEndpoint({ ...options, password: '' })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  })
  const taken = createServer().listen(0, '127.0.0.1')
  await expect(startStoreEndpoint({ ...options, password: 'x' })).rejects.toMatchObject({
    code: 'PORT_TAKEN',
  })
  taken.close()
})

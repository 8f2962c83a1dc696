import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startClickHouse, type TestClickHouse } from '../testing/start-click-house.ts'

const users = [
  { name: 'writer', password: 'w' },
  { name: 'reader', password: 'r', readOnly: true },
]
let server: TestClickHouse
let client: ClickHouseClient

const connectAs = (username: string, password: string, database = 'gatetrail') =>
  createClient({
    url: server.url,
    username,
    password,
    database,
    request_timeout: 60_000,
    log: { level: ClickHouseLogLevel.OFF },
  })

beforeAll(async () => {
  server = await startClickHouse({ users })
  client = connectAs('writer', 'w')
}, 120_000)
afterAll(async () => {
  await client.close()
  await server.stop()
})

async function post(
  path: string,
  body: string | Buffer = '',
  headers: Record<string, string> = {},
) {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers: { 'X-ClickHouse-User': 'writer', 'X-ClickHouse-Key': 'w', ...headers },
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

test('the client of ClickHouse inserts and reads back, with parameters and settings of its own', async () => {
  await client.command({
    query:
      'CREATE TABLE people (id UInt32, name String, born Nullable(Date)) ENGINE = MergeTree ORDER BY id',
  })
  const inserted = await client.insert({
    table: 'people',
    values: [
      { id: 1, name: "O'Neill\n\t\\", born: null },
      { id: 2, name: 'Zoë', born: '2001-02-03' },
    ],
    format: 'JSONEachRow',
  })
  expect(inserted.summary?.written_rows).toBe('2')
  const answer = await client.query({
    query:
      'SELECT * FROM people WHERE name IN {names:Array(String)} AND id >= {low:UInt32} ORDER BY id',
    query_params: { names: ["O'Neill\n\t\\", 'Zoë'], low: 1 },
    clickhouse_settings: { max_threads: 1 },
    format: 'JSON',
  })
  const { data, rows } = await answer.json<{ name: string }>()
  expect([rows, data]).toEqual([
    2,
    [
      { id: 1, name: "O'Neill\n\t\\", born: null },
      { id: 2, name: 'Zoë', born: '2001-02-03' },
    ],
  ])
  // What one statement sets is unknown to the next.
  expect(
    (await post('/', "SELECT value FROM system.settings WHERE name = 'max_threads' AND changed"))
      .text,
  ).toBe('')
})

test('arbitrary bytes in RowBinary arrive as they were sent, packed or not', async () => {
  await client.command({
    query: 'CREATE TABLE bytes (value String) ENGINE = MergeTree ORDER BY value',
  })
  const value = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
  const row = Buffer.concat([Buffer.from([0x80, 0x02]), value])
  const insert =
    '/?database=gatetrail&query=' + encodeURIComponent('INSERT INTO bytes FORMAT RowBinary')
  expect((await post(insert, row)).status).toBe(200)
  expect((await post(insert, gzipSync(row), { 'Content-Encoding': 'gzip' })).status).toBe(200)
  const inBody = Buffer.concat([
    Buffer.from('INSERT INTO bytes (value) SETTINGS max_threads = 1 FORMAT RowBinary\n'),
    row,
  ])
  expect((await post('/?database=gatetrail', inBody)).status).toBe(200)
  const answer = await post(
    '/?database=gatetrail',
    'SELECT hex(value), count() FROM bytes GROUP BY ALL',
  )
  expect(answer.text).toBe(`${value.toString('hex').toUpperCase()}\t3\n`)
})

test('a wrong password is answered with exception 516, and not told from an unknown user', async () => {
  for (const headers of [
    { 'X-ClickHouse-User': 'writer', 'X-ClickHouse-Key': 'wrong' },
    { 'X-ClickHouse-User': 'nobody', 'X-ClickHouse-Key': 'w' },
  ]) {
    const answer = await post('/', 'SELECT 1', headers)
    expect([answer.status, answer.headers.get('x-clickhouse-exception-code')]).toEqual([403, '516'])
    expect(answer.text).toContain('(AUTHENTICATION_FAILED)')
  }
  const other = connectAs('writer', 'wrong')
  await expect(other.query({ query: 'SELECT 1' })).rejects.toMatchObject({
    code: '516',
    type: 'AUTHENTICATION_FAILED',
  })
  await other.close()
})

test('a user who may only read changes neither rows nor settings', async () => {
  const reader = connectAs('reader', 'r')
  expect(
    await (
      await reader.query({ query: 'SELECT count() AS n FROM people', format: 'JSONEachRow' })
    ).json(),
  ).toEqual([{ n: 2 }])
  for (const query of [
    'DROP TABLE people',
    'SELECT 1 SETTINGS max_threads = 3',
    "INSERT INTO people SELECT 3, 'x', NULL",
  ])
    await expect(reader.command({ query })).rejects.toMatchObject({ type: 'READONLY' })
  await reader.close()
})

test('an exception after the first rows reaches the client as one', async () => {
  const answer = await client.query({
    query: "SELECT number, throwIf(number = 300000, 'the end') FROM numbers(1000000)",
    format: 'JSONEachRow',
    clickhouse_settings: { max_block_size: '10000', output_format_json_quote_64bit_integers: 0 },
  })
  let rows = 0
  const reading = (async () => {
    for await (const part of answer.stream()) rows += part.length
  })()
  await expect(reading).rejects.toMatchObject({ code: '395' })
  expect(rows).toBeGreaterThan(0)
})

test('an answer of any size streams, whole, in bounded memory', async () => {
  const response = await fetch(`${server.url}/?enable_http_compression=1`, {
    method: 'POST',
    body: 'SELECT number, randomPrintableASCII(100) FROM numbers(1000000) FORMAT TSV',
    headers: { Authorization: `Basic ${btoa('writer:w')}`, 'Accept-Encoding': 'identity' },
  })
  let bytes = 0
  for await (const part of response.body!) bytes += (part as Uint8Array).length
  expect(bytes).toBeGreaterThan(100_000_000)
})

test('statements come in the URL, in the body or in both; answers are packed when asked for', async () => {
  expect((await post('/?query=SELECT%201%2B', '1 AS x FORMAT JSONEachRow')).text).toBe('{"x":2}\n')
  expect(
    (
      await post(
        '/?default_format=CSV&param_a=it%5C%27s&database=system',
        'SELECT {a:String}, currentDatabase()',
      )
    ).text,
  ).toBe(`"it's","system"\n`)
  const response = await fetch(
    `${server.url}/?query=SELECT%2042&user=writer&password=w&query_id=mine&enable_http_compression=1`,
    { headers: { 'Accept-Encoding': 'gzip' } },
  )
  expect([response.headers.get('x-clickhouse-query-id'), await response.text()]).toEqual([
    'mine',
    '42\n',
  ])
  const packed = await rawGet(
    `/?query=SELECT%2042&user=writer&password=w&enable_http_compression=1`,
  )
  expect(gunzipSync(packed).toString()).toBe('42\n')
})

test('errors have the status and code that a server gives them', async () => {
  const answers = await Promise.all(
    ['SELEC 1', 'SELECT * FROM nowhere', 'SELECT nothing', "SELECT toUInt8('x')", ''].map((query) =>
      post('/', query),
    ),
  )
  expect(answers.map(({ status, headers }) => [status, headers.get('x-clickhouse-exception-code')])).toEqual([
    [400, '62'], [404, '60'], [404, '47'], [400, '6'], [400, '62'],
  ]) // prettier-ignore
  expect(
    (await post('/?no_such_setting=1', 'SELECT 1')).headers.get('x-clickhouse-exception-code'),
  ).toBe('115')
})

test('a statement ends when its client goes, and none runs longer than its setting', async () => {
  const gone = new AbortController()
  const query = 'SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))'
  const asked = client.query({ query, abort_signal: gone.signal })
  const running = async () =>
    Number(
      (
        await post(
          '/',
          "SELECT count() FROM system.processes WHERE query LIKE '%sipHash64%' AND query NOT LIKE '%processes%'",
        )
      ).text,
    )
  await expect.poll(running, { timeout: 30_000 }).toBe(1)
  gone.abort()
  await expect(asked).rejects.toThrow()
  await expect.poll(running, { timeout: 30_000 }).toBe(0)
  await expect(
    client
      .query({ query, clickhouse_settings: { max_execution_time: 1 } })
      .then((answer) => answer.text()),
  ).rejects.toMatchObject({ type: 'TIMEOUT_EXCEEDED' })
})

test('what was acknowledged before a kill is there after a restart; what was cut off is there whole or not at all', async () => {
  await client.command({
    query:
      'CREATE TABLE kept (n UInt64) ENGINE = MergeTree ORDER BY n SETTINGS fsync_after_insert = 1, fsync_part_directory = 1',
  })
  await client.insert({ table: 'kept', values: [{ n: 1 }], format: 'JSONEachRow' })
  const asked = client
    .command({ query: 'INSERT INTO kept SELECT number + 10 FROM numbers(100000000)' })
    .catch((error: unknown) => error)
  await sleep(300)
  await server.kill()
  expect(await asked).toBeInstanceOf(Error)
  await server.restart()
  const kept = await post('/?database=gatetrail', 'SELECT countIf(n = 1) FROM kept')
  expect(kept.text).toBe('1\n')
}, 120_000)

test('the interface refuses what it is told to refuse, and stands still while paused', async () => {
  server.refuse(/INSERT/, { code: 252, name: 'TOO_MANY_PARTS' })
  await expect(
    client.insert({ table: 'kept', values: [{ n: 2 }], format: 'JSONEachRow' }),
  ).rejects.toMatchObject({ type: 'TOO_MANY_PARTS' })
  server.refuse()
  await client.insert({ table: 'kept', values: [{ n: 2 }], format: 'JSONEachRow' })
  server.pause()
  const asked = post('/', 'SELECT 1')
  expect(await Promise.race([asked, sleep(300, 'waiting')])).toBe('waiting')
  server.resume()
  expect((await asked).text).toBe('1\n')
})

/** The body as it came, still packed. */
async function rawGet(path: string): Promise<Buffer> {
  const asked = request(`${server.url}${path}`, { headers: { 'Accept-Encoding': 'gzip' } }).end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startClickHouse, type TestClickHouse } from '../testing/start-click-house.ts'
import { deadLettersTable } from '../tables/records.ts'
import { migrate } from './migrate.ts'
import { openReadStore, openServerStore, type ServerStoreSettings } from './server-store.ts'
import { runCommand, selectRows, type Store } from './store.ts'
import { RowBuffer } from './table.ts'

const password = 'p4ss/word&%'
let server: TestClickHouse
let settings: ServerStoreSettings
let store: Store

beforeAll(async () => {
  server = await startClickHouse({
    users: [
      { name: 'gatetrail', password },
      { name: 'reader', password: 'r', readOnly: true },
    ],
  })
  settings = {
    url: server.url,
    user: 'gatetrail',
    password,
    reader: { user: 'reader', password: 'r' },
    database: 'gatetrail',
  }
  store = await openServerStore(settings)
  await migrate(store.write, store.target)
}, 180_000)
afterAll(async () => {
  await store.close()
  await server.stop()
})

const writer = '018f0000-0000-7000-8000-000000000001'

function letters(from: number, count: number, bytes = Buffer.from([0, 255, 10, 39, 92])) {
  const rows = new RowBuffer(deadLettersTable)
  for (let position = from; position < from + count; position++)
    rows.add({
      tenant: 'default',
      writer,
      position,
      reason: 'test',
      message: 'ü',
      time: 1_000_000,
      bytes,
    })
  return rows
}

const positions = async () =>
  (await selectRows(store.read, 'SELECT position FROM dead_letters ORDER BY position')).map(
    ({ position }) => Number(position),
  )

test('a batch arrives whole, byte for byte, also when it is sent twice', async () => {
  const batch = letters(0, 3)
  await store.insert(batch)
  await store.insert(batch)
  expect(await positions()).toEqual([0, 1, 2])
  expect(
    await selectRows(store.read, 'SELECT DISTINCT hex(bytes) AS bytes, message FROM dead_letters'),
  ).toEqual([{ bytes: '00FF0A275C', message: 'ü' }])
  await store.write.command({ query: 'TRUNCATE TABLE dead_letters_rows' })
})

test('who asks questions cannot write; without a reader the writer asks them', async () => {
  await expect(runCommand(store.read, 'TRUNCATE TABLE dead_letters_rows')).rejects.toMatchObject({
    code: 'STORE_REFUSED',
  })
  const { reader: _, ...alone } = settings
  const read = await openReadStore(alone)
  expect(await selectRows(read.read, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  await read.close()
})

test('what cannot succeed is refused with its reason; what may succeed later is unavailable', async () => {
  const cases = [
    [60, 'UNKNOWN_TABLE', 'STORE_REFUSED'],
    [497, 'ACCESS_DENIED', 'STORE_REFUSED'],
    [53, 'TYPE_MISMATCH', 'STORE_REFUSED'],
    [252, 'TOO_MANY_PARTS', 'STORE_UNAVAILABLE'],
    [241, 'MEMORY_LIMIT_EXCEEDED', 'STORE_UNAVAILABLE'],
    [285, 'TOO_FEW_LIVE_REPLICAS', 'STORE_UNAVAILABLE'],
    [319, 'UNKNOWN_STATUS_OF_INSERT', 'STORE_UNAVAILABLE'],
    [999, 'KEEPER_EXCEPTION', 'STORE_UNAVAILABLE'],
  ] as const
  for (const [code, name, expected] of cases) {
    server.refuse(/INSERT/, { code, name })
    await expect(store.insert(letters(0, 1))).rejects.toMatchObject({
      code: expected,
      message: expect.stringContaining(name),
    })
  }
  server.refuse()
  await expect(runCommand(store.write, 'SELECT nothing')).rejects.toMatchObject({
    code: 'STORE_REFUSED',
  })
})

test('a wrong password is refused, and stands in no error', async () => {
  const wrong = await openServerStore({ ...settings, password: 'secret-guess' })
  const error = await wrong.insert(letters(0, 1)).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'STORE_REFUSED', hint: expect.stringContaining('password') })
  const told =
    JSON.stringify(error, Object.getOwnPropertyNames(error)) +
    String(error instanceof Error ? error.cause : '')
  expect(told).not.toContain('secret-guess')
  expect(told).not.toContain(Buffer.from('gatetrail:secret-guess').toString('base64'))
  await wrong.close()
})

test('a server that stands still is given up after the time-out, and used again when it goes on', async () => {
  const hasty = await openServerStore({ ...settings, requestTimeoutMs: 500 })
  server.pause()
  await expect(hasty.insert(letters(0, 1))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  server.resume()
  await expect
    .poll(
      () =>
        hasty.insert(letters(0, 1)).then(
          () => 'stored',
          () => 'not yet',
        ),
      { timeout: 30_000 },
    )
    .toBe('stored')
  await hasty.close()
  await store.write.command({ query: 'TRUNCATE TABLE dead_letters_rows' })
})

test('killed in the middle of inserts, the server has every batch that it acknowledged, and of the others all rows or none', async () => {
  const acknowledged = new Set<number>()
  const batchRows = 2_000
  const bytes = Buffer.alloc(1_000, 7)
  const inserting = (async () => {
    for (let batch = 0; batch < 200; batch++) {
      try {
        await store.insert(letters(batch * batchRows, batchRows, bytes))
      } catch (error) {
        expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' })
        return
      }
      acknowledged.add(batch)
    }
  })()
  await sleep(400)
  await server.kill()
  await inserting
  await server.restart()
  const batches = await selectRows(
    store.write,
    `SELECT intDiv(position, ${batchRows}) AS batch, count() AS rows FROM dead_letters GROUP BY batch ORDER BY batch`,
  )
  expect(batches.every(({ rows }) => Number(rows) === batchRows)).toBe(true)
  expect(batches.length).toBeGreaterThanOrEqual(acknowledged.size)
  expect(acknowledged.size).toBeGreaterThan(0)
}, 120_000)

test('over TLS a server is believed by the configured authority only', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'gatetrail-store-tls-'))
  const keyFile = join(directory, 'key.pem')
  const caFile = join(directory, 'certificate.pem')
  await promisify(execFile)('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost', '-keyout', keyFile, '-out', caFile,
  ]) // prettier-ignore
  const front = createServer(
    { key: await readFile(keyFile), cert: await readFile(caFile) },
    (socket) => {
      const upstream = connect(server.port, '127.0.0.1')
      socket.on('error', () => upstream.destroy()).pipe(upstream)
      upstream.on('error', () => socket.destroy()).pipe(socket)
    },
  )
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
  const bound = front.address()
  const url = `https://localhost:${typeof bound === 'object' ? bound?.port : 0}`
  try {
    const trusting = await openServerStore({ ...settings, url, caFile })
    expect(await selectRows(trusting.write, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await trusting.close()
    const doubting = await openServerStore({ ...settings, url })
    await expect(selectRows(doubting.write, 'SELECT 1')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
    await doubting.close()
  } finally {
    front.close()
    await rm(directory, { recursive: true })
  }
}, 60_000)

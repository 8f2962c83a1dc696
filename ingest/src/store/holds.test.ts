import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openEmbeddedStore } from './embedded-store.ts'
import { applyHolds, loadHolds } from './holds.ts'
import { prepareStore } from './prepare-store.ts'
import { applyRetention } from './retention.ts'
import { runCommand, selectRows, type Store } from './store.ts'

const log = pino({ level: 'silent' })
const days = { records: 30, contents: 60, statements: 90 }
/** UUIDv7 of 2026-01-01 00:00. */
const session = (last: string) => `019b76da-a800-7000-8000-00000000000${last}`
const system = session('f')
let directory: string
let store: Store

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-holds-'))
  store = await openEmbeddedStore(join(directory, 'chdb'), { retentionDays: days })
  await prepareStore(store, log)
}, 120_000)
afterAll(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

/** A session with one event, stored so many days ago. */
async function put(last: string, daysAgo: number, principal = 'ci#somebody'): Promise<void> {
  const id = `'${session(last)}'`
  const stored = `now() - INTERVAL ${daysAgo} DAY`
  const time = "toDateTime64('2026-01-01 00:00:00', 6, 'UTC')"
  await runCommand(
    store.write,
    `INSERT INTO records_rows (tenant, session, seq, writer, position, kind, kind_code, version, time, offset_micros, leaf_hash, length, stored, bytes, row_version)
    VALUES ('default', ${id}, 0, ${id}, 0, 'gatetrail.audit.read', 7, 1, ${time}, 0, repeat('h', 32), 5, ${stored}, 'bytes', 1)`,
  )
  await runCommand(
    store.write,
    `INSERT INTO events_rows (tenant, session, seq, writer, kind, version, time, body, stored, row_version)
    VALUES ('default', ${id}, 0, ${id}, 'gatetrail.audit.read', 1, ${time}, '{}', ${stored}, 1)`,
  )
  await runCommand(
    store.write,
    `INSERT INTO sessions_rows (tenant, session, writer, state, time, principal, last_time, stored, row_version)
    VALUES ('default', ${id}, ${id}, 'closed', ${time}, '${principal}', ${time}, ${stored}, 1)`,
  )
}

async function say(kind: 'placed' | 'lifted', body: object, seq: number): Promise<void> {
  await runCommand(
    store.write,
    `INSERT INTO events_rows (tenant, session, seq, writer, kind, version, time, body, stored, row_version)
    VALUES ('default', '${system}', ${seq}, '${system}', 'gatetrail.hold.${kind}', 1, now(), '${JSON.stringify(body)}', now(), 1)`,
  )
}

async function settled(): Promise<void> {
  await expect
    .poll(async () => selectRows(store.write, 'SELECT * FROM system.mutations WHERE NOT is_done'), {
      timeout: 60_000,
    })
    .toEqual([])
  for (const table of ['records_rows', 'events_rows', 'sessions_rows'])
    await runCommand(store.write, `OPTIMIZE TABLE ${table} FINAL`)
}

const hold = async () =>
  applyHolds(store, store.target, 'default', await loadHolds(store.write, 'default'))
const kept = async (last: string) => {
  const of = (table: string, what: string) =>
    selectRows(store.read, `SELECT ${what} AS n FROM ${table} WHERE session = '${session(last)}'`)
  const [[records], [events], [sessions], [leaf]] = await Promise.all([
    of('records', "countIf(bytes = 'bytes')"), of('events', "countIf(kind = 'gatetrail.audit.read')"), of('sessions', 'count()'), of('records', "countIf(leaf_hash = repeat('h', 32))"),
  ]) // prettier-ignore
  return [records, events, sessions, leaf].map((row) => Number(row?.['n']))
}
const id = (last: string) => `0b8f7a52-6d3e-4c10-9a51-3f2f4be0a00${last}`

test('bytes, events and sessions expire each after its days, and leaf hashes never', async () => {
  await put('1', 10)
  await put('2', 40)
  await put('3', 70)
  await put('4', 100)
  await settled()
  expect(await kept('1')).toEqual([1, 1, 1, 1])
  expect(await kept('2')).toEqual([0, 1, 1, 1])
  expect(await kept('3')).toEqual([0, 0, 1, 1])
  expect(await kept('4')).toEqual([0, 0, 0, 1])
}, 120_000)

test('nothing of a held session expires while a hold names it, by whatever it is named, and all of it when none does', async () => {
  await put('5', 20)
  await put('6', 20, 'ci#held')
  await put('7', 20, 'ci#free')
  await say('placed', { hold: id('1'), who: 'local', reason: 'a', session: session('5') }, 1)
  await say(
    'placed',
    { hold: id('2'), who: 'local', reason: 'b', principal: 'ci#held', fromMicros: 0 },
    2,
  )
  await say(
    'placed',
    { hold: id('3'), who: 'local', reason: 'c', session: session('5'), principal: 'ci#other' },
    3,
  )
  expect((await hold()).map(({ table, held }) => [table, held])).toEqual([
    ['records_rows', 2],
    ['events_rows', 3],
    ['sessions_rows', 2],
  ])
  await settled()
  // As if their time had come: rows keep for a day.
  const shorter = { ...store.target, retentionDays: { records: 1, contents: 1, statements: 1 } }
  expect(await applyRetention(store.write, shorter)).toHaveLength(6)
  await settled()
  expect(await kept('5')).toEqual([1, 1, 1, 1])
  expect(await kept('6')).toEqual([1, 1, 1, 1])
  expect(await kept('7')).toEqual([0, 0, 0, 1])
  await say('lifted', { hold: id('2'), who: 'local', reason: 'over' }, 4)
  await hold()
  await settled()
  expect(await kept('5')).toEqual([1, 1, 1, 1])
  expect(await kept('6')).toEqual([0, 0, 0, 1])
  expect((await loadHolds(store.read, 'default')).map(({ hold: one }) => one)).toEqual([
    id('1'),
    id('3'),
  ])
}, 180_000)

test('rows that a held session gets later are held the next time, and a second time changes nothing', async () => {
  await runCommand(
    store.write,
    `INSERT INTO events_rows (tenant, session, seq, writer, kind, version, time, body, stored, row_version)
    VALUES ('default', '${session('5')}', 1, '${session('5')}', 'gatetrail.audit.read', 1, now(), '{}', now(), 1)`,
  )
  expect((await hold()).map(({ table, held, released }) => [table, held, released])).toEqual([
    ['events_rows', 1, 0],
  ])
  await settled()
  expect(await hold()).toEqual([])
}, 120_000)

test('a hold names more sessions than fit into one statement', async () => {
  const count = 8_000
  const tail = "lower(leftPad(hex(number), 12, '0'))"
  await runCommand(
    store.write,
    `INSERT INTO sessions_rows (tenant, session, writer, state, time, principal, last_time, stored, row_version)
    SELECT 'default', toUUID(concat('019b76da-a800-7000-9000-', ${tail})), '${system}', 'closed', now(), 'ci#many', now(), now(), 1
    FROM numbers(${count})`,
  )
  await say('placed', { hold: id('4'), who: 'local', reason: 'd', principal: 'ci#many' }, 5)
  expect(await hold()).toContainEqual({ table: 'sessions_rows', held: count, released: 0 })
  await settled()
  await say('lifted', { hold: id('4'), who: 'local', reason: 'over' }, 6)
  expect(await hold()).toContainEqual({ table: 'sessions_rows', held: 0, released: count })
  await settled()
}, 120_000)

test('what is retained follows the configuration, and is left alone where it is so already', async () => {
  expect(await applyRetention(store.write, store.target)).toEqual(
    expect.arrayContaining([
      { table: 'chunks_rows', fromDays: 1, toDays: 60 },
      { table: 'records_rows', fromDays: 1, toDays: 30 },
    ]),
  )
  expect(await applyRetention(store.write, store.target)).toEqual([])
})

import { clusterTarget, singleTarget } from '@gatetrail/schemas'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deadLettersTable } from '../tables/records.ts'
import { createRowBuffers } from '../tables/buffers.ts'
import { startClickHouse, type TestClickHouse } from '../testing/start-click-house.ts'
import { deployStatements, grantsOf } from './deploy-store.ts'
import { migrate } from './migrate.ts'
import { prepareStore } from './prepare-store.ts'
import { openServerStore } from './server-store.ts'
import { createShadow, exchangeShadow } from './shadow-table.ts'
import { runCommand, selectRows, type Store } from './store.ts'
import { RowBuffer } from './table.ts'

const log = pino({ level: 'silent' })
const users = [{ name: 'gatetrail', password: 'g' }]
let server: TestClickHouse
let store: Store
const settings = () => ({
  url: server.url,
  user: 'gatetrail',
  password: 'g',
  database: 'gatetrail',
})
const everything = {
  ingest: { name: 'in`gest', password: "it's secret" },
  replay: { name: 'replay', password: 'also secret' },
}

beforeAll(async () => {
  server = await startClickHouse({ users })
  store = await openServerStore(settings())
  await migrate(store.write, store.target)
}, 180_000)
afterAll(async () => {
  await store.close()
  await server.stop()
})

test.each([undefined, 'trail'])(
  'every statement parses, for one server and for a cluster (%s), and none shows a password',
  async (cluster) => {
    const statements = deployStatements({
      settings: { ...settings(), ...(cluster !== undefined && { cluster }) },
      ...everything,
    })
    expect(statements.length).toBeGreaterThan(30)
    for (const statement of statements) {
      const [parsed] = await selectRows(
        store.write,
        `SELECT formatQueryOrNull('${statement.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}') IS NOT NULL AS parses`,
      )
      expect([statement, parsed]).toEqual([statement, { parses: 1 }])
    }
    const text = statements.join('\n')
    expect(text).not.toMatch(/secret|[0-9a-f]{64}'$/m)
    expect(text).toContain("IDENTIFIED WITH sha256_hash BY '***'")
  },
)

test('a table is made anew on every node of a cluster, and takes the place of the old one there', async () => {
  const target = clusterTarget('trail')
  const statements = [
    ...createShadow('events_rows', target),
    ...exchangeShadow('events_rows', target),
  ]
  for (const statement of statements) {
    const [parsed] = await selectRows(
      store.write,
      `SELECT formatQueryOrNull('${statement.replaceAll("'", "\\'")}') AS text`,
    )
    expect(parsed?.['text'], statement).not.toBeNull()
    expect(statement).toContain('ON CLUSTER trail')
  }
  expect(statements).toContain(
    'EXCHANGE TABLES events_rows_local AND events_rows_rebuild_local ON CLUSTER trail',
  )
})

test('in a cluster every table is replicated and distributed by session, and every statement reaches all nodes', () => {
  const statements = deployStatements({
    settings: { ...settings(), cluster: 'trail' },
    ...everything,
  })
  const made = statements.filter((statement) => /^(CREATE|ALTER|GRANT|EXCHANGE)/.test(statement))
  expect(made.filter((statement) => !statement.includes('ON CLUSTER trail'))).toEqual([])
  const local = statements.filter((statement) =>
    /^CREATE TABLE IF NOT EXISTS \w+_rows_local/.test(statement),
  )
  expect(local.length).toBeGreaterThan(7)
  for (const statement of local) {
    expect(statement).toMatch(
      /ENGINE = Replicated(Replacing)?MergeTree\('\/clickhouse\/tables\/\{uuid\}\/\{shard\}', '\{replica\}'/,
    )
    const name = /EXISTS (\w+)_local/.exec(statement)?.[1]
    const key = /^\s+session UUID/m.test(statement) ? 'session' : 'writer'
    expect(
      statements.some(
        (other) =>
          other.startsWith(
            `CREATE TABLE IF NOT EXISTS ${name} ON CLUSTER trail AS ${name}_local`,
          ) && other.includes(`cityHash64(${key})`),
      ),
    ).toBe(true)
  }
})

test('with the rights of ingest every table can be filled and read, and nothing can be taken away', async () => {
  await server.restart({
    users,
    grants: grantsOf('ingest', 'gatetrail', singleTarget()).map((grant) => `GRANT ${grant}`),
  })
  await prepareStore(store, log)
  for (const buffer of Object.values(createRowBuffers())) {
    await runCommand(
      store.write,
      `INSERT INTO ${buffer.table} SELECT * FROM ${buffer.table} LIMIT 0`,
    )
    await selectRows(store.write, `SELECT * FROM ${buffer.table.replace(/_rows$/, '')} LIMIT 1`)
  }
  await runCommand(
    store.write,
    "ALTER TABLE records_rows UPDATE held_until = toDateTime(0, 'UTC') WHERE 0",
  )
  for (const statement of [
    'DROP TABLE records_rows',
    'TRUNCATE TABLE records_rows',
    'ALTER TABLE records_rows DELETE WHERE 1',
    "ALTER TABLE records_rows UPDATE bytes = '' WHERE 1",
    'ALTER TABLE records_rows MODIFY TTL stored + INTERVAL 1 DAY',
    'ALTER TABLE records_rows DROP PARTITION 202601',
    'DELETE FROM records_rows WHERE 1',
    'CREATE TABLE x (a Int8) ENGINE = Memory',
    "SELECT * FROM url('http://127.0.0.1:9', 'LineAsString')",
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    'CREATE USER x',
    'SYSTEM STOP MERGES records_rows',
    "INSERT INTO schema_migrations (id, checksum) VALUES ('x', 'y')",
  ])
    await expect(runCommand(store.write, statement), statement).rejects.toMatchObject({
      code: 'STORE_REFUSED',
      message: expect.stringContaining('ACCESS_DENIED'),
    })
}, 120_000)

test('with the rights of replay everything can be read, and nothing written', async () => {
  await server.restart({
    users,
    grants: grantsOf('replay', 'gatetrail', singleTarget()).map((grant) => `GRANT ${grant}`),
  })
  for (const view of [
    'records',
    'events',
    'chunks',
    'frames',
    'sessions',
    'statements',
    'pii_touches',
    'pii_fingerprints',
    'dead_letters',
    'session_aborts',
  ])
    await selectRows(store.read, `SELECT * FROM ${view} LIMIT 1`)
  for (const statement of [
    'INSERT INTO events_rows SELECT * FROM events_rows',
    'DROP VIEW events',
    'TRUNCATE TABLE events_rows',
  ])
    await expect(runCommand(store.read, statement), statement).rejects.toMatchObject({
      code: 'STORE_REFUSED',
    })
}, 120_000)

test('ingest without the right to make tables says who may', async () => {
  await server.restart({ users, grants: ['GRANT SELECT, INSERT ON gatetrail.schema_migrations'] })
  const other = await openServerStore({ ...settings(), database: 'default' })
  await expect(prepareStore(other, log)).rejects.toMatchObject({
    code: 'STORE_MIGRATION_FAILED',
    hint: expect.stringContaining('gatetrail deploy clickhouse'),
  })
  await other.close()
}, 120_000)

test('through distributed tables of one shard all is stored, deduplicated and made anew', async () => {
  const one = await startClickHouse({ users, cluster: 'trail' })
  const clustered = await openServerStore({ ...settings(), url: one.url, cluster: 'trail' })
  // Without Keeper and its queue of DDL: everything else is as in a cluster.
  const target = { ...singleTarget(), cluster: 'trail' }
  try {
    await migrate(clustered.write, target)
    const rows = new RowBuffer(deadLettersTable)
    rows.add({
      tenant: 'default',
      writer: '018f0000-0000-7000-8000-000000000001',
      position: 1,
      reason: 'r',
      message: 'm',
      time: 1,
      bytes: Buffer.from('x'),
    })
    await clustered.insert(rows)
    await clustered.insert(rows)
    expect(
      await selectRows(
        clustered.read,
        'SELECT (SELECT count() FROM dead_letters) AS shown, (SELECT count() FROM dead_letters_rows_local) AS stored',
      ),
    ).toEqual([{ shown: 1, stored: 2 }])
    for (const buffer of Object.values(createRowBuffers())) {
      await runCommand(
        clustered.write,
        `INSERT INTO ${buffer.table} SELECT * FROM ${buffer.table} LIMIT 0`,
      )
      await selectRows(
        clustered.read,
        `SELECT * FROM ${buffer.table.replace(/_rows$/, '')} LIMIT 1`,
      )
    }
    await selectRows(
      clustered.read,
      "SELECT count() AS n FROM records WHERE session IN (SELECT session FROM sessions WHERE state = 'open')",
    )
    for (const statement of [
      ...createShadow('events_rows', target),
      ...exchangeShadow('events_rows', target),
    ])
      await runCommand(clustered.write, statement)
  } finally {
    await clustered.close()
    await one.stop()
  }
}, 180_000)

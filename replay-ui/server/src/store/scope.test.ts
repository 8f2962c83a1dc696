import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { ofSession, Questions } from './question.ts'
import { tablesInScope } from './scope.ts'
import { openTestStore } from '../testing/open-test-store.ts'

const own = '0199c82c-c3e8-7001-8000-000000000001'
const foreign = '0199c82c-c3e8-7002-8000-000000000002'
const system = '0199c82c-c3e8-7003-8000-000000000003'
/** Neither quotes nor backslashes of a name may reach the query. */
const connection = "it's \\ 'eu'"
/** What a caller of no connection may know, and every row belongs to nobody. */
const hidden = ['schema_migrations', 'dead_letters_rows', 'writers_rows', 'redriven_letters_rows']

let directory: string
let read: ClickHouseClient
let questions: Questions

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-scope-'))
  read = await openTestStore(join(directory, 'chdb'))
  for (const { table, columns } of await sessionTables()) {
    const named = columns.includes('connection')
    const stored = columns.includes('stored')
    const kind = table === 'events_rows'
    const rows = [
      [own, connection, 'gatetrail.statement.decided'],
      [foreign, 'orders-us', 'gatetrail.statement.decided'],
      [system, '', 'gatetrail.audit.read'],
      ...(kind ? [[system, '', 'gatetrail.gap.found']] : []),
    ]
    for (const [index, [session, ofConnection, kindOf]] of rows.entries())
      await read.command({
        query: `INSERT INTO ${table} (tenant, session${named ? ', connection' : ''}${stored ? ', stored' : ''}${kind ? ', kind, seq' : ''}, row_version)
          SELECT 'default', {session:UUID}${named ? ', {connection:String}' : ''}${stored ? ', now()' : ''}${kind ? `, {kind:String}, ${index}` : ''}, 1`,
        query_params: { session, connection: ofConnection, kind: kindOf },
      })
  }
  questions = Questions.ofAll(read, 'default')
})

afterAll(async () => {
  await read?.close()
  await rm(directory, { recursive: true, force: true })
})

async function sessionTables(): Promise<{ table: string; columns: string[] }[]> {
  const answer = await read.query({
    query: `SELECT table, groupArray(name) AS columns FROM system.columns WHERE database = currentDatabase() AND table LIKE '%\\_rows'
      GROUP BY table HAVING has(columns, 'session')`,
    format: 'JSONEachRow',
  })
  return answer.json()
}

const count = z.object({ found: z.int() })
const countOf = async (from: Questions, table: string, where = '1') =>
  (await from.row(`SELECT count() AS found FROM ${table} WHERE ${where}`, {}, count))?.found

test('of every table it is decided what a caller of some connections sees', async () => {
  const answer = await read.query({
    query: `SELECT name FROM system.tables WHERE database = currentDatabase() AND engine != 'View'`,
    format: 'JSONEachRow',
  })
  const names = (await answer.json<{ name: string }>()).map(({ name }) => name)
  expect(names.length).toBeGreaterThan(8)
  // A new table shows nothing to them. If it should: add it to scope.ts; if not: here.
  expect(names.filter((name) => !tablesInScope.includes(name) && !hidden.includes(name))).toEqual(
    [],
  )
})

test('a caller of one connection sees its rows in every table, and no others', async () => {
  const scoped = questions.within([connection])
  const found: Record<string, number | undefined> = {}
  for (const { table } of await sessionTables()) {
    const expected = tablesInScope.includes(table) ? 1 : 0
    // Of the writer's own session: the gap, and nothing else.
    found[table] = await countOf(scoped, table)
    expect(found[table], table).toBe(table === 'events_rows' ? 2 : expected)
    expect(await countOf(scoped, table, `session = '${foreign}'`), table).toBe(0)
    expect(await countOf(questions, table), table).toBe(table === 'events_rows' ? 4 : 3)
  }
  expect(Object.keys(found).length).toBeGreaterThan(6)
  expect(await countOf(scoped, 'events', "kind = 'gatetrail.audit.read'")).toBe(0)
})

test.each([
  ['a view', 'SELECT count() AS found FROM events'],
  ['a name with its database', 'SELECT count() AS found FROM default.events_rows'],
  ['an alias', 'SELECT count() AS found FROM events_rows AS e'],
  ['a common table', 'WITH e AS (SELECT * FROM events) SELECT count() AS found FROM e'],
  ['a scalar', 'SELECT (SELECT count() FROM events) AS found'],
  [
    'a join',
    'SELECT count() AS found FROM (SELECT 1 AS one) AS s CROSS JOIN (SELECT session FROM events) AS e',
  ],
  [
    'a union',
    'SELECT sum(n) AS found FROM (SELECT count() AS n FROM events UNION ALL SELECT 0 AS n)',
  ],
  [
    'a union at the top',
    'SELECT count() AS found FROM events UNION ALL SELECT count() AS found FROM events_rows',
  ],
  ['settings of its own', 'SELECT count() AS found FROM events SETTINGS max_threads = 1'],
  [
    'settings inside',
    'SELECT found FROM (SELECT count() AS found FROM events SETTINGS max_threads = 1)',
  ],
])('however it is asked, only what may be seen is counted: %s', async (_how, query) => {
  const [seen] = await questions.within([connection]).rows(query, {}, count)
  expect(seen?.found).toBe(2)
  const [all] = await questions.rows(query, {}, count)
  expect(all?.found).toBe(4)
})

test('a question about one session is answered if it is of the connection, and finds nothing if not', async () => {
  const about = async (from: Questions, table: string, session: string) =>
    (await from.row(`SELECT count() AS found FROM ${table} WHERE ${ofSession}`, { session }, count))
      ?.found
  const scoped = questions.within([connection])
  for (const table of ['sessions', 'events', 'records', 'chunks', 'statements', 'pii_touches']) {
    expect(await about(scoped, table, own), table).toBe(1)
    expect(await about(scoped, table, foreign), table).toBe(0)
    expect(await about(questions, table, foreign), table).toBe(1)
  }
})

test('a caller without connections sees nothing at all', async () => {
  for (const { table } of await sessionTables())
    expect(await countOf(questions.within([]), table), table).toBe(0)
})

test('questions of several callers at once do not mix', async () => {
  const scoped = questions.within([connection])
  const answers = await Promise.all(
    Array.from({ length: 40 }, async (_none, index) =>
      countOf(index % 2 === 0 ? scoped : questions, 'sessions'),
    ),
  )
  expect(answers).toEqual(answers.map((_found, index) => (index % 2 === 0 ? 1 : 3)))
})

/**
 * Guardrails: under "nothing but reading" a corpus of statements tries to change customers, on every path that a client has,
 * against an account that may do everything. And harmless ones must pass. The corpus is in guardrails/; the facts that it
 * rests on are tested beside their source, without a read-only session behind them.
 */
import { readFile } from 'node:fs/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { createPlatform, type Platform } from './harness/platform.ts'
import { superuserPassword } from './harness/postgres.ts'
import { RawPostgres, uint32 } from './harness/raw-postgres.ts'
import { taggedColumns } from './harness/shop.ts'

type Entry = { title: string; messages: string[] }
type Path = 'simple' | 'extended' | 'pipelined'

const paths: readonly Path[] = ['simple', 'extended', 'pipelined']
const folder = new URL('guardrails/', import.meta.url)

async function readCorpus(name: string): Promise<Entry[]> {
  const text = await readFile(new URL(name, folder), 'utf8')
  return text.split('\n\n').flatMap((part) => {
    const [title = '', ...lines] = part.split('\n')
    const body = lines.join('\n').trimEnd()
    if (body === '') return []
    return [{ title: title.replace(/^-- /, ''), messages: body.split('\n--- then\n') }]
  })
}

/** Run at once, each on sessions of its own: fewer than may wait at the door. */
const groupSize = 5

function groupsOf(entries: readonly Entry[]): Entry[][] {
  const groups: Entry[][] = []
  for (let at = 0; at < entries.length; at += groupSize)
    groups.push(entries.slice(at, at + groupSize))
  return groups
}

let platform: Platform
let token: string
let direct: Client

beforeAll(async () => {
  platform = await createPlatform({
    columns: taggedColumns,
    prepare: async (target) => {
      await target.direct('alter role app superuser')
      await target.direct(`set role app; ${await readFile(new URL('set-up.sql', folder), 'utf8')}`)
    },
  })
  await platform.start()
  token = await platform.issuer.token('job', ['readers'], { run_id: 'guardrails' })
  direct = new Client({
    host: '127.0.0.1',
    port: platform.target.port,
    database: 'shop',
    user: 'postgres',
    password: superuserPassword,
  })
  await direct.connect()
})
afterAll(async () => {
  await direct?.end()
  await platform?.close()
})

const showLogs = () => onTestFailed(async () => console.log(await platform.logs()))

/** Every row of customers with the transaction that wrote it, and what else a guardrail must keep: definitions, other rows. */
async function fingerprint(): Promise<{ customers: string; rest: string }> {
  const { rows } = await direct.query<{ customers: string; rest: string }>(`
    select
      (select md5(string_agg(c.ctid || ' ' || c.xmin || ' ' || c, ',' order by c.ctid)) from customers c) as customers,
      concat_ws(' ',
        (select md5(string_agg(o.xmin || ' ' || o, ',' order by o.ctid)) from orders o),
        (select count(*) from audit), (select count(*) from parent), (select count(*) from triggered),
        (select last_value from counter), (select count(*) from pg_largeobject_metadata),
        (select md5(string_agg(concat_ws(' ', oid, relname, relfilenode, relacl, reltriggers), ',' order by oid))
          from (select oid, relname, relfilenode, relacl, relhastriggers as reltriggers from pg_class
            where relnamespace not in (select oid from pg_namespace where nspname ~ '^pg_(toast|temp)')) r),
        (select count(*) from pg_proc), (select count(*) from pg_rewrite), (select count(*) from pg_db_role_setting),
        (select count(*) from pg_replication_slots)) as rest`)
  const [row] = rows
  if (row === undefined) throw new Error('the target does not answer')
  return row
}

const string = (text: string) => Buffer.from(`${text}\0`)
const noParameters = Buffer.from([0, 0, 0, 0, 0, 0])

function execute(client: RawPostgres, text: string): void {
  client.message('P', Buffer.concat([string(''), string(text), Buffer.from([0, 0])]))
  client.message('B', Buffer.concat([string(''), string(''), noParameters]))
  client.message('D', Buffer.concat([Buffer.from('P'), string('')]))
  client.message('E', Buffer.concat([string(''), uint32(0)]))
}

/** Sends the messages on a session of its own. Returns the SQLSTATEs of the errors; `closed`: the session ended. */
async function run(path: Path, { messages }: Entry): Promise<{ errors: string[] }> {
  const client = await RawPostgres.open(platform.ports.postgres)
  const errors: string[] = []
  try {
    await client.login('orders', token)
    if (path === 'pipelined') {
      for (const text of ['select 1', ...messages]) execute(client, text)
      client.message('S', '')
      await answer(client, errors)
    } else {
      for (const text of messages) {
        if (path === 'simple') client.message('Q', string(text))
        else {
          execute(client, text)
          client.message('S', '')
        }
        if (!(await answer(client, errors))) break
      }
    }
  } finally {
    client.destroy()
  }
  return { errors }
}

/** Reads up to ReadyForQuery, and gives COPY a row if it wants one. False: the session ended. */
async function answer(client: RawPostgres, errors: string[]): Promise<boolean> {
  for (;;) {
    const message = await client.next()
    if (message === undefined) {
      errors.push('closed')
      return false
    }
    if (message.type === 'E') errors.push(messageOf(message.body))
    if (message.type === 'Z') return true
    if (message.type === 'G') {
      client.message('d', '4711\n').message('c', '').message('S', '')
    }
  }
}

function messageOf(body: Buffer): string {
  const fields = body.toString('utf8').split('\0')
  const of = (letter: string) => fields.find((field) => field.startsWith(letter))?.slice(1) ?? ''
  return `${of('C')} ${of('M')}`
}

test('no statement of the corpus changes customers, nor anything else, on any path', async () => {
  showLogs()
  const evil = await readCorpus('evil.sql')
  let now = await fingerprint()
  const changed: string[] = []
  const answered: string[] = []
  for (const group of groupsOf(evil)) {
    const runs = group.flatMap((entry) => paths.map((path) => ({ entry, path })))
    await Promise.all(
      runs.map(async ({ entry, path }) => {
        const { errors } = await run(path, entry)
        if (errors.length === 0) answered.push(`${path}: ${entry.title}`)
      }),
    )
    const after = await fingerprint()
    const titles = group.map(({ title }) => title).join(' | ')
    if (after.customers !== now.customers) changed.push(`customers, by one of: ${titles}`)
    if (after.rest !== now.rest) changed.push(`other, by one of: ${titles}`)
    now = after
  }
  console.log(
    `${evil.length} statements on ${paths.length} paths: ${changed.length} changes, ${answered.length} not refused`,
  )
  expect(changed).toEqual([])
  expect(answered).toEqual([])
}, 900_000)

test('a FunctionCall message is refused like a SELECT of that function', async () => {
  const before = await fingerprint()
  const { rows } = await direct.query<{ oid: number }>(
    `select oid::int from pg_proc where proname in ('pl_delete', 'sql_delete', 'looks_stable', 'lo_create', 'pg_reload_conf') order by 1`,
  )
  expect(rows).toHaveLength(5)
  for (const { oid } of rows) {
    const client = await RawPostgres.open(platform.ports.postgres)
    const errors: string[] = []
    try {
      await client.login('orders', token)
      client.message('F', Buffer.concat([uint32(oid), Buffer.alloc(6)]))
      await answer(client, errors)
    } finally {
      client.destroy()
    }
    expect(errors).toHaveLength(1)
  }
  expect(await fingerprint()).toEqual(before)
})

/** What would outlive a rollback, reach for other servers, or stop this one. */
const notToBeRun =
  /\b(begin|commit|rollback|start transaction|prepare transaction|alter system|checkpoint|vacuum|concurrently|subscription|dblink|far_|import foreign|program|load|discard|set role|session authorization|tmp)\b|pg_(terminate|cancel|promote|reload|switch|create_|import|read|ls|stat_file)|lo_(import|export)|proc_commit/i

test('the corpus is no straw man: most of it changes something where nobody stands in the way', async () => {
  const evil = await readCorpus('evil.sql')
  const tried = evil.filter(({ messages }) => !notToBeRun.test(messages.join(';')))
  const before = await fingerprint()
  const harmful: string[] = []
  await direct.query(`set statement_timeout = '5s'`)
  for (const { title, messages } of tried) {
    await direct.query('begin')
    try {
      for (const text of messages) await direct.query(text)
      const after = await fingerprint()
      if (after.customers !== before.customers || after.rest !== before.rest) harmful.push(title)
    } catch {
      // PostgreSQL itself refuses this one: it is there for the parser.
    }
    await direct.query('rollback')
  }
  await direct.query('reset all')
  expect(await fingerprint()).toEqual(before)
  console.log(`${tried.length} statements run directly: ${harmful.length} change something`)
  expect(harmful.length).toBeGreaterThan(tried.length / 2)
})

test('of the harmless statements at most 2 % are refused', async () => {
  showLogs()
  const harmless = await readCorpus('harmless.sql')
  const refused: string[] = []
  let ran = 0
  for (const group of groupsOf(harmless)) {
    const runs = group.flatMap((entry) => {
      // The extended protocol takes one statement at a time.
      const several = entry.messages.some((text) => /;\s*\S/.test(text))
      const simple = { entry, path: 'simple' as const }
      return several ? [simple] : [simple, { entry, path: 'extended' as const }]
    })
    ran += runs.length
    await Promise.all(
      runs.map(async ({ entry, path }) => {
        const { errors } = await run(path, entry)
        if (errors.length > 0) refused.push(`${path}: ${entry.title}: ${errors.join(', ')}`)
      }),
    )
  }
  console.log(`${ran} harmless statements: ${refused.length} refused\n${refused.join('\n')}`)
  expect(refused.length).toBeLessThanOrEqual(ran * 0.02)
}, 300_000)

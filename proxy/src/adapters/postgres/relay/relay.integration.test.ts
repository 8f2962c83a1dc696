/** The relay between real clients and a real PostgreSQL. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loadSnapshot } from '../catalogue/load-snapshot.ts'
import type { QueryClient } from '../catalogue/query-client.ts'
import { emptySnapshot, type Snapshot } from '../catalogue/snapshot.ts'
import { createFactsCache, loadParser, type StatementDescription } from '../facts/index.ts'
import {
  postgresBinaries,
  startTestPostgres,
  type TestPostgres,
} from '../testing/postgres-server.ts'
import type { Decision } from './context.ts'
import { createStamp, MemoryJournal } from './testing/memory-journal.ts'
import { openTestDoor, type TestDoor } from './testing/test-door.ts'

const run = promisify(execFile)
const ssn = '123-45-6789'
const otherSsn = '219-09-9999'
const columns = {
  'public.customers.ssn': 'US_SSN',
  'public.customers.born': 'BIRTH_DATE',
  'public.shapes.born': 'BIRTH_DATE',
}

describe.skipIf(postgresBinaries === undefined)('the relay', () => {
  let postgres: TestPostgres
  let door: TestDoor
  let journal: MemoryJournal
  let snapshot: Snapshot = emptySnapshot()
  let revealed = new Set<string>()
  let decide: (description: StatementDescription) => Decision
  const allow: Decision = { verdict: 'allow', policies: ['allow-all'] }
  const denyWrites: Decision = { verdict: 'deny', policies: ['no-writes'], reason: 'read only' }

  const load = async (): Promise<Snapshot> => {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: postgres.port,
      user: 'postgres',
      database: 'postgres',
    })
    await client.connect()
    const query: QueryClient = {
      query: async (text: string, values: string[]) =>
        (await client.query({ text, values, rowMode: 'array' })).rows.map((row: unknown[]) =>
          row.map((value) => (value === null ? null : `${value as string | number}`)),
        ),
      close: () => undefined,
    }
    const loaded = await loadSnapshot(query, columns)
    await client.end()
    snapshot = loaded.snapshot
    return snapshot
  }

  beforeAll(async () => {
    await loadParser()
    postgres = await startTestPostgres([])
    await postgres.execute(`
      create table customers (id int primary key, name text, ssn text unique, born date, note text);
      insert into customers values (1, 'Ada', '${ssn}', '1970-01-02', 'card 4111 1111 1111 1111'),
        (2, 'Bob', '${otherSsn}', null, 'mail bob@example.com');
      create view shown as select name, ssn as number from customers;
      create table notes (id int, text text);
      create table shapes (id int, twice int generated always as (id * 2) stored, born date);
      insert into shapes values (1, default, '1970-01-02');
      create function everybody() returns setof customers language sql as 'table customers';
      create view through as select name, born as day from everybody();
      create view samples as select attname, histogram_bounds::text as bounds from pg_stats;
      insert into customers select 10 + n, 'x', null, date '1970-01-02' + n, '' from generate_series(1, 9) n;
      analyze customers;
      delete from customers where id > 10;`)
    await load()
    door = await openTestDoor({
      journal: {
        append: (...values) => journal.append(...values),
        afterWrite: (...values) => journal.afterWrite(...values),
        pauseMs: () => journal.pauseMs(),
      },
      stamp: createStamp,
      connection: { name: 'shop', columns },
      policies: {
        setHash: 'f00d',
        decide: (description) => decide(description),
        reveal: (dataClass) => revealed.has(dataClass),
      },
      facts: createFactsCache({ entriesMax: 100, bytesMax: 1_000_000 }),
      catalogue: { current: () => snapshot, refresh: load },
      target: { port: postgres.port, user: 'postgres', database: 'postgres' },
    })
  }, 60_000)

  afterAll(async () => {
    await door?.close()
    await postgres?.stop()
  })

  beforeEach(() => {
    journal = new MemoryJournal()
    revealed = new Set()
    decide = (description) =>
      description.facts.effects.some((effect) => effect === 'write' || effect === 'schema')
        ? denyWrites
        : allow
  })

  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: door.port,
      user: 'x',
      database: 'shop',
    })
    client.on('error', () => undefined)
    await client.connect()
    return client
  }
  const inSession = async <Value>(work: (client: pg.Client) => Promise<Value>): Promise<Value> => {
    const client = await connect()
    try {
      return await work(client)
    } finally {
      await client.end()
    }
  }
  const psql = (...sql: string[]): Promise<{ stdout: string; stderr: string }> =>
    run(
      'psql',
      [
        '-X',
        '-A',
        '-t',
        '-h',
        '127.0.0.1',
        '-p',
        String(door.port),
        '-U',
        'x',
        ...sql.flatMap((text) => ['-c', text]),
        'shop',
      ],
      { env: { ...process.env, PGSSLMODE: 'disable' } },
    )
  const nowhere = (secret: string): void => expect(journal.text()).not.toContain(secret)

  it.each([
    'select * from customers full join (select null::date as born) v using (born)',
    'select j.* from (customers full join (select null::date as born) v using (born)) j',
    "select ('x1970' || replace(born::text, '1970', ''))::regclass from customers where id = 1",
    "select has_database_privilege(born::text, 'connect') from customers where id = 1",
    'select chr(1970000000 + extract(day from born)::int) from customers where id = 1',
    'select c.json_agg from customers c',
    'select c.array_agg from customers c',
    'copy shapes to stdout',
    'copy shapes (id, twice, born) to stdout',
    'select day from through',
    "select upper(day::text) || '' from through",
    "select bounds from samples where attname = 'born'",
  ])('shows no tagged value by a road found in review: %s', async (sql) => {
    const { stdout, stderr } = await psql(sql).catch(
      (error: { stdout: string; stderr: string }) => error,
    )
    expect(stdout + stderr).not.toMatch(/1970|-01-02/)
  })

  it('masks a table that took the place of a tagged one in the last minute', async () => {
    await postgres.execute(
      "create table next (like shapes); insert into next values (1, 2, '1970-01-02')",
    )
    const stale = await load()
    await postgres.execute('alter table shapes rename to old; alter table next rename to shapes')
    snapshot = stale
    const { stdout } = await psql('select born, twice from shapes')
    expect(stdout).toBe('2000-01-01|2\n')
    await postgres.execute('drop table shapes; alter table old rename to shapes')
    await load()
  })

  it('masks what a view of the last minute shows in an expression', async () => {
    const stale = snapshot
    await postgres.execute('create view fresh as select born as day from customers')
    snapshot = stale
    const { stdout } = await psql("select day::text || '' from fresh")
    expect(stdout).not.toContain('1970')
    await postgres.execute('drop view fresh')
    await load()
  })

  it('masks a tagged column and what detectors find, in rows and on record', async () => {
    const { rows } = await inSession((client) =>
      client.query('select * from customers order by id'),
    )
    expect(rows[0]).toEqual({
      id: 1,
      name: 'Ada',
      ssn: '***-**-****',
      born: new Date('2000-01-01'),
      note: 'card **** **** **** ****',
    })
    expect(rows[1].note).toBe('mail ***@*******.***')
    nowhere(ssn)
    nowhere('4111 1111')
    nowhere('bob@')
    const [touched] = journal.events<{ touches: unknown[] }>('gatetrail.pii.touched')
    expect(touched?.touches).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          place: 'public.customers.ssn',
          entity: 'US_SSN',
          outcome: 'masked',
          level: 'certain',
          count: 2,
        }),
        expect.objectContaining({
          place: 'public.customers.born',
          entity: 'BIRTH_DATE',
          outcome: 'masked',
          level: 'certain',
          count: 1,
        }),
        expect.objectContaining({
          place: 'public.customers.note',
          entity: 'EMAIL',
          outcome: 'masked',
          level: 'certain',
          count: 1,
        }),
      ]),
    )
    // Fingerprints come when they are made.
    const kinds = journal.records.map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind !== 'gatetrail.pii.fingerprinted')).toEqual([
      'gatetrail.statement.described',
      'gatetrail.statement.decided',
      'gatetrail.frames.recorded',
      'gatetrail.frames.recorded',
      'gatetrail.statement.completed',
      'gatetrail.pii.touched',
      'gatetrail.frames.recorded',
      'gatetrail.session.closed',
    ])
  })

  it('shows what policy reveals, and masks it on record', async () => {
    revealed.add('US_SSN')
    const { rows } = await inSession((client) =>
      client.query('select ssn from customers where id = $1', [1]),
    )
    expect(rows).toEqual([{ ssn }])
    nowhere(ssn)
    expect(journal.frames().filter(({ masked, type }) => masked && type === 'D')).toHaveLength(1)
  })

  it('masks in prepared statements, with and without Describe', async () => {
    await inSession(async (client) => {
      for (const id of [1, 2]) {
        const { rows } = await client.query({
          name: 'by id',
          text: 'select name, ssn from customers where id = $1',
          values: [id],
        })
        expect(rows[0].ssn).toBe('***-**-****')
      }
    })
    const decided = journal.events('gatetrail.statement.decided')
    expect(decided).toHaveLength(2)
    expect(decided.every(({ path }) => path === 'extended')).toBe(true)
    expect(journal.events('gatetrail.statement.completed')).toMatchObject([
      { rows: 1, command: 'SELECT 1' },
      { rows: 1 },
    ])
  })

  it.each([
    'select substring(ssn, 1, 20) as x from customers where id = 1',
    'select row_to_json(c) as x from customers c where id = 1',
    'select c as x from customers c where id = 1',
    "select ssn || '' as x from customers",
    'select number as x from shown',
    'with w as (select ssn from customers) select max(ssn) as x from w',
    "select x from (select encode(ssn::bytea, 'hex') as x from customers) s",
  ])('never shows a tagged value through %s', async (sql) => {
    const { stdout } = await psql(sql)
    expect(stdout).not.toContain(ssn)
    expect(stdout).not.toContain(Buffer.from(ssn).toString('hex'))
    expect(stdout).toContain('*')
    nowhere(ssn)
  })

  it.each([
    "select count(*) as x from customers where ssn = '219-09-9999'",
    'select count(*) as x from customers c where exists (select from customers where ssn = c.name) or id = 2',
    'select id as x from customers where id = 1 order by ssn',
  ])('does not mask what a tagged column only selects: %s', async (sql) => {
    expect((await psql(sql)).stdout).toBe('1\n')
  })

  it('masks COPY TO STDOUT by column, as text, CSV and binary, and refuses what it cannot inspect', async () => {
    const { stdout } = await psql('copy customers (id, ssn, name) to stdout')
    expect(stdout).toBe('1\t***-**-****\tAda\n2\t***-**-****\tBob\n')
    const shown = async (sql: string): Promise<string> => (await psql(sql)).stdout
    expect(await shown('copy customers (id, ssn) to stdout (format csv)')).toBe(
      '1,***-**-****\n2,***-**-****\n',
    )
    expect(await shown('copy customers (ssn) to stdout (format binary)')).toContain('***-**-****')
    expect(await shown('copy (select ssn from customers) to stdout')).toBe(
      '***-**-****\n***-**-****\n',
    )
    const odd = "copy customers to stdout (encoding 'SJIS')"
    await expect(psql(odd)).rejects.toThrow(/cannot be inspected/)
    nowhere(ssn)
  })

  it('refuses in protocol order, and the failed transaction is the target’s own', async () => {
    await inSession(async (client) => {
      await expect(client.query('delete from customers')).rejects.toMatchObject({
        code: '42501',
        detail: expect.stringContaining('no-writes'),
      })
      expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
      await client.query('begin')
      await expect(client.query('delete from customers where id = $1', [1])).rejects.toMatchObject({
        code: '42501',
      })
      await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' })
      await client.query('rollback')
      expect((await client.query('select count(*)::int as n from customers')).rows[0].n).toBe(2)
    })
    expect(
      journal.events('gatetrail.statement.decided').filter(({ verdict }) => verdict === 'deny'),
    ).toHaveLength(2)
  })

  it('decides by the policies of the moment: Parse before, Execute after a change', async () => {
    await inSession(async (client) => {
      const query = { name: 'later', text: 'select name from customers where id = $1', values: [1] }
      await client.query(query)
      decide = () => denyWrites
      await expect(client.query(query)).rejects.toMatchObject({ code: '42501' })
      decide = () => allow
      expect((await client.query(query)).rows).toEqual([{ name: 'Ada' }])
    })
  })

  it('masks what a duplicate key error says', async () => {
    decide = () => allow
    await inSession(async (client) => {
      const failure = await client
        .query(`insert into customers values (3, 'Eve', '${ssn}')`)
        .catch((error: pg.DatabaseError) => error)
      expect(JSON.stringify(failure)).not.toContain(ssn)
      expect(failure).toMatchObject({ code: '23505' })
    })
    nowhere(ssn)
    expect(journal.events('gatetrail.statement.completed')).toMatchObject([
      { error: { sqlstate: '23505' } },
    ])
  })

  it('records COPY FROM STDIN masked and passes it unchanged', async () => {
    decide = () => allow
    await run('sh', [
      '-c',
      `printf '7\\tZoe\\t078-05-1121\\t\\\\N\\tx\\n8\\tYan\\t078-05-1123\\t\\\\N\\ty@example.com\\n' | psql -X -h 127.0.0.1 -p ${door.port} -U x -c 'copy customers from stdin' shop`,
    ])
    nowhere('078-05-1121')
    nowhere('y@example.com')
    const { stdout } = await run('psql', [
      ...['-X', '-A', '-t', '-h', '127.0.0.1', '-p', String(postgres.port), '-U', 'postgres'],
      ...['-c', "select count(*) from customers where ssn in ('078-05-1121', '078-05-1123')"],
    ])
    expect(stdout.trim()).toBe('2')
    await postgres.execute('delete from customers where id > 2')
  })

  it('survives errors, pipelines and cursors without getting out of step', async () => {
    await inSession(async (client) => {
      const failed = client.query('select 1/0')
      const good = client.query('select 2 as two')
      const extended = client.query('select $1::int as three', [3])
      await expect(failed).rejects.toMatchObject({ code: '22012' })
      expect((await good).rows).toEqual([{ two: 2 }])
      expect((await extended).rows).toEqual([{ three: 3 }])
      await client.query('begin')
      await client.query('declare c cursor for select ssn from customers')
      expect((await client.query('fetch all from c')).rows).toEqual([
        { ssn: '***-**-****' },
        { ssn: '***-**-****' },
      ])
      await client.query('commit')
    })
  })

  it('runs pgbench in every protocol', async () => {
    decide = () => allow
    await run('pgbench', [
      '-i',
      '-s',
      '1',
      '-q',
      '-h',
      '127.0.0.1',
      '-p',
      String(postgres.port),
      '-U',
      'postgres',
      'postgres',
    ])
    await load()
    for (const protocol of ['simple', 'extended', 'prepared']) {
      journal = new MemoryJournal()
      const { stdout } = await run('pgbench', [
        '-S',
        '-n',
        '-c',
        '2',
        '-t',
        '20',
        '-M',
        protocol,
        '-h',
        '127.0.0.1',
        '-p',
        String(door.port),
        '-U',
        'x',
        'shop',
      ])
      expect(stdout).toContain('number of transactions actually processed: 40/40')
      expect(
        journal
          .events('gatetrail.statement.completed')
          .filter(({ command }) => command === 'SELECT 1').length,
      ).toBeGreaterThanOrEqual(40)
    }
  }, 60_000)

  it('streams a row larger than anything it holds, masked, in bounded memory', async () => {
    const { stdout } = await run(
      'psql',
      [
        '-X',
        '-A',
        '-t',
        '-h',
        '127.0.0.1',
        '-p',
        String(door.port),
        '-U',
        'x',
        '-c',
        "select repeat('x', 20000000) || ' 078-05-1120 ' || repeat('y', 20000000)",
        'shop',
      ],
      { maxBuffer: 100_000_000 },
    )
    expect(stdout.length).toBe(40_000_014)
    expect(stdout).toContain('x ***-**-**** y')
  }, 60_000)
})

/** The session's SQL state, as a real PostgreSQL has it: what names mean, what EXECUTE and FETCH show, what stays refused. */
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loadSnapshot } from '../catalogue/load-snapshot.ts'
import { emptySnapshot, type Snapshot } from '../catalogue/snapshot.ts'
import {
  createFactsCache,
  loadParser,
  type StatementDescription,
  type TaggedColumn,
} from '../facts/index.ts'
import {
  allPostgresBinaries,
  startTestPostgres,
  type TestPostgres,
} from '../testing/postgres-server.ts'
import type { Decision } from './context.ts'
import { createStamp, MemoryJournal } from './testing/memory-journal.ts'
import * as m from './testing/messages.ts'
import { openTestDoor, type TestDoor } from './testing/test-door.ts'
import { RawClient } from '../testing/raw-client.ts'

/** Nothing that a detector would find. */
const ssn = 'zebra crossing'
const columns = { 'public.people.ssn': 'US_SSN' }

/** The newest one reports its search_path, the oldest is asked for it. */
const servers = [...new Set([allPostgresBinaries[0], allPostgresBinaries.at(-1)])].filter(
  (binaries) => binaries !== undefined,
)

describe.skipIf(servers.length === 0)('the tests of the SQL state of a session', () => {
  it('have a PostgreSQL', () => expect(servers.length).toBeGreaterThan(0))
})

describe.each(servers)('the SQL state of a session (%s)', (binaries) => {
  let postgres: TestPostgres
  let door: TestDoor
  let journal: MemoryJournal
  let snapshot: Snapshot = emptySnapshot()
  let readOnly = false
  let strict = false
  let derived: { relation: string; column: string | undefined; tags: readonly TaggedColumn[] }[]
  let described: StatementDescription[]
  let decide: (description: StatementDescription) => Decision
  const allow: Decision = { verdict: 'allow', policies: ['allow-all'] }
  const deny: Decision = { verdict: 'deny', policies: ['no'] }
  const onlyComplete = ({ facts }: StatementDescription): Decision =>
    facts.complete ? allow : deny

  const load = async (): Promise<Snapshot> => {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: postgres.port,
      user: 'postgres',
      database: 'postgres',
    })
    await client.connect()
    const query = async (text: string, values: string[]): Promise<(string | null)[][]> => {
      const { rows } = await client.query({ text, values, rowMode: 'array' })
      return rows.map((row: unknown[]) =>
        row.map((value) => (value === null ? null : `${value as string | number}`)),
      )
    }
    const loaded = await loadSnapshot({ query, close: () => undefined }, columns)
    await client.end()
    snapshot = loaded.snapshot
    return snapshot
  }

  beforeAll(async () => {
    await loadParser()
    postgres = await startTestPostgres([], binaries)
    await postgres.execute(`
      create table people (id int primary key, name text, ssn text);
      insert into people values (1, 'Ada', '${ssn}'), (2, 'Bob', null);
      create table notes (id int, text text);
      insert into notes values (1, 'plain');
      grant select on notes to public;
      create schema app;
      create table app.notes (id int, text text);
      insert into app.notes values (1, 'of app');
      create table app.people (id int, ssn text);
      insert into app.people values (1, 'not one');
      create function touch(int) returns int language plpgsql as 'begin return $1; end';
      create table logged (id int, text text);
      create function log() returns trigger language plpgsql as 'begin execute ''select 1''; return new; end';
      create trigger log before insert on logged for each row execute function log();
      create function writes(text) returns boolean language plpgsql as 'begin insert into notes values (9, $1); return true; end';
      create domain writing as text check (writes(value));
      create domain short as text check (length(value) < 9);
      create type colour as enum ('red');
      create function secret() returns text language sql stable as 'select ssn from public.people where id = 1';`)
    await load()
    door = await openTestDoor({
      journal: {
        append: (...values) => journal.append(...values),
        afterWrite: (...values) => journal.afterWrite(...values),
        pauseMs: () => journal.pauseMs(),
      },
      stamp: createStamp,
      connection: {
        name: 'shop',
        columns,
        get strict() {
          return strict
        },
      },
      policies: {
        setHash: 'f00d',
        decide(description) {
          described.push(description)
          return decide(description)
        },
        reveal: () => false,
      },
      facts: createFactsCache({ entriesMax: 1000, bytesMax: 10_000_000 }),
      catalogue: {
        current: () => snapshot,
        refresh: load,
        addDerivedTags(relation, column, tags) {
          derived.push({ relation, column, tags })
          return true
        },
      },
      readOnly: () => readOnly,
      target: { port: postgres.port, user: 'postgres', database: 'postgres' },
    })
  }, 60_000)

  afterAll(async () => {
    await door?.close()
    await postgres?.stop()
  })

  beforeEach(() => {
    journal = new MemoryJournal()
    derived = []
    described = []
    decide = () => allow
    readOnly = false
    strict = false
  })

  const inSession = async <Value>(work: (client: pg.Client) => Promise<Value>): Promise<Value> => {
    const client = new pg.Client({ host: '127.0.0.1', port: door.port, user: 'x', database: 'x' })
    client.on('error', () => undefined)
    await client.connect()
    try {
      return await work(client)
    } finally {
      await client.end()
    }
  }
  /** The first value of each statement, one simple query each; what fails: its message. */
  const play = (...texts: string[]): Promise<unknown[]> =>
    inSession(async (client) => {
      const values: unknown[] = []
      for (const text of texts) {
        try {
          const result: unknown = await client.query({ text, rowMode: 'array' })
          const last = (Array.isArray(result) ? result.at(-1) : result) as { rows: unknown[][] }
          values.push(last.rows[0]?.[0])
        } catch (error) {
          values.push((error as Error).message)
        }
      }
      return values
    })
  const reads = (): string[] => described.at(-1)!.facts.reads
  /** Batches of messages, each answered up to ReadyForQuery; `ignoresSync`: but for one of its Syncs. */
  const raw = async (...batches: (Buffer | { ignoresSync: Buffer })[]): Promise<string> => {
    const client = await RawClient.open(door.port)
    try {
      client.startup({ user: 'x', database: 'x' })
      await until(() => client.received.includes('Z\0\0\0\x05'))
      const before = client.received.length
      let readies = 0
      for (const given of batches) {
        const batch = Buffer.isBuffer(given) ? given : given.ignoresSync
        if (batch !== given) readies--
        readies += m.framesOf(batch).filter(({ type }) => 'QSF'.includes(type)).length
        client.send(batch)
        await until(() => readyCount(client.received.subarray(before)) >= readies)
      }
      return client.received.toString('latin1', before)
    } finally {
      client.socket.destroy()
    }
  }

  describe('unqualified names', () => {
    it('mean what search_path says, after SET, RESET, set_config, and at a rollback', async () => {
      const query = 'select text from notes'
      const seen: string[] = []
      decide = (description) => {
        if (description.facts.reads.length > 0) seen.push(description.facts.reads.join())
        return onlyComplete(description)
      }
      const values = await play(
        query,
        'set search_path = app',
        query,
        'reset search_path',
        query,
        "select set_config('search_path', 'app, public', false)",
        query,
        'discard all',
        query,
        'begin',
        'set local search_path = app',
        query,
        'commit',
        query,
        'begin',
        'set search_path = app',
        query,
        'savepoint a',
        'set search_path = public',
        query,
        'rollback to a',
        query,
        'rollback',
        query,
        'set search_path = app; select 1 / 0',
        query,
      )
      const expected = [
        ...['public', 'app', 'public', 'app', 'public', 'app', 'public', 'app', 'public'],
        ...['app', 'public', 'public'],
      ]
      expect(seen).toEqual(expected.map((schema) => `${schema}.notes`))
      expect(values.filter((value) => value === 'plain' || value === 'of app')).toEqual(
        expected.map((schema) => (schema === 'app' ? 'of app' : 'plain')),
      )
    })

    it('mean what code made of them, and what its transaction leaves', async () => {
      const query = 'select text from notes'
      const change = (schema: string): string =>
        `do $$ begin perform set_config('search_path', '${schema}', false); end $$`
      const values = await play(
        ...[change('app'), query, 'begin', change('public'), query, 'rollback', query],
        ...['begin', 'set role pg_monitor', change('"$user", public'), query, 'rollback', query],
      )
      expect(values.filter((value) => value === 'plain' || value === 'of app')).toEqual([
        'of app',
        'plain',
        'of app',
        'plain',
        'of app',
      ])
      const queries = described.filter(({ facts }) => facts.kinds.join() === 'select')
      expect(queries.map(({ facts }) => `${facts.complete} ${facts.reads.join()}`)).toEqual([
        'true app.notes',
        // In a transaction in which code ran, it may have made another table of it.
        'false public.notes',
        'true app.notes',
        'false public.notes',
        'true app.notes',
      ])
      // What the proxy asked for itself is nobody's statement.
      expect(journal.events('gatetrail.statement.decided')).toHaveLength(13)
    })

    it('are asked for without a snapshot: a transaction may still choose its isolation level', async () => {
      const doubtful = "do $$ begin perform set_config('search_path', 'app', false); end $$"
      const level = 'set transaction isolation level serializable'
      const values = await play(doubtful, 'begin', level, 'select text from notes', 'commit')
      expect(values).toContain('of app')
    })

    it('are asked for without harm to the unnamed statement, nor in a failed transaction', async () => {
      const doubtful = m.query(
        "do $$ begin perform set_config('search_path', 'app', false); end $$",
      )
      const answer = await raw(
        doubtful,
        Buffer.concat([
          m.parse('', 'select text from notes'),
          m.bind('', ''),
          m.execute(''),
          m.sync,
        ]),
        m.query('begin'),
        doubtful,
        m.query('select 1 / 0'),
        m.query('select text from notes'),
        m.query('rollback'),
        m.query('select text from notes'),
      )
      expect(m.typesOf(Buffer.from(answer, 'latin1')).replaceAll('S', '')).toBe(
        ['CZ', '12DCZ', 'CZ', 'CZ', 'EZ', 'EZ', 'CZ', 'TDCZ'].join(''),
      )
      expect(answer.match(/of app/g)).toHaveLength(2)
    })

    it('of a pipeline mean what the statements before made of them', async () => {
      const execute = (text: string): Buffer =>
        Buffer.concat([m.parse('', text), m.bind('', ''), m.execute('')])
      const answer = await raw(
        Buffer.concat([
          execute('set search_path = app'),
          execute('select text from notes'),
          execute('set search_path = public'),
          execute('select text from notes'),
          m.sync,
        ]),
      )
      expect(answer).toMatch(/of app[\s\S]*plain/)
      expect(described.flatMap(({ facts }) => facts.reads)).toEqual(
        // At Parse and at Execute.
        ['app.notes', 'app.notes', 'public.notes', 'public.notes'],
      )
    })

    it('of a prepared statement are looked up again when the path has changed', async () => {
      const answer = await raw(
        Buffer.concat([m.parse('s', "select ssn || '' from people"), m.sync]),
        m.query('set search_path = app'),
        Buffer.concat([m.bind('', 's'), m.execute(''), m.sync]),
        m.query('set search_path = public'),
        Buffer.concat([m.bind('', 's'), m.execute(''), m.sync]),
      )
      expect(reads()).toEqual(['public.people'])
      expect(answer).toContain('not one')
      expect(answer).not.toContain(ssn)
    })

    it('of a bound portal can not be told any more when the path has changed', async () => {
      const answer = await raw(
        m.query('begin'),
        Buffer.concat([m.parse('', "select ssn || '' from people"), m.bind('p', ''), m.sync]),
        m.query('set search_path = app'),
        Buffer.concat([m.execute('p'), m.sync]),
        m.query('rollback'),
      )
      expect(described.findLast(({ facts }) => facts.kinds.includes('select'))).toMatchObject({
        facts: { complete: false },
      })
      expect(answer).not.toContain(ssn)
    })
  })

  describe('EXECUTE and FETCH', () => {
    it.each([
      ['PREPARE', 'prepare s as select text from notes', 'execute s', 'public.notes'],
      [
        'a cursor',
        'declare c cursor with hold for select text from notes',
        'fetch c',
        'public.notes',
      ],
    ])('of %s are decided by what it reads', async (_, give, use, relation) => {
      decide = onlyComplete
      expect(await play(give, use)).toEqual([undefined, 'plain'])
      expect(reads()).toEqual([relation])
    })

    it.each([
      ["prepare s as select ssn || '!' from people order by id", 'execute s'],
      ['prepare s(text) as select ssn || $1 from people order by id', "execute s('!')"],
      [
        'declare c cursor with hold for select reverse(ssn) from people order by id',
        'fetch 1 from c',
      ],
      ["begin; declare c cursor for select ssn || '' from people order by id", 'fetch all from c'],
    ])('show nothing of a tagged column: %s', async (give, use) => {
      const values = await play(give, use)
      expect(String(values[1])).toMatch(/^[^a-z]+$/i)
    })

    it('show what is not tagged', async () => {
      const values = await play(
        'prepare s(text) as select name || $1 from people order by id',
        "execute s('!')",
        'deallocate s',
        "prepare s as select ssn || '' from people order by id",
        'execute s',
      )
      expect(values[1]).toBe('Ada!')
      expect(values[4]).toMatch(/^[^a-z]+$/i)
    })

    it('of names that nobody gave are incomplete', async () => {
      decide = onlyComplete
      expect(await play('execute nobody', 'fetch nothing')).toEqual([
        expect.stringContaining('policy does not allow'),
        expect.stringContaining('policy does not allow'),
      ])
    })

    it('share their names with Parse and Bind', async () => {
      const answer = await raw(
        m.query('prepare s as select text from notes'),
        Buffer.concat([m.bind('', 's'), m.execute(''), m.sync]),
        Buffer.concat([m.parse('t', 'select text from app.notes'), m.sync]),
        m.query('execute t'),
        m.query('begin; declare c cursor for select text from notes'),
        Buffer.concat([m.execute('c'), m.sync]),
        Buffer.concat([m.parse('', 'select text from app.notes'), m.bind('p', ''), m.sync]),
        m.query('fetch p'),
        m.query('commit'),
      )
      expect(answer.match(/plain|of app/g)).toEqual(['plain', 'of app', 'plain', 'of app'])
      expect(described.filter(({ facts }) => !facts.complete)).toEqual([])
    })

    it('mean nothing known once code ran that could have given the name to another statement', async () => {
      const answer = await raw(
        Buffer.concat([m.parse('s', "select text || '' from notes"), m.sync]),
        m.query(
          "do $$ begin execute 'deallocate s'; execute 'prepare s as select ssn || '''' from people order by id'; end $$",
        ),
        Buffer.concat([m.bind('', 's'), m.execute(''), m.sync]),
        m.query('execute s'),
      )
      expect(answer).not.toContain(ssn)
      expect(described.at(-1)!.facts.complete).toBe(false)
    })

    it('keep their meaning when a text named what is not there', async () => {
      const answer = await raw(
        Buffer.concat([m.parse('s', "select text || '' from notes"), m.sync]),
        m.query('select * from nothing'),
        Buffer.concat([m.bind('', 's'), m.execute(''), m.sync]),
      )
      expect(answer).toContain('plain')
      expect(described.at(-1)!.facts.complete).toBe(true)
    })

    it('mean nothing known when code ran and failed', async () => {
      const answer = await raw(
        Buffer.concat([m.parse('s', "select text || '' from notes"), m.sync]),
        m.query(
          "do $$ begin execute 'deallocate s'; execute 'prepare s as select ssn from people'; perform nothing; end $$",
        ),
        Buffer.concat([m.bind('', 's'), m.execute(''), m.sync]),
      )
      expect(described.at(-1)!.facts.complete).toBe(false)
      expect(answer).not.toContain(ssn)
    })

    it('keep their meaning when a function ran that only computes', async () => {
      const answer = await raw(
        Buffer.concat([m.parse('s', "select text || '' from notes"), m.sync]),
        m.query('select touch(1)'),
        Buffer.concat([m.bind('', 's'), m.execute(''), m.sync]),
      )
      expect(answer).toContain('plain')
    })

    it('of a cursor that ended with its transaction are incomplete', async () => {
      const values = await play(
        'begin',
        'declare c cursor for select text from notes',
        'rollback',
        'fetch c',
      )
      expect(values[3]).toMatch(/does not exist/)
      expect(described.at(-1)!.facts.complete).toBe(false)
    })
  })

  describe('relations of the session', () => {
    it.each([
      "create temp table t as select ssn as text from people order by id; select text || '' from t",
      "create temp table notes as select ssn as text from people order by id; select text || '' from notes",
    ])('that hold tagged data are masked in the same text, and later: %s', async (text) => {
      const [create = '', select = ''] = text.split('; ')
      expect((await play(text))[0]).toMatch(/^[^a-z]+$/i)
      expect((await play(create, select))[1]).toMatch(/^[^a-z]+$/i)
    })

    it.each([
      "do $$ begin execute 'create temp table notes as select ssn as text from people order by id'; end $$",
      "create temp table notes (text text); do $$ begin execute 'insert into notes select ssn from people order by id'; end $$",
    ])('that code made or filled are masked, and others are not: %s', async (code) => {
      const queries = ["select text || '' from notes", 'select text from notes']
      const answers = await play(code, ...queries, 'begin', ...queries, 'rollback', "select text || '' from app.notes") // prettier-ignore
      answers.push(...(await play(`${code}; ${queries[0]}`)))
      const batch = [m.query('begin'), ...[...code.split(/; (?=do)/), queries[0]!].map((text) => Buffer.concat([m.parse('', text), m.bind('', ''), m.execute('')])), m.sync] // prettier-ignore
      answers.push(await raw(Buffer.concat(batch)))
      expect(answers.join()).not.toContain(ssn)
      expect(answers.at(-3)).toBe('of app')
    })

    it.each([
      'create trigger fires before insert on own for each row execute function log()',
      'create rule more as on insert to own do also delete from notes where id = 0',
      "create function pg_temp.f() returns int language sql as 'select 1'",
      'set search_path = pg_temp, public; create domain own_domain as int check (value > 0)',
    ])('behave as nobody knows after %s', async (definition) => {
      const insert = 'insert into own values (1)'
      await play('create temp table own (id int)', insert)
      expect(described.at(-1)!.facts.complete).toBe(true)
      await play('create temp table own (id int)', ...definition.split('; '), insert)
      expect(described.at(-1)!.facts.complete).toBe(false)
      await play('create temp table own (id int)', ...definition.split('; '), 'discard all', 'create temp table own (id int)', insert) // prettier-ignore
      expect(described.at(-1)!.facts.complete).toBe(true)
    })

    it('that the session makes after code ran are known all the same', async () => {
      const answers = await play(
        "do $$ begin execute 'create temp table made as select ssn as text from people order by id'; end $$",
        "create temp table own as select text from notes; select text || '' from own",
        "select text || '' from own",
        "select text || '' from made",
      )
      expect(answers.slice(1, 3)).toEqual(['plain', 'plain'])
      expect(answers[3]).toMatch(/^[^a-z]+$/i)
      const batch = (text: string): Buffer =>
        Buffer.concat([m.parse('', text), m.bind('', ''), m.execute(''), m.sync])
      const code = "do $$ begin execute 'create temp table made (t text)'; end $$"
      const own = ['create temp table own (text text)', "insert into own values ('plain')"]
      const answer = await raw(...[code, ...own, "select text || '' from own"].map(batch))
      expect(answer).toContain('plain')
    })

    it('that were renamed are masked under their new name', async () => {
      const answers = await play(
        'create temp table first as select ssn as text from people order by id',
        'alter table first rename to notes',
        "select text || '' from notes",
      )
      expect(answers[2]).toMatch(/^[^a-z]+$/i)
    })

    it('that hold none show it', async () => {
      const values = await play(
        'create temp table t as select text from notes',
        "select text || '!' from t",
        'create temp table u (id int, word text)',
        "insert into u values (1, 'here')",
        'select upper(word) from u',
      )
      expect([values[1], values[4]]).toEqual(['plain!', 'HERE'])
    })

    it('that tagged data is put into later are masked from then on', async () => {
      const values = await play(
        'create temp table u (id int, word text)',
        'insert into u select id, ssn from people order by id',
        "select word || '' from u",
      )
      expect(values[2]).toMatch(/^[^a-z]+$/i)
    })

    it('tag the columns of tables for everybody before the statement runs', async () => {
      await play('begin', 'insert into notes select id, ssn from people', 'rollback')
      expect(derived).toMatchObject([
        { relation: 'public.notes', column: 'text', tags: [{ place: 'public.people.ssn' }] },
      ])
    })

    it('made in an open transaction are masked by what they hold', async () => {
      const values = await play(
        'begin',
        'create table copied as select id, ssn as word, 1 as one from people order by id',
        "select word || '' from copied",
        'rollback',
      )
      expect(values[2]).toMatch(/^[^a-z]+$/i)
      expect(derived).toMatchObject([{ relation: 'public.copied', column: 'word' }])
    })

    it('are known to the next statement once they are committed', async () => {
      decide = onlyComplete
      const values = await play(
        'create table fresh (id int, word text)',
        "insert into fresh values (1, 'new')",
        'select upper(word) from fresh',
        'create view fresh_view as select word from fresh',
        'select upper(word) from fresh_view',
        'drop table fresh cascade',
      )
      expect([values[2], values[4]]).toEqual(['NEW', 'NEW'])
    })

    it('a view that is replaced in the transaction shows nothing of what it shows now', async () => {
      const values = await play(
        'create view shown as select text from notes',
        'begin',
        'create or replace view shown as select ssn as text from people order by id',
        "select text || '' from shown",
        'rollback',
        "select text || '' from shown",
        'drop view shown',
      )
      expect(values[3]).toMatch(/^[^a-z]*$/i)
      expect(values[5]).toBe('plain')
    })
  })

  describe('a text in which the target may see other strings', () => {
    const off = 'set standard_conforming_strings = off'
    /** With backslashes that escape it concatenates a tagged column; else all of it is one constant. */
    const hidden = "select '\\'' || ssn -- '\n from people order by id"

    it('passes where what is not known may, and shows nothing tagged', async () => {
      const [, answer, plain] = await play(off, hidden, "select 'a\\'b'")
      expect(answer).not.toContain(ssn)
      expect(plain).toMatch(/^\*+$|^a'b$/)
      expect(described.at(-1)!.facts).toMatchObject({ complete: false, kinds: ['unknown'] })
    })

    it('is refused where it may not, with what to do, and without a backslash it is as ever', async () => {
      const [, answer, plain] = await inSession(async (client) => {
        await client.query(off)
        decide = onlyComplete
        const refused = await client.query(hidden).catch((error: unknown) => error)
        return [off, refused, (await client.query("select 'a' as a")).rows[0]]
      })
      expect(answer).toMatchObject({ code: '42501', hint: expect.stringMatching(/= on/) })
      expect(plain).toEqual({ a: 'a' })
    })

    it('stays so under a name when the setting is back, and under another search_path', async () => {
      const answer = await raw(
        m.query(off),
        Buffer.concat([m.parse('s', hidden), m.sync]),
        m.query('reset standard_conforming_strings'),
        Buffer.concat([m.bind('', 's'), m.execute(''), m.sync]),
        m.query('set search_path = app, public'),
        Buffer.concat([m.bind('', 's'), m.execute(''), m.sync]),
      )
      expect(answer).not.toContain(ssn)
      expect(answer).not.toContain('not one')
      expect(described.some(({ facts }) => facts.complete && facts.kinds.includes('select'))).toBe(false) // prettier-ignore
    })

    it('is taken for one in a batch in which the target has not said what it is now', async () => {
      const batch = (...texts: string[]): Buffer =>
        Buffer.concat([
          ...texts.flatMap((text) => [m.parse('', text), m.bind('', ''), m.execute('')]),
          m.sync,
        ])
      for (const texts of [
        [off, hidden],
        ["select set_config('standard_conforming_strings', 'off', false)", hidden],
        ['do $$ begin set standard_conforming_strings = off; end $$', hidden],
      ]) {
        expect(await raw(batch(...texts))).not.toContain(ssn)
      }
      const local = 'set local standard_conforming_strings = on'
      expect(await raw(m.query(off), m.query('begin'), m.query(local), batch('commit', hidden))).not.toContain(ssn) // prettier-ignore
    })

    it('is masked on record from where a constant may begin', async () => {
      await play(off, `select 'it\\'s' where 'zebra \\' crossing' = 'x'`)
      expect(journal.text()).not.toMatch(/zebra|crossing/)
      expect(journal.text()).toContain('select ')
      journal = new MemoryJournal()
      await play("set client_encoding = 'SJIS'", "select 'zebra \u00e9'", 'select 1')
      expect(journal.text()).not.toContain('zebra')
      expect(described.at(-1)!.facts.complete).toBe(true)
    })
  })

  describe('pipelines', () => {
    const data = Buffer.concat([m.copyData('1\tone\n'), m.copyData('2\ttwo\n'), m.copyDone])
    const execute = (text: string): Buffer =>
      Buffer.concat([m.parse('', text), m.bind('', ''), m.execute('')])
    const types = (answer: string): string => m.typesOf(Buffer.from(answer, 'latin1'))

    it.each(['notes', 'logged'])(
      'of COPY FROM STDIN with its data and more behind it stay in step: into %s',
      async (table) => {
        const answer = await raw(
          m.query('begin'),
          Buffer.concat([
            ...[m.query(`copy ${table} from stdin`), data],
            m.query(`select count(*) from ${table}`),
          ]),
          // As libpq does: the first Sync comes while the COPY is on, and the target ignores it.
          {
            ignoresSync: Buffer.concat([execute(`copy ${table} from stdin`), m.sync, data, m.sync]),
          },
          m.query('select 1'),
          m.query('rollback'),
        )
        expect(types(answer)).toBe(['CZ', 'GCZTDCZ', '12GCZ', 'TDCZ', 'CZ'].join(''))
      },
    )

    it('of COPY FROM STDIN that fails stay in step', async () => {
      const answer = await raw(
        Buffer.concat([m.query('copy logged from stdin'), m.copyData('x\n'), m.copyDone]),
        m.query('select 1'),
        Buffer.concat([m.query('copy logged from stdin'), m.message('f', 'no more\0')]),
        m.query('select 1'),
      )
      expect(types(answer)).toBe(['GEZ', 'TDCZ', 'GEZ', 'TDCZ'].join(''))
    })

    it('with an error in the middle leave what was prepared before it, and nothing of what is behind', async () => {
      const answer = await raw(
        Buffer.concat([
          ...[m.parse('a', 'select text from notes'), execute('select 1 / 0')],
          ...[m.parse('b', 'select ssn from people'), m.sync],
          ...[m.bind('', 'a'), m.execute(''), m.sync],
          ...[
            m.parse('b', "select text || '!' from notes"),
            m.bind('', 'b'),
            m.execute(''),
            m.sync,
          ],
        ]),
      )
      expect(types(answer)).toBe(['11EZ', '2DCZ', '12DCZ'].join(''))
      expect(answer).toContain('plain!')
    })

    it('that fail before they run have on record why, and what was skipped for them', async () => {
      const nothing = 'select * from nothing_of_that_name'
      const run = (text: string, ...values: string[]): Buffer[] =>
        [m.parse('', text), m.bind('', '', values), m.execute('')] // prettier-ignore
      await raw(Buffer.concat([...run(nothing), m.sync]))
      await raw(Buffer.concat([...run('select $1::int', 'no number'), ...run('select 3'), m.sync]))
      await raw(
        Buffer.concat([m.parse('s', nothing), m.describeStatement('s'), m.sync]),
        Buffer.concat([m.parse('t', 'select 4'), m.sync]),
      )
      const events = journal.events<{ error?: { sqlstate: string; message: string } }>('gatetrail.statement.completed') // prettier-ignore
      expect(events.map(({ error }) => error?.sqlstate)).toEqual(['42P01', '22P02', '25P02', '42P01']) // prettier-ignore
      for (const at of [0, 3]) expect(events[at]?.error?.message).toContain('does not exist')
      expect(
        journal.events('gatetrail.statement.decided').map(({ path, verdict }) => [path, verdict]),
      ).toEqual([
        // prettier-ignore
        ...Array.from({ length: 3 }, () => ['extended', 'allow']),
        ['parse', 'allow'],
      ])
    })

    it('of portals with row limits, with and without Describe, are masked to the last row', async () => {
      const text = 'select ssn, name from people order by id'
      const answer = await raw(
        Buffer.concat([
          ...[m.parse('', text), m.bind('p', '', [], [1]), m.execute('p', 1), m.execute('p', 1)],
          ...[m.execute('p', 1), m.sync],
        ]),
        m.query('begin'),
        Buffer.concat([m.parse('', text), m.bind('p', ''), m.execute('p', 1), m.sync]),
        Buffer.concat([m.execute('p', 0), m.close('P', 'p'), m.sync]),
        m.query('commit'),
      )
      expect(types(answer)).toBe(['12DsDsCZ', 'CZ', '12DsZ', 'DC3Z', 'CZ'].join(''))
      expect(answer).not.toContain(ssn)
      expect(answer).toContain('Ada')
    })

    it('across implicit transactions keep a cursor WITH HOLD, and what it shows masked', async () => {
      const answer = await raw(
        m.query("declare h cursor with hold for select ssn || '' from people order by id"),
        m.query('fetch 1 from h'),
        Buffer.concat([execute('fetch 1 from h'), m.sync]),
        m.query('move backward all in h'),
        Buffer.concat([m.execute('h', 1), m.sync]),
        m.query('close h'),
        m.query('fetch 1 from h'),
      )
      expect(types(answer)).toBe(['CZ', 'TDCZ', '12DCZ', 'CZ', 'DsZ', 'CZ', 'EZ'].join(''))
      expect(answer).not.toContain(ssn)
    })
  })

  describe('read-only mode', () => {
    it.each([
      'set default_transaction_read_only = off',
      'set transaction_read_only = off',
      'begin read write',
      'start transaction read write',
      'set session characteristics as transaction read write',
      "select set_config('transaction_read_only', 'off', false)",
      "select set_config('default_transaction_' || 'read_only', 'off', false)",
      "do $$ begin set transaction_read_only = off; insert into notes values (9, 'x'); end $$",
    ])('is not left by %s', async (text) => {
      readOnly = true
      const values = await play(text, "insert into notes values (9, 'x') returning text")
      expect(values[0]).toMatch(/read-only/)
      expect(values[1]).toMatch(/read-only transaction/)
    })

    it.each([
      'reset all',
      'discard all',
      'reset default_transaction_read_only',
      'set default_transaction_read_only to default',
      'begin read only',
    ])('stays with %s', async (text) => {
      readOnly = true
      const values = await play(text, "insert into notes values (9, 'x') returning text")
      expect(values[0]).toBeUndefined()
      expect(values[1]).toMatch(/read-only transaction/)
    })
  })

  it('strict masking refuses what compares with a tagged column, and nothing else', async () => {
    strict = true
    const refused = [
      `select name from people where ssn = '${ssn}'`,
      'select name from people order by ssn',
      'select count(*) from people group by ssn',
      'select distinct ssn from people',
      'select 1 from people a join people b using (ssn)',
    ]
    const allowed = ['select ssn from people where id = 1', 'select name from people order by id']
    for (const value of await play(...refused)) expect(value).toMatch(/people\.ssn is masked/)
    expect(await play(...allowed)).toEqual([expect.stringMatching(/^[^a-z]+$/i), 'Ada'])
  })

  describe('a type of a parameter that somebody made', () => {
    const typeOid = (name: string): number => snapshot.model.typesByName.get(name)![0]!.oid
    const factsOf = async (...types: number[]): Promise<StatementDescription['facts'][]> => {
      await raw(
        Buffer.concat([m.parse('s', 'select $1::text as t', ...types), m.sync]),
        m.query('set search_path = app, public'),
        Buffer.concat([m.bind('', 's', ['red']), m.execute(''), m.sync]),
      )
      const all = described.filter(({ facts }) => facts.kinds.includes('select'))
      expect(all).toHaveLength(2)
      return all.map(({ facts }) => facts)
    }

    it('does what its checks do, at Parse, and at Bind where names mean something else', async () => {
      for (const facts of await factsOf(typeOid('writing'))) {
        expect(facts.effects).toContain('write')
        expect(facts.writes).toContain('public.notes')
      }
    })

    it('changes nothing where it only makes a value, and is incomplete where nobody knows it', async () => {
      const [plain] = await factsOf()
      for (const name of ['short', 'colour', '_colour']) {
        described = []
        for (const facts of await factsOf(typeOid(name))) {
          expect(facts).toMatchObject({
            complete: true,
            effects: plain!.effects,
            kinds: plain!.kinds,
          })
        }
      }
      described = []
      await raw(Buffer.concat([m.parse('', 'select $1', 4_000_000), m.sync]))
      expect(described.at(-1)!.facts.complete).toBe(false)
    })

    it('does so in PREPARE too', async () => {
      await play('prepare s(writing) as select $1::text', "execute s('x')", 'prepare t(short, int) as select $1::text', "execute t('x', 1)") // prettier-ignore
      for (const at of [0, 1]) expect(described[at]!.facts.writes).toContain('public.notes')
      for (const at of [2, 3])
        expect(described[at]!.facts).toMatchObject({ complete: true, writes: [] })
    })

    it('of a statement that policy refuses for it never reaches the target', async () => {
      decide = ({ facts }) => (facts.effects.includes('write') ? deny : allow)
      const parse = m.parse('', 'select $1::text', typeOid('writing'))
      expect(await raw(Buffer.concat([parse, m.bind('', '', ['x']), m.execute(''), m.sync]))).toContain('42501') // prettier-ignore
    })
  })

  describe('a function call', () => {
    const call = (oid: number, argument: string): Buffer =>
      m.message(
        ...(['F', m.i32(oid), m.i16(0), m.i16(argument === '' ? 0 : 1)] as const),
        ...(argument === '' ? [] : [m.i32(Buffer.byteLength(argument)), Buffer.from(argument)]),
        m.i16(0),
      )
    const oidOf = async (name: string): Promise<number> =>
      Number((await play(`select '${name}'::regprocedure::oid`))[0])

    it('is decided like a SELECT of the function, and answered', async () => {
      decide = onlyComplete
      const answer = await raw(call(await oidOf('reverse(text)'), 'abcd'), m.query('select 1'))
      expect(m.typesOf(Buffer.from(answer, 'latin1'))).toBe('VZTDCZ')
      expect(answer).toContain('dcba')
      expect(journal.events('gatetrail.statement.decided')).toContainEqual(
        expect.objectContaining({ path: 'function_call', verdict: 'allow' }),
      )
      expect(
        journal
          .frames()
          .find(({ type }) => type === 'F')
          ?.bytes.toString(),
      ).not.toContain('abcd')
    })

    it('is refused by policy with the answers in order', async () => {
      decide = ({ facts }) => (facts.functions.includes('public.secret') ? deny : allow)
      const answer = await raw(call(await oidOf('secret()'), ''), m.query('select 1'))
      expect(m.typesOf(Buffer.from(answer, 'latin1'))).toBe('EZTDCZ')
    })

    it('shows nothing of a tagged column', async () => {
      const answer = await raw(call(await oidOf('secret()'), ''))
      expect(m.typesOf(Buffer.from(answer, 'latin1'))).toBe('VZ')
      expect(answer).not.toContain(ssn)
      expect(journal.text()).not.toContain(ssn)
    })

    it('of a function that nobody knows is refused', async () => {
      const answer = await raw(call(3_999_999, ''))
      expect(m.typesOf(Buffer.from(answer, 'latin1'))).toBe('EZ')
      expect(answer).toContain('3999999')
    })
  })
})

function readyCount(bytes: Buffer): number {
  return m.framesOf(bytes).filter(({ type }) => type === 'Z').length
}

async function until(done: () => boolean): Promise<void> {
  for (let tries = 0; !done(); tries++) {
    if (tries > 500) throw new Error('waited in vain')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

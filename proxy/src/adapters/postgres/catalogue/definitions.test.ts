import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  allPostgresBinaries,
  startTestPostgres,
  type TestPostgres,
} from '../testing/postgres-server.ts'
import { connectToTarget } from '../upstream/connect.ts'
import { loadSnapshot, type LoadedSnapshot } from './load-snapshot.ts'
import type { CatalogueModel } from './model.ts'
import { createQueryClient, type QueryClient } from './query-client.ts'

/** What prints a tree takes locks. */
const printing = /pg_get_(viewdef|ruledef|triggerdef|expr|function_sqlbody)/

/** After each of them the model that was renewed must be the one that is read from nothing. */
const changes = [
  'alter table items rename column price to cost',
  'alter table items rename to things',
  'alter schema shop rename to store',
  `alter type mood rename value 'sad' to 'blue'`,
  'alter type mood rename to humour',
  'alter function twice(int) rename to double',
  'alter operator <@@> (int, int) set schema store',
  'alter sequence counted rename to counter',
  'alter view shown rename column price to what_it_costs',
  'alter view shown set schema store',
  'create or replace view of_view as select what_it_costs + 1 as price from store.shown',
  'alter table things add column added text default lower($$X$$), add check (added <> $$y$$)',
  'alter table things drop column added',
  'alter table things alter column note type varchar(80), alter column note drop default',
  'create index on things (upper(note)) where cost > 1',
  'create rule more as on insert to things where new.cost > 1 do also delete from store.stock where item = new.cost',
  'create policy any_of_them on things using (cost in (select cost from things t2)) with check (cost > 0)',
  'create or replace function with_default(a int default 3) returns int language sql as $$select 2$$',
  'alter domain positive add check (value < 1000)',
  'create type pair as (a int, b text)',
  'alter type pair rename attribute a to c',
  'create trigger on_change before update on things for each row when (old.cost <> new.cost) execute function changed()',
  'alter table things disable trigger on_change',
  'alter table things rename column cost to price',
  `comment on column things.note is 'gatetrail:EMAIL'`,
  'grant usage on schema store to public; create role somebody',
  'create table parts_2 partition of parts for values from (10) to (20)',
  'alter table parts detach partition parts_1',
  'create cast (mood_text as int) with inout',
  'drop view of_view; drop table parts cascade',
  'truncate things',
]

describe.each(allPostgresBinaries)('definitions in the PostgreSQL in %s', (binaries) => {
  let server: TestPostgres
  let owner: pg.Client
  let client: QueryClient
  let printed: { text: string; parameters: readonly string[] }[] = []
  let beforePrinting: (() => Promise<unknown>) | undefined
  let afterPrinting: (() => Promise<unknown>) | undefined

  const open = async (): Promise<QueryClient> => {
    const target = {
      name: 'orders',
      address: `127.0.0.1:${server.port}`,
      tls: 'disable' as const,
      certificateAuthorities: undefined,
    }
    const login = { user: 'postgres', password: '', database: 'postgres' }
    const settings = new Map([['lock_timeout', '500']])
    return createQueryClient(await connectToTarget(target, login, settings), 'orders')
  }
  const load = async (previous?: LoadedSnapshot): Promise<LoadedSnapshot> =>
    loadSnapshot(
      {
        close: () => undefined,
        async query(text, parameters) {
          const prints = printing.test(text) && parameters.length > 0
          if (prints) {
            printed.push({ text, parameters })
            await beforePrinting?.()
          }
          const rows = await client.query(text, parameters)
          if (prints) await afterPrinting?.()
          return rows
        },
      },
      {},
      '',
      previous,
    )
  const definition = ({ stated }: LoadedSnapshot, name: string): string =>
    stated.relationsByName.get(name)?.definition ?? ''
  const without = ({ version, ...model }: CatalogueModel): Omit<CatalogueModel, 'version'> => {
    expect(version).toBeGreaterThan(0)
    return model
  }

  beforeAll(async () => {
    server = await startTestPostgres([], binaries)
    owner = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres' })
    await owner.connect()
    client = await open()
    await owner.query(`
      create schema shop;
      create type mood as enum ('sad', 'happy');
      create domain mood_text as text;
      create domain positive as int check (value > 0) default 1;
      create sequence counted;
      create function twice(int) returns int language sql immutable as 'select $1 * 2';
      create function changed() returns trigger language plpgsql as 'begin return new; end';
      create function with_default(a int default 2) returns int language sql as 'select 1';
      create operator <@@> (function = int4pl, leftarg = int, rightarg = int);
      create table items (id int default nextval('counted'), price int, note text default 'x', felt mood,
        doubled int generated always as (price * 2) stored, check (twice(price) < 100000));
      create table shop.stock (item int, amount positive);
      create view shown as select price, twice(price) as double, felt = 'sad' as is_sad, id <@@> 1 as more
        from items join shop.stock on item = id;
      create view shop.shown_again as select * from shown;
      create view of_view as select price from shop.shown_again;
      create table parts (at int) partition by range ((at + 1));
      create table parts_1 partition of parts for values from (0) to (10);`)
  })
  afterAll(async () => {
    await owner.end()
    client.close()
    await server.stop()
  })
  beforeEach(() => {
    printed = []
    beforePrinting = undefined
    afterPrinting = undefined
  })

  test('are not printed again where nothing has changed', async () => {
    const first = await load()
    expect(printed.length).toBeGreaterThan(0)
    printed = []
    const second = await load(first)
    await owner.query('create table unrelated (id int)')
    const third = await load(second)
    expect(printed).toEqual([])
    expect(second.stated).toBe(first.stated)
    expect(third.stated).not.toBe(first.stated)
    expect(definition(third, 'public.shown')).toBe(definition(first, 'public.shown'))
  })

  test('that another session holds hold up no renewal', async () => {
    const first = await load()
    const other = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres' })
    await other.connect()
    await other.query('begin; lock items, shown in access exclusive mode')
    await owner.query('create table meanwhile (id int, check (id > 1))')
    const second = await load(first)
    expect(second.stated.relationsByName.has('public.meanwhile')).toBe(true)
    await other.query('rollback; drop table meanwhile')
    await other.end()
  })

  test('keep no relation locked once they are printed', async () => {
    const held: unknown[] = []
    afterPrinting = async () => {
      const { rows } = await owner.query(
        `select relation::regclass::text, mode from pg_locks where relation in
          ('items'::regclass, 'shown'::regclass, 'shop.stock'::regclass) and pid <> pg_backend_pid()
          and pid in (select pid from pg_stat_activity where state <> 'active')`,
      )
      held.push(...rows)
    }
    await load()
    expect(held).toEqual([])
  })

  test('are those of what was named when they were printed, however things are renamed meanwhile', async () => {
    const first = await load()
    await owner.query('create view late as select price from items')
    let renames = 0
    beforePrinting = async () => {
      if (++renames === 1) await owner.query('alter table items rename to hidden')
    }
    afterPrinting = async () => {
      if (renames === 1) await owner.query('alter table hidden rename to items')
    }
    const second = await load(first)
    expect(definition(second, 'public.late')).toContain('FROM public.items')
    await owner.query('drop view late')
  })

  test('that change without a pause are told as unknown, not as they were', async () => {
    const first = await load()
    await owner.query('create view restless as select price from items')
    let count = 0
    beforePrinting = async () => {
      await owner.query(`alter table items add column more_${++count} int`)
    }
    const second = await load(first)
    expect(definition(second, 'public.restless')).toBe('(')
    beforePrinting = undefined
    const third = await load(second)
    expect(definition(third, 'public.restless')).toContain('FROM public.items')
    await owner.query('drop view restless')
  })

  test('of what is dropped while it is read are missed by nobody', async () => {
    const first = await load()
    await owner.query('create view gone as select price from items')
    beforePrinting = async () => owner.query('drop view if exists gone')
    const second = await load(first)
    expect(second.stated.relationsByName.has('public.gone')).toBe(false)
  })

  test('and all else are the same when renewed as when read from nothing', async () => {
    let renewed = await load()
    for (const change of changes) {
      await owner.query(change)
      renewed = await load(renewed)
      const anew = await load()
      expect(without(renewed.stated), change).toEqual(without(anew.stated))
    }
  })
})

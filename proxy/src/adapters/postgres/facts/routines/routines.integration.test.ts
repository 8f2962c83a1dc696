import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  newestPostgresBinaries,
  startTestPostgres,
  type TestPostgres,
} from '../../testing/postgres-server.ts'
import { describeStatement, type StatementDescription } from '../describe-statement.ts'
import { createEnvironment, type SqlEnvironment } from '../environment.ts'
import { loadParser } from '../parser.ts'
import { realEnvironment } from '../testing/real-environment.ts'

const schema = `
create table customers (id int primary key, name text, ssn text, changed timestamptz);
create table orders (id serial primary key, customer_id int references customers on delete cascade, total numeric);
create table refunds (id int, order_id int references orders on delete set null);
create table audit (id serial, what text, old_ssn text);
create table plain (id int, note text);
create schema crm;
create table crm.customers (id int, nickname text);

create function touch() returns trigger language plpgsql as $$
  begin if tg_op = 'UPDATE' then new.changed := now(); end if; -- update nothing else
  return new; end $$;
create trigger touch before insert or update on customers for each row execute function touch();
create function log_it() returns trigger language plpgsql as $$
  declare made int;
  begin insert into audit (what, old_ssn) values (tg_op, old.ssn) returning id into made; return null; end $$;
create trigger log_it after delete on customers for each row execute function log_it();

create table measures (id int, at date, secret text) partition by range (at);
create table measures_1 partition of measures for values from ('2026-01-01') to ('2027-01-01');
create view short as select id, name from customers;
create table policed (id int, owner text);
alter table policed enable row level security;
create function tenant() returns text language sql stable as $$ select current_setting('app.tenant') $$;
create policy p on policed using (owner = tenant());
create function counted() returns text language sql as $$ insert into audit (what) values ('read'); select 'x' $$;
create table counting (id int, owner text);
alter table counting enable row level security;
create policy p on counting using (owner = counted());

create function ssn_of(wanted int) returns text language sql stable as $$ select ssn from customers where id = wanted $$;
create function pl_ssn(wanted int) returns text language plpgsql stable as $$
  declare s text; begin select ssn into s from customers where id = wanted; return s; end $$;
create function names(n int) returns table (id int, label text, secret text) language sql stable as $$
  select id, name, ssn from customers limit n $$;
create function first_customer() returns customers language sql stable as $$ select * from customers limit 1 $$;
create function double(x int) returns int language plpgsql as $$ begin return x * 2; end $$;
create function here() returns bigint language sql stable as $$ select count(*) from customers $$;
create function there() returns bigint language sql stable set search_path = crm as $$ select count(*) from customers $$;
create function endless(n int) returns int language sql as $$ select endless(n - 1) $$;
create function noted(n int) returns int language plpgsql as $$
  begin insert into plain values (n, 'x') on conflict do nothing; return n; end $$;
create function with_loop() returns void language plpgsql as $$
  declare r record;
  begin
    for r in select id from customers loop
      update plain set note = 'seen' where id = r.id;
    end loop;
  end $$;
create function prepared(t text) returns void language plpgsql as $$ begin execute 'select 1'; end $$;
create function odd_string() returns text language plpgsql immutable as $$ begin return 'a\\'; end $$;
create function big_step(state numeric, x numeric) returns numeric language sql immutable as $$ select greatest(state, x) $$;
create aggregate biggest(numeric) (sfunc = big_step, stype = numeric);
create procedure tidy() language sql as $$ delete from audit where id < 0 $$;
create procedure idle() language plpgsql as $$ begin raise notice 'nothing'; end $$;
create function keep(x text) returns void language sql as $$ insert into plain (note) values (x) $$;
create function harmless_default(a int, b int default 5) returns int language sql immutable as $$ select a + b $$;
create extension pgcrypto; create extension hstore; create extension citext; create extension tablefunc;
create extension dblink; create extension "uuid-ossp"; create extension pg_trgm; create extension unaccent;
`

describe.skipIf(newestPostgresBinaries === undefined)('what the catalogue tells', () => {
  let server: TestPostgres
  let environment: SqlEnvironment
  const of = (sql: string, changes: Partial<SqlEnvironment> = {}): StatementDescription => {
    const { id: _, ...state } = { ...environment, ...changes }
    return describeStatement(
      sql,
      Object.keys(changes).length === 0 ? environment : createEnvironment(state),
    )
  }
  const short = (sql: string, changes?: Partial<SqlEnvironment>): string => {
    const { facts } = of(sql, changes)
    return `${facts.effects.join(' ')}${facts.complete ? '' : ' ?'}`
  }
  const tags = (sql: string): string[] =>
    of(sql).parts.flatMap(
      ({ columns }) =>
        columns?.map((c) => `${c.name}:${c.unknown ? '?' : c.tags.map((t) => t.place).join()}`) ?? [
          'none',
        ],
    )

  beforeAll(async () => {
    await loadParser()
    server = await startTestPostgres([], newestPostgresBinaries)
    await server.execute(schema)
    environment = await realEnvironment(server, {
      'public.customers.ssn': 'US_SSN',
      'public.measures.secret': 'SECRET',
    })
  }, 60_000)
  afterAll(() => server?.stop())

  test('a trigger that only stamps a row leaves its statement complete, whatever words its comments and strings have', () => {
    const { facts } = of("update customers set name = 'x' where id = 1")
    expect(facts).toMatchObject({ complete: true, writes: ['public.customers'] })
    expect(facts.functions).toContain('public.touch')
  })

  test('a trigger that inserts elsewhere writes there, and carries the tag of what it copies', () => {
    const { facts, reach } = of('delete from customers where id = 1')
    expect(facts.complete).toBe(true)
    expect(facts.kinds).toEqual(['delete', 'insert'])
    expect(facts.writes).toEqual([
      'public.audit',
      'public.customers',
      'public.orders',
      'public.refunds',
    ])
    expect(reach.stores).toContainEqual({
      relation: 'public.audit',
      column: 'old_ssn',
      lineage: {
        tags: [{ place: 'public.customers.ssn', dataClass: 'US_SSN' }],
        unknown: false,
      },
    })
  })

  test('the sequence of a serial column is part of the insert', () => {
    const { facts } = of('insert into orders (total) values (5)')
    expect(facts).toMatchObject({
      effects: ['write'],
      complete: true,
      functions: ['pg_catalog.nextval'],
    })
  })

  test('a partition changes, and is read, under the name of its table, too', () => {
    expect(of('delete from measures_1').facts.writes).toEqual([
      'public.measures',
      'public.measures_1',
    ])
    expect(of('insert into measures values (1)').facts.writes).toEqual([
      'public.measures',
      'public.measures_1',
    ])
    expect(of('select id from measures_1').facts.reads).toEqual([
      'public.measures',
      'public.measures_1',
    ])
  })

  test('an updatable view changes its table, with all that hangs on it', () => {
    expect(of("update short set name = 'x'").facts).toMatchObject({
      complete: true,
      writes: ['public.customers', 'public.short'],
    })
    expect(of('delete from short').facts.writes).toContain('public.audit')
  })

  test('policies of rows run for who reads', () => {
    expect(short('select * from policed')).toBe('read')
    expect(of('select * from policed').facts.functions).toContain('public.tenant')
    expect(short('select * from counting')).toBe('read write')
  })

  test('a function brings out what its body selects', () => {
    expect(tags('select ssn_of(1)')).toEqual(['ssn_of:public.customers.ssn'])
    expect(tags('select pl_ssn(1)')).toEqual(['pl_ssn:public.customers.ssn'])
    expect(tags('select * from names(5)')).toEqual(['id:', 'label:', 'secret:public.customers.ssn'])
    expect(tags('select label from names(5)')).toEqual(['label:'])
    expect(tags('select name, ssn from first_customer()')).toEqual([
      'name:',
      'ssn:public.customers.ssn',
    ])
    expect(of('select ssn_of(1)').facts).toMatchObject({
      complete: true,
      reads: ['public.customers'],
      columns: ['public.customers.id', 'public.customers.ssn'],
    })
  })

  test('unqualified names of a body mean what its own search_path says', () => {
    expect(of('select here()').facts.reads).toEqual(['public.customers'])
    expect(of('select there()').facts.reads).toEqual(['crm.customers'])
    expect(of('select public.here()', { searchPath: ['crm'] }).facts.reads).toEqual([
      'crm.customers',
    ])
  })

  test('PL/pgSQL is complete where its words tell all', () => {
    expect(short('select double(2)')).toBe('read')
    expect(short('select noted(2)')).toBe('read write')
    expect(of('select noted(2)').facts.writes).toEqual(['public.plain'])
    expect(of('select with_loop()').facts).toMatchObject({
      complete: true,
      kinds: ['select', 'update'],
      writes: ['public.plain'],
    })
    expect(short('call tidy()')).toBe('read session write')
    expect(short('call idle()')).toBe('session')
  })

  test('dynamic SQL, recursion and strings that depend on a setting are incomplete', () => {
    for (const call of [`prepared('x')`, 'endless(3)', 'odd_string()', 'missing(1)']) {
      expect([call, of(`select ${call}`).facts.complete]).toEqual([call, false])
    }
    expect(of('do $$ begin end $$').facts.complete).toBe(false)
  })

  test('what a function stores of its arguments makes it incomplete where they hold data of columns', () => {
    expect(short(`select keep('x')`)).toBe('read write')
    expect(short('select keep(name) from customers')).toBe('read write ?')
  })

  test('an aggregate is as harmless as its parts, a default as its expression', () => {
    expect(short('select biggest(total) from orders')).toBe('read')
    expect(short('select harmless_default(1)')).toBe('read')
  })

  test.each([
    [
      `select gen_salt('bf'), crypt('a', 'b'), digest('x', 'md5'), pgp_sym_encrypt('a', 'b')`,
      'read',
    ],
    [`select 'a=>1'::hstore -> 'a', hstore('a', 'b')`, 'read'],
    [`select lower('A'::citext), 'a'::citext = 'A'`, 'read'],
    ['select uuid_generate_v4()', 'read'],
    [`select similarity('a', 'b'), 'a' % 'b', unaccent('é')`, 'read'],
    ['select set_limit(0.5)', 'read session'],
    [`select * from crosstab('select 1, 2, 3') as t(a int, b int)`, 'read ?'],
    [`select * from dblink('', 'select 1') as t(a int)`, 'external read write ?'],
    [`select dblink_connect('x')`, 'external read'],
    [`select dblink_exec('', 'x')`, 'external read write ?'],
  ])('%s is %s', (sql, expected) => {
    expect(short(sql)).toBe(expected)
  })

  test('after the session itself defined something, unqualified calls may mean that', () => {
    expect(short('select lower(name) from customers')).toBe('read')
    expect(short('select lower(name) from customers', { uncertain: true })).toBe('read ?')
    expect(short('select pg_catalog.lower(name) from customers', { uncertain: true })).toBe('read')
    expect(short('update plain set note = null', { uncertain: true })).toBe('write ?')
  })

  test('changes of definitions by hand are definitions, and pg_settings is a SET', () => {
    expect(short('delete from pg_catalog.pg_class')).toContain('schema')
    expect(of(`update pg_settings set setting = 'off'`).setsReadOnlyOff).toBe(true)
  })

  test('a lock that keeps others from writing is no reading', () => {
    expect(short('lock table customers in access share mode')).toBe('session')
    expect(short('lock customers')).toBe('session write')
  })
})

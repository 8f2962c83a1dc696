import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  allPostgresBinaries,
  startTestPostgres,
  type TestPostgres,
} from '../testing/postgres-server.ts'
import { connectToTarget } from '../upstream/connect.ts'
import { createCatalogue, type Catalogue } from './catalogue.ts'
import type { CatalogueModel, Relation, Routine, Type } from './model.ts'
import { tagsOf } from './tags.ts'

const modern = `
  create function new_body(a int) returns int immutable begin atomic select a + 1; end;
  create procedure with_out(a int, out b int) language sql as 'select 1';`

describe.each(allPostgresBinaries)('the model of the PostgreSQL in %s', (binaries) => {
  let server: TestPostgres
  let model: CatalogueModel
  const version = execFileSync(join(binaries, 'postgres'), ['--version'], { encoding: 'utf8' })
  const isOld = version.includes(' 13.')

  const catalogueOf = (columns: Record<string, string>, user = 'app'): Catalogue =>
    createCatalogue({
      connection: { name: 'orders', columns },
      async open(settings) {
        const target = {
          name: 'orders',
          address: `127.0.0.1:${server.port}`,
          tls: 'disable' as const,
          certificateAuthorities: undefined,
        }
        return connectToTarget(target, { user, password: '', database: 'postgres' }, settings)
      },
      onUnmatched: () => undefined,
      log: pino({ level: 'silent' }),
    })
  const relation = (name: string, of = model): Relation => of.relationsByName.get(name)!
  const routine = (name: string): Routine => model.routinesByName.get(name)![0]!
  const type = (name: string): Type =>
    model.typesByName.get(name)!.find(({ schema }) => schema === 'public')!
  const tags = (place: string, of = model): string[] => {
    const [schema = '', name = '', column = ''] = place.split('.')
    const found = relation(`${schema}.${name}`, of).columns.find((c) => c.name === column)!
    return tagsOf(found).map((tag) => `${tag.dataClass} ${tag.place}`)
  }

  beforeAll(async () => {
    server = await startTestPostgres(['host all app 127.0.0.1/32 trust'], binaries)
    await server.execute(
      `
      create role app login;
      alter role app set search_path = "Sales, of us", "$user", public;
      create schema "Sales, of us";
      create table customers (id int primary key, ssn text, email text, note text default lower('X'),
        twice int generated always as (id * 2) stored, check (length(ssn) > 2));
      create index on customers (upper(email)) where note <> '';
      comment on column customers.email is 'where we write to. gatetrail:EMAIL';
      create view shown as select c.ssn || 'x' as number from customers c;
      create table orders (customer int references customers on delete cascade on update set null);
      create table parts (at int, reading text) partition by range (at);
      create table parts_1 partition of parts for values from (0) to (10);
      create table "Sales, of us"."Odd ""name"".x" (id int);
      create function audit() returns trigger language plpgsql as 'begin return new; end';
      create trigger audited before insert or update on customers for each row execute function audit();
      create rule also as on delete to orders do also insert into parts values (1, 'x');
      alter table customers enable row level security;
      create policy own on customers using (current_user <> 'nobody') with check (id > 0);
      create function add(a int, b int default 1, variadic c int[] default '{}') returns int
        stable security definer set work_mem = '4MB' language sql as 'select a + b';
      create function listed(out x int, out y text) returns setof record language sql as 'select 1, $$a$$';
      create aggregate total (int) (sfunc = int4pl, stype = int);
      create operator <@@> (function = add_two, leftarg = int, rightarg = int);
      `.replace(
        'create operator',
        `create function add_two(int, int) returns int language sql as 'select $1 + $2';
      create operator`,
      ) +
        `create type mood as enum ('sad', 'ok', 'happy');
      create cast (mood as int) with function mood_number(mood) as assignment;
      `.replace(
          'create cast',
          `create function mood_number(mood) returns int language sql as 'select 1';
      create cast`,
        ) +
        `create domain number as text check (value <> '') default upper('a');
      comment on domain number is 'gatetrail:US_SSN';
      create type pair as (a int, b number);
      create table typed (n number, ns number[], p pair, whole customers, plain text);
      create type span as range (subtype = int);
      create function at_ddl() returns event_trigger language plpgsql as 'begin end';
      create event trigger watch on ddl_command_end execute function at_ddl();
      ${isOld ? '' : modern}`,
    )
    await catalogueOf({}).refresh()
    const snapshot = await catalogueOf({
      'public.customers.ssn': 'US_SSN',
      'public.parts.reading': 'SECRET',
    }).refresh()
    model = snapshot.model
  })
  afterAll(() => server.stop())

  test('knows the account, its search_path without settings of ours, and the version', () => {
    expect(model).toMatchObject({
      user: 'app',
      defaultSearchPath: ['Sales, of us', '$user', 'public'],
      uncertain: false,
    })
    expect(model.serverVersion).toBeGreaterThan(130_000)
    expect([...model.schemas]).toEqual(
      expect.arrayContaining(['Sales, of us', 'pg_catalog', 'public']),
    )
    expect([...model.schemas].some((schema) => schema.startsWith('pg_toast'))).toBe(false)
  })

  test('tells the schemas that a search_path passes over for a login without USAGE', () => {
    expect([...model.doubtfulSchemas]).toEqual(['Sales, of us'])
  })

  test('lists columns with their types, defaults and generation', () => {
    expect(relation('public.customers').columns).toMatchObject([
      { attribute: 1, name: 'id', typeOid: 23, generated: false },
      { name: 'ssn', typeOid: 25 },
      { name: 'email' },
      { name: 'note', defaultText: expect.stringContaining('lower(') },
      { name: 'twice', generated: true, defaultText: '(id * 2)' },
    ])
    expect(relation('Sales, of us.Odd "name".x').columns).toHaveLength(1)
    expect(relation('pg_catalog.pg_stats').definition).toContain('pg_statistic')
    expect(relation('information_schema.columns').columns.length).toBeGreaterThan(40)
  })

  test('views come with their query, all names qualified', () => {
    expect(relation('public.shown').definition).toContain('public.customers c')
  })

  test('knows what a write sets off', () => {
    const customers = relation('public.customers')
    const orders = relation('public.orders')
    expect(customers.triggers).toEqual([
      { name: 'audited', routineOid: routine('audit').oid, events: ['insert', 'update'] },
    ])
    expect(customers.foreignKeyActions).toEqual([
      { relationOid: orders.oid, on: 'update' },
      { relationOid: orders.oid, on: 'delete' },
    ])
    expect(orders.triggers).toEqual([])
    expect(orders.rules).toMatchObject([
      {
        name: 'also',
        event: 'delete',
        instead: false,
        definition: expect.stringContaining('public.parts'),
      },
    ])
    expect(customers.expressions.join('|')).toMatch(
      /length\(ssn\).*upper\(email\)|upper\(email\).*length\(ssn\)/,
    )
    expect(customers.expressions).toHaveLength(5)
    expect(customers.readExpressions).toEqual([expect.stringContaining('CURRENT_USER')])
  })

  test('knows partitions both ways', () => {
    const [parts, part] = [relation('public.parts'), relation('public.parts_1')]
    expect([parts.children, part.parents]).toEqual([[part.oid], [parts.oid]])
  })

  test('knows routines with arguments, volatility, language and text', () => {
    expect(routine('add')).toMatchObject({
      kind: 'function',
      argumentsMin: 1,
      argumentsMax: Infinity,
      argumentTypes: [23, 23, 1007],
      argumentDefaults: "1, '{}'::integer[]",
      returnType: 23,
      volatility: 'stable',
      language: 'sql',
      source: 'select a + b',
      securityDefiner: true,
      settings: ['work_mem=4MB'],
    })
    expect(routine('listed')).toMatchObject({
      returnsSet: true,
      outputs: [
        { name: 'x', typeOid: 23 },
        { name: 'y', typeOid: 25 },
      ],
    })
    expect(routine('total')).toMatchObject({ kind: 'aggregate', partOids: [177] })
    expect(model.routinesByName.get('lower')).toBeUndefined()
    if (!isOld) {
      expect(routine('new_body').source).toContain('SELECT (a + 1)')
      expect(routine('with_out')).toMatchObject({
        kind: 'procedure',
        argumentsMin: 1,
        argumentsMax: 2,
      })
    }
  })

  test('knows operators, casts and event triggers that are not of PostgreSQL', () => {
    expect(model.operatorsByName.get('<@@>')).toEqual([
      {
        schema: 'public',
        name: '<@@>',
        leftType: 23,
        rightType: 23,
        routineOid: routine('add_two').oid,
      },
    ])
    expect(model.operatorsByName.size).toBe(1)
    // PostgreSQL makes a cast of a range to its multirange by itself.
    expect(model.casts.slice(0, 1)).toEqual([
      {
        sourceType: type('mood').oid,
        targetType: 23,
        routineOid: routine('mood_number').oid,
        context: 'assignment',
      },
    ])
    expect(model.eventTriggerRoutines).toEqual([routine('at_ddl').oid])
  })

  test('knows types: enums, domains, arrays, ranges, rows, and those of PostgreSQL', () => {
    expect(type('mood')).toMatchObject({ kind: 'enum', labels: ['sad', 'ok', 'happy'] })
    expect(type('number')).toMatchObject({
      kind: 'domain',
      baseOid: 25,
      checks: expect.arrayContaining([
        expect.stringContaining('VALUE'),
        expect.stringContaining('upper('),
      ]),
    })
    expect(type('_mood')).toMatchObject({ isArray: true, elementOid: type('mood').oid })
    expect(type('span')).toMatchObject({ kind: 'range', elementOid: 23, isArray: false })
    if (!isOld)
      expect(type('span_multirange')).toMatchObject({ kind: 'multirange', elementOid: 23 })
    expect(type('customers')).toMatchObject({
      kind: 'composite',
      relationOid: relation('public.customers').oid,
    })
    expect(model.typesByOid.get(600)).toMatchObject({
      name: 'point',
      isArray: false,
      elementOid: 0,
    })
  })

  test('tags come from configuration, comments, inheritance, domains and row types', () => {
    expect(tags('public.customers.ssn')).toEqual(['US_SSN public.customers.ssn'])
    expect(tags('public.customers.email')).toEqual(['EMAIL public.customers.email'])
    expect(tags('public.parts_1.reading')).toEqual(['SECRET public.parts.reading'])
    expect(tags('public.typed.n')).toEqual(['US_SSN public.typed.n'])
    expect(tags('public.typed.ns')).toEqual(['US_SSN public.typed.ns'])
    expect(tags('public.typed.p')).toEqual(['US_SSN public.pair.b'])
    expect(tags('public.typed.whole').toSorted()).toEqual([
      'EMAIL public.customers.email',
      'US_SSN public.customers.ssn',
    ])
    expect(tags('public.typed.plain')).toEqual([])
  })

  test('a comment does not undo what the configuration says', async () => {
    const snapshot = await catalogueOf({ 'public.customers.email': 'CONTACT' }).refresh()
    expect(tags('public.customers.email', snapshot.model)).toEqual([
      'CONTACT public.customers.email',
    ])
  })

  test('the model stays the same object until something changes, whatever temporary tables come and go', async () => {
    const catalogue = catalogueOf({})
    const first = await catalogue.refresh()
    await server.execute('create temp table passing (id int); select pg_sleep(0)')
    const second = await catalogue.refresh()
    expect(second.model).toBe(first.model)
    await server.execute('alter table orders add column added text')
    const third = await catalogue.refresh()
    expect(third.model).not.toBe(first.model)
    expect(third.model.version).not.toBe(first.model.version)
    expect(relation('public.orders', third.model).columns.map(({ name }) => name)).toContain(
      'added',
    )
  })

  test('stored data tags a column for this process: by name before it is there, then through a rename, until it is dropped', async () => {
    const catalogue = catalogueOf({ 'public.customers.ssn': 'US_SSN' })
    const before = await catalogue.refresh()
    const ssn = { place: 'public.customers.ssn', dataClass: 'US_SSN' }
    const email = { place: 'public.customers.email', dataClass: 'EMAIL' }
    expect(catalogue.addDerivedTags('public.orders', 'customer', [ssn, email])).toBe(true)
    expect(catalogue.addDerivedTags('public.copied', undefined, [ssn])).toBe(true)
    const at = catalogue.current()
    expect(at.model.version).not.toBe(before.model.version)
    expect(tags('public.orders.customer', at.model)).toEqual([
      'US_SSN public.customers.ssn',
      'EMAIL public.customers.email',
    ])
    expect([...at.tagged.get(relation('public.orders', at.model).oid)!.values()]).toMatchObject([
      { column: 'public.customers.ssn', dataClass: 'US_SSN' },
    ])
    expect(catalogue.addDerivedTags('public.orders', 'customer', [ssn])).toBe(true)
    expect(catalogue.current().model).toBe(at.model)
    await server.execute('create table copied (a text)')
    expect(tags('public.copied.a', (await catalogue.refresh()).model)).toEqual([
      'US_SSN public.customers.ssn',
    ])
    await server.execute('alter table copied rename to renamed')
    await server.execute('alter table renamed rename a to b')
    expect(tags('public.renamed.b', (await catalogue.refresh()).model)).toEqual([
      'US_SSN public.customers.ssn',
    ])
    await server.execute('drop table renamed; create table copied (a text)')
    expect(tags('public.copied.a', (await catalogue.refresh()).model)).toEqual([])
    await server.execute('drop table copied')
  })

  test('what the account may not read makes the model uncertain, not the connection unusable', async () => {
    await server.execute('revoke select on pg_proc from public')
    try {
      const snapshot = await catalogueOf({}).refresh()
      expect(snapshot.model.uncertain).toBe(true)
      expect(snapshot.model.routinesByName.size).toBe(0)
      expect(snapshot.model.relationsByName.has('public.customers')).toBe(true)
    } finally {
      await server.execute('grant select on pg_proc to public')
    }
  })
})

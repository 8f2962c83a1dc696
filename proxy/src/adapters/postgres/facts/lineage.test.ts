/** What facts say by a catalogue: columns, lineage, reach. Result columns against a real server: lineage.integration.test.ts. */
import { beforeAll, describe, expect, it } from 'vitest'
import { emptyModel } from '../catalogue/model.ts'
import { describeStatement, type StatementDescription } from './describe-statement.ts'
import { emptyEnvironment, type SqlEnvironment } from './environment.ts'
import { createFactsCache } from './facts-cache.ts'
import type { OutputColumn } from './lineage.ts'
import { loadParser } from './parser.ts'
import { testEnvironment, testModel } from './testing/test-model.ts'

beforeAll(loadParser)

const model = testModel(
  {
    'public.customers': 'id name city ssn:US_SSN email:EMAIL',
    'public.orders': 'id customer_id total note',
    'public.a': 'id x',
    'public.b': 'id y',
    'crm.customers': 'id name phone:PHONE',
    'crm.leads': 'id name',
    'pg_catalog.pg_settings': 'name setting',
  },
  {
    'public.people': {
      columns: 'id name number',
      definition: 'SELECT id, name, ssn AS number FROM public.customers WHERE city IS NOT NULL',
    },
    'public.loop': { columns: 'id', definition: 'SELECT id FROM public.loop' },
    'public.broken': { columns: 'id', definition: 'SELECT FROM WHERE' },
  },
)
const environment = testEnvironment(model)
const described = (sql: string, inside: SqlEnvironment = environment): StatementDescription =>
  describeStatement(sql, inside)

const columnsOf = (description: StatementDescription): readonly OutputColumn[] =>
  description.parts.at(-1)?.columns ?? []
/** `name`, `name=US_SSN EMAIL`, `name=?`. */
const shown = (sql: string, inside?: SqlEnvironment): string[] =>
  columnsOf(described(sql, inside)).map(({ name, tags, unknown }) => {
    const classes = [...tags.map(({ dataClass }) => dataClass), ...(unknown ? ['?'] : [])]
    return classes.length === 0 ? name : `${name}=${classes.join(' ')}`
  })

describe('what only looks like another name or row', () => {
  it('is followed where names of WITH RECURSIVE need each other by their looks alone', () => {
    const sql = `with recursive x as (select note || '' as w from orders),
      orders as (select ssn as note from customers where (with x as (select 1) select true from x))
      select w from x`
    expect(shown(sql)).not.toEqual(['w'])
  })

  it('is followed where data moves from field to field of a row', () => {
    const sql = `with recursive x(r) as (select row('', '', ssn) from customers
      union all select row((r).f2, (r).f3, '') from x) select (r).f1 || '' as w from x`
    expect(shown(sql)).toEqual(['w=US_SSN'])
  })

  it('is a predicate: ON CONFLICT finds out whether there is such a value', () => {
    const { reach, facts } = described(
      `insert into customers (ssn) values ('1') on conflict (ssn) do nothing`,
    )
    expect(reach.filterTags.map(({ dataClass }) => dataClass)).toEqual(['US_SSN'])
    expect(facts.filters).toEqual(['public.customers.ssn'])
  })
})

describe('names', () => {
  it.each([
    [
      'select x from a join b using (id)',
      'public.a.id public.a.x public.b.id',
      'public.a.id public.b.id',
    ],
    [
      'select * from a natural join b',
      'public.a.id public.a.x public.b.id public.b.y',
      'public.a.id public.b.id',
    ],
    ['select y from a, b where x = $1', 'public.a.x public.b.y', 'public.a.x'],
    ['select (select y) from a, b', 'public.b.y', ''],
    [
      'select x from a where exists (select 1 from b where b.id = a.id and y = x)',
      'public.a.id public.a.x public.b.id public.b.y',
      'public.a.id public.a.x public.b.id public.b.y',
    ],
    ['select s.x from (select x from a) s where s.x = 1', 'public.a.x', 'public.a.x'],
    ['select name from crm.customers', 'crm.customers.name', ''],
    [
      'select number from people',
      'public.customers.city public.customers.ssn',
      'public.customers.city',
    ],
    ['select id from people', 'public.customers.city public.customers.id', 'public.customers.city'],
    [
      'update a set x = y from b where a.id = b.id',
      'public.a.id public.b.id public.b.y',
      'public.a.id public.b.id',
    ],
    ['copy a to stdout', 'public.a.id public.a.x', ''],
    ['copy a (x) to stdout', 'public.a.x', ''],
    ['select count(*) filter (where x > 1) from a', 'public.a.x', 'public.a.x'],
    ['table a', 'public.a.id public.a.x', ''],
  ])('resolve to the columns of the catalogue: %s', (sql, columns, filters) => {
    const { facts } = described(sql)
    expect(facts.columns.join(' ')).toBe(columns)
    expect(facts.filters.join(' ')).toBe(filters)
    expect(facts.complete).toBe(true)
  })

  it('resolve by the search_path, as PostgreSQL would', () => {
    const at = (...searchPath: string[]): SqlEnvironment => testEnvironment(model, { searchPath })
    expect(described('select * from customers', at('crm', 'public')).facts.reads).toEqual([
      'crm.customers',
    ])
    expect(described('select * from customers', at('public', 'crm')).facts.reads).toEqual([
      'public.customers',
    ])
    expect(described('select * from leads', at('public', 'crm')).facts.reads).toEqual(['crm.leads'])
    expect(described('select * from leads', at('public'))).toMatchObject({
      facts: { complete: false },
      unknownRelations: ['public.leads'],
    })
    expect(shown('select * from pg_settings', at('public'))).toEqual(['name', 'setting'])
  })

  it('tell nothing where the search_path is not known, and nothing is shown', () => {
    const unknown = testEnvironment(model, { searchPath: undefined })
    expect(described('select name from customers', unknown).facts).toMatchObject({
      complete: false,
      reads: ['crm.customers', 'public.customers'],
    })
    expect(shown('select * from customers', unknown)).toEqual([])
    expect(shown('select name from crm.customers', unknown)).toEqual(['name'])
  })

  it('tell nothing while there is no catalogue', () => {
    for (const sql of [
      'select id from customers',
      'select upper(x) from a',
      'update a set x = 1',
    ]) {
      const description = described(sql, emptyEnvironment)
      expect(description.facts.complete, sql).toBe(false)
      expect(
        columnsOf(description).every(({ unknown }) => unknown),
        sql,
      ).toBe(true)
    }
    expect(described('select 1', emptyEnvironment).facts.complete).toBe(true)
    expect(emptyEnvironment.model).toBe(emptyModel)
  })

  it('may mean a temporary relation or the one that it hides: both count', () => {
    const temporary = new Map([
      [
        'orders',
        { name: 'orders', columns: [{ name: 'id', tags: [{ place: 'p.q.r', dataClass: 'X' }] }] },
      ],
      [
        'a',
        {
          name: 'a',
          columns: ['id', 'x'].map((name) => ({
            name,
            tags: [{ place: 'p.q.r', dataClass: 'X' }],
          })),
        },
      ],
      ['opaque', { name: 'opaque', columns: undefined }],
      [
        'own',
        {
          name: 'own',
          columns: [
            { name: 'n', tags: [] },
            { name: 's', tags: [{ place: 'public.customers.ssn', dataClass: 'US_SSN' }] },
          ],
        },
      ],
    ])
    const inside = testEnvironment(model, { temporary })
    expect(shown('select * from own', inside)).toEqual(['n', 's=US_SSN'])
    expect(shown('select upper(s) || n from pg_temp.own', inside)).toEqual(['?column?=US_SSN'])
    expect(shown('select x from a', inside)).toEqual(['x=X'])
    expect(described('select x from a', inside).facts.reads).toEqual(['pg_temp.a', 'public.a'])
    expect(shown('select id, total from orders', inside)).toEqual(['id=?', 'total=?'])
    expect(shown('select any from opaque', inside)).toEqual([])
    expect(shown('select anything from opaque', inside)).toEqual(['anything=?'])
  })

  it('that nothing has are not known, and a catalogue out of date leaks nothing', () => {
    expect(shown('select brand_new from customers')).toEqual(['brand_new=?'])
    expect(shown('select c.brand_new, c.name from customers c')).toEqual([
      'brand_new=US_SSN EMAIL ?',
      'name',
    ])
    expect(shown('select x.y from customers c')).toEqual(['y=?'])
  })

  it('of views that cannot be followed tell nothing', () => {
    expect(shown('select id from loop')).toEqual(['id=?'])
    expect(shown('select id from broken')).toEqual(['id=?'])
    expect(described('select id from broken').facts.complete).toBe(false)
  })
})

describe('reach', () => {
  const tagsOf = (key: 'tags' | 'filterTags' | 'writtenTags', sql: string): string =>
    described(sql)
      .reach[key].map(({ dataClass }) => dataClass)
      .toSorted()
      .join(' ')

  it.each([
    ['select name from customers where ssn = $1', 'US_SSN'],
    ['select name from customers order by ssn', 'US_SSN'],
    ['select ssn from customers order by 1', 'US_SSN'],
    ['select ssn as s from customers order by s', 'US_SSN'],
    ['select count(*) from customers group by ssn', 'US_SSN'],
    ['select ssn from customers group by 1', 'US_SSN'],
    ['select distinct ssn from customers', 'US_SSN'],
    ['select distinct on (email) name from customers', 'EMAIL'],
    ['select ssn from customers union select name from customers', 'US_SSN'],
    ['select count(*) filter (where email like $1) from customers', 'EMAIL'],
    ['select count(nullif(ssn, $1)) from customers', 'US_SSN'],
    ['select name from customers limit (select length(ssn) from customers limit 1)', 'US_SSN'],
    ['select city from customers group by city having max(ssn) > $1', 'US_SSN'],
    ['select 1 from a where x in (select ssn from customers)', 'US_SSN'],
    ['select a.name from customers a join customers b using (ssn)', 'US_SSN'],
    ['select id from people where number = $1', 'US_SSN'],
    ['select s.x from (select ssn as x from customers) s where x = $1', 'US_SSN'],
    ['select rank() over (order by ssn) from customers', 'US_SSN'],
    ['delete from customers where ssn = $1', 'US_SSN'],
    ['select ssn, count(ssn) from customers', ''],
    ['select name from customers where city = $1 order by name', ''],
    ['select ssn from customers union all select name from customers', ''],
  ])('names tagged columns that decide rows or their order: %s', (sql, expected) => {
    expect(tagsOf('filterTags', sql)).toBe(expected)
  })

  it.each([
    ['update customers set name = 1', 'EMAIL US_SSN'],
    ['insert into customers (name) values ($1)', 'EMAIL US_SSN'],
    ['create unique index on customers (ssn)', 'EMAIL US_SSN'],
    ['alter table customers add check (ssn <> $$x$$)', 'EMAIL US_SSN'],
    ['select name from customers where ssn::int > 5', 'US_SSN'],
    ['select name from customers', ''],
    ['update orders set note = $1', ''],
  ])('names tagged columns that errors may quote: %s', (sql, expected) => {
    expect(tagsOf('tags', sql)).toBe(expected)
  })

  it.each([
    ['insert into customers (id, ssn) values ($1, $2)', 'US_SSN'],
    ['insert into customers values (1)', ''],
    ['insert into customers values (1, 2, 3, 4, 5)', 'EMAIL US_SSN'],
    ['update customers set email = $1', 'EMAIL'],
    ['update people set number = $1', 'US_SSN'],
    ['copy customers from stdin', 'EMAIL US_SSN'],
    ['copy customers (id, email) from stdin', 'EMAIL'],
    [
      'merge into customers c using a on a.id = c.id when matched then update set ssn = x',
      'US_SSN',
    ],
  ])('names tagged columns that are assigned: %s', (sql, expected) => {
    expect(tagsOf('writtenTags', sql)).toBe(expected)
  })

  const storesOf = (sql: string): string[] =>
    described(sql).reach.stores.map(
      ({ relation, column, lineage: { tags, unknown } }) =>
        `${relation}.${column ?? '*'}=${tags.map(({ dataClass }) => dataClass).join(' ')}${unknown ? '?' : ''}`,
    )

  it.each([
    ['insert into orders (id, note) select id, ssn from customers', ['public.orders.note=US_SSN']],
    [
      'insert into orders select id, id, id, upper(email) from customers',
      ['public.orders.note=EMAIL'],
    ],
    ['update orders set note = (select ssn from customers)', ['public.orders.note=US_SSN']],
    [
      'update orders set (note, total) = (select ssn, name from customers)',
      ['public.orders.note=US_SSN'],
    ],
    [
      'update people set name = number',
      ['public.people.name=US_SSN', 'public.customers.name=US_SSN'],
    ],
    [
      'with x as (insert into orders (note) select ssn from customers) select 1',
      ['public.orders.note=US_SSN'],
    ],
    [
      'insert into orders (id) values (1) on conflict (id) do update set note = (select ssn from customers)',
      ['public.orders.note=US_SSN'],
    ],
    [
      'merge into orders o using customers c on c.id = o.id when not matched then insert (note) values (c.ssn)',
      ['public.orders.note=US_SSN'],
    ],
    ['insert into gone select ssn from customers', ['public.gone.*=US_SSN']],
    ["select set_config('a.b', ssn, false) from customers", ['pg_catalog.pg_settings.a.b=US_SSN']],
    ['select pg_advisory_lock(ssn::int) from customers', ['*.*=US_SSN']],
    ["select setval('s', ssn::int) from customers", ['*.*=US_SSN']],
    ['alter table customers rename ssn to harmless', ['public.customers.harmless=US_SSN']],
    ['alter table customers rename to c', ['public.c.ssn=US_SSN', 'public.c.email=EMAIL']],
    [
      'alter table customers set schema crm',
      ['crm.customers.ssn=US_SSN', 'crm.customers.email=EMAIL'],
    ],
    ['alter table customers alter name type text using ssn', ['public.customers.name=US_SSN']],
    ['insert into orders (id, note) select id, name from customers', []],
  ])('names the columns that tagged data goes to: %s', (sql, expected) => {
    expect(storesOf(sql)).toEqual(expected)
  })

  it.each([
    [
      'create temp table t as select ssn as s, name from customers',
      'pg_temp t',
      ['s=US_SSN', 'name'],
    ],
    [
      'create table crm.t (a, b) as select name, upper(email) from customers',
      'crm t',
      ['a', 'b=EMAIL'],
    ],
    ['select ssn, id into t from customers', ' t', ['ssn=US_SSN', 'id']],
    [
      'select ssn as s into temp t from customers union select name from customers',
      'pg_temp t',
      ['s=US_SSN'],
    ],
    ['create view v (x) as select ssn from customers', ' v', ['x=US_SSN']],
    [
      'create temp view v as select * from customers',
      'pg_temp v',
      ['id', 'name', 'city', 'ssn=US_SSN', 'email=EMAIL'],
    ],
    [
      'create table t (like customers, extra int)',
      ' t',
      ['id', 'name', 'city', 'ssn=US_SSN', 'email=EMAIL', 'extra'],
    ],
    [
      'create table t (extra int) inherits (customers)',
      ' t',
      ['id', 'name', 'city', 'ssn=US_SSN', 'email=EMAIL', 'extra'],
    ],
    ['create temp table t (id int)', 'pg_temp t', ['id']],
  ])('names the relations that are made: %s', (sql, name, columns) => {
    const [created] = described(sql).reach.creates
    const schema = created?.temporary === true ? 'pg_temp' : (created?.schema ?? '')
    expect(`${schema} ${created?.name}`).toBe(name)
    expect(
      created?.columns?.map(({ name, tags }) =>
        tags.length === 0 ? name : `${name}=${tags.map(({ dataClass }) => dataClass).join(' ')}`,
      ),
    ).toEqual(columns)
  })

  it('follows data through the statements of one text', () => {
    expect(
      shown('create temp table t as select ssn as s, id from customers; select * from t'),
    ).toEqual(['s=US_SSN', 'id'])
    expect(
      shown('update orders set note = ssn from customers; select id, note from orders'),
    ).toEqual(['id', 'note=US_SSN'])
    expect(shown('update customers set name = ssn; select id, name from people')).toEqual([
      'id',
      'name=US_SSN',
    ])
    expect(shown("select set_config('a.b', ssn, false) from customers; show a.b")).toEqual([
      'a.b=?',
    ])
  })

  it('does not trust settings once data of columns was put there', () => {
    const after = testEnvironment(model, { settingsHoldData: true })
    for (const [sql, before, then] of [
      ["select current_setting('a.b')", 'current_setting', 'current_setting=?'],
      ["select current_setting('search_path')", 'current_setting', 'current_setting'],
      ['show a.b', 'a.b', 'a.b=?'],
      ['show search_path', 'search_path', 'search_path'],
      ['select setting from pg_settings', 'setting', 'setting=?'],
    ] as const) {
      expect(shown(sql)).toEqual([before])
      expect(shown(sql, after)).toEqual([then])
    }
  })
})

describe('columns', () => {
  it.each([
    ['copy customers to stdout', ['id', 'name', 'city', 'ssn=US_SSN', 'email=EMAIL']],
    ['copy customers (ssn, name) to stdout', ['ssn=US_SSN', 'name']],
    ['copy (select upper(ssn), name from customers) to stdout', ['upper=US_SSN', 'name']],
    ['copy (delete from customers returning ssn) to stdout', ['ssn=US_SSN']],
    ['declare c cursor for select ssn, id from customers', ['ssn=US_SSN', 'id']],
    ['prepare p as select id, email from customers', ['id', 'email=EMAIL']],
    ['explain select ssn from customers', ['QUERY PLAN']],
    ['explain analyze select f(ssn) from customers', ['QUERY PLAN=?']],
    ['fetch all from c', []],
    ['execute p', []],
    ['select f()', ['f=?']],
    ['select id, f(name) from customers', ['id', 'f=?']],
    ["select query_to_xml('select 1', true, true, '')", ['query_to_xml=?']],
  ])('are told of %s', (sql, expected) => {
    expect(shown(sql)).toEqual(expected)
  })

  it('tell a template apart where a number means another column', () => {
    const cache = createFactsCache({ entriesMax: 100, bytesMax: 1_000_000 })
    const filterTags = (sql: string): number =>
      cache.describe(sql, environment).reach.filterTags.length
    expect(filterTags('select name, ssn from customers order by 1')).toBe(0)
    expect(filterTags('select name, ssn from customers order by 2')).toBe(1)
    expect(filterTags('select name, ssn from customers group by 1, 2')).toBe(1)
  })

  it('are kept by environment: the same text may mean another table', () => {
    const cache = createFactsCache({ entriesMax: 100, bytesMax: 1_000_000 })
    const other = testEnvironment(model, { searchPath: ['crm'] })
    for (const sql of [
      'select name from customers where id = 1',
      "select name from customers where id = '1'",
    ]) {
      const bytes = new TextEncoder().encode(sql)
      const here = cache.describe(sql, environment)
      expect(cache.describeBytes(bytes, 0, bytes.length, environment)).toBe(here)
      const there = cache.describeBytes(bytes, 0, bytes.length, other)
      expect(there.facts.reads).toEqual(['crm.customers'])
      expect(there.environmentId).toBe(other.id)
      expect(cache.describe(sql, other)).toBe(there)
      expect(cache.describe(sql, environment)).toBe(here)
    }
  })
})

describe('a text made to be slow or deep', () => {
  it.each([
    [
      'columns',
      `select ${Array.from({ length: 4000 }, (_, i) => `c${i}`).join(',')} from ${Array.from({ length: 4000 }, (_, i) => `t${i}`).join(',')}`,
    ],
    [
      'nested WITH RECURSIVE',
      Array.from({ length: 30 }).reduce<string>(
        (inner, _, i) =>
          `with recursive r${i} as (${inner} union all select * from r${i}) select * from r${i}`,
        'select ssn from customers',
      ),
    ],
    [
      'whole rows',
      `select ${Array.from({ length: 3000 }, () => '(c).*').join(',')} from customers c, customers d`,
    ],
    ['subqueries', `${'select (('.repeat(300)}1${'))'.repeat(300)}`],
    [
      'a chain of CTEs',
      `with c0 as (select * from customers)${Array.from({ length: 14 }, (_, i) => `, c${i + 1} as (select a.*, b.* from c${i} a, c${i} b)`).join('')} select * from c14`,
    ],
  ])('is found out in time: %s', (_, sql) => {
    const before = process.cpuUsage()
    const { facts } = described(sql)
    // Other processes of the machine don't count.
    expect(process.cpuUsage(before).user).toBeLessThan(2_000_000)
    expect(typeof facts.complete).toBe('boolean')
  })
})

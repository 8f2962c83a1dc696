/** Each mask is put before PostgreSQL itself: it must take it as a value of the type, in text and in binary format. */
import { Client, type QueryConfig } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Relation, Type } from '../../catalogue/model.ts'
import { testRelation } from '../../facts/testing/test-model.ts'
import {
  postgresBinaries,
  startTestPostgres,
  type TestPostgres,
} from '../../testing/postgres-server.ts'
import { maskOfType, type Types } from './mask-of-type.ts'
import { nullValue } from './value-mask.ts'

/** An expression, and whether its mask is NULL. */
const samples: readonly (readonly [expression: string, isNull?: 'null'])[] = [
  [`true`],
  [`'Smith-Jones'::text`],
  [`'Jörg'::varchar(10)`],
  [`'ab'::char(5)`],
  [`'Smith'::name`],
  [`'x'::"char"`],
  [`'Sm ith'::citext`],
  [`-32000::int2`],
  [`-1::int4`],
  [`7::int4`],
  [`123456789012::int8`],
  [`-1234.5600::numeric`],
  [`'NaN'::numeric`],
  [`1e-200::numeric`],
  [`1.5::float4`],
  [`'-Infinity'::float8`],
  [`'-1234567.89'::money`],
  [`'-0.01'::money`],
  [`0.05::money`],
  [`'1961-07-01'::date`],
  [`'0044-03-15 BC'::date`],
  [`'infinity'::date`, 'null'],
  [`'04:05:06.789'::time`],
  [`'04:05:06.789-08'::timetz`],
  [`'1961-07-01 04:05:06.789'::timestamp`],
  [`'-infinity'::timestamp`, 'null'],
  [`'1961-07-01 04:05:06.789'::timestamptz`],
  [`'1 day'::interval`],
  [`'3 years 2 mons -1 days 04:05:06'::interval`],
  [`'12 years'::interval`],
  [`gen_random_uuid()`],
  [`'\\x0102fe'::bytea`],
  [`'\\x'::bytea || 'Smith'::bytea`],
  [`'10.1.2.3'::inet`],
  [`'10.1.2.3/8'::inet`],
  [`'::1'::inet`],
  [`'2001:db8::1/64'::inet`],
  [`'10.0.0.0/8'::cidr`],
  [`'2001:db8::/32'::cidr`],
  [`'08:00:2b:01:02:03'::macaddr`],
  [`'08:00:2b:01:02:03:04:05'::macaddr8`],
  [`B'1011'`],
  [`B'101'::varbit`],
  [`'{"a": [1, "b"]}'::json`],
  [`'7'::json`],
  [`'{"a": [1, "b"]}'::jsonb`],
  [`'7'::jsonb`],
  [`'$.a[*]'::jsonpath`],
  [`xmlelement(name a, 'Smith')`],
  [`'Smith & Co'::text::xml`.replace('&', '&amp;')],
  [`'a=>1, "b c"=>NULL'::hstore`],
  [`to_tsvector('fat cats')`],
  [`'fat & cat'::tsquery`],
  [`'(1,2)'::point`],
  [`'[(1,2),(3,4)]'::lseg`],
  [`'[(1,2),(3,4)]'::path`],
  [`'((1,2),(3,4))'::path`],
  [`'(3,4),(1,2)'::box`],
  [`'((1,2),(3,4),(5,6))'::polygon`],
  [`'<(1,2),3>'::circle`],
  [`'{1,2,3}'::line`],
  [`1259::oid`],
  [`'pg_class'::regclass`],
  [`'int4in'::regproc`],
  [`'lower(text)'::regprocedure`],
  [`'+(integer,integer)'::regoperator`],
  [`'int4'::regtype`],
  [`'english'::regconfig`],
  [`'16/B374D848'::pg_lsn`],
  [`'10:20:10,14'::pg_snapshot`],
  [`'10:20:10,14'::txid_snapshot`],
  [`'(1,2)'::tid`],
  [`'77'::xid`],
  [`'1 2 3'::oidvector`],
  [`'1 2 3'::int2vector`],
  [`'sad'::mood`],
  [`'4711'::account`],
  [`'[1,5)'::int4range`],
  [`'empty'::int4range`],
  [`'["2020-01-01 00:00:00","2021-01-01 00:00:00")'::tsrange`],
  [`'{[1,5),[7,9)}'::int4multirange`],
  [`'[1.5,2.5]'::spread`],
  [`array['a','b"c,\\d',null,'','NULL']`],
  [`array[[1,2],[3,4]]`],
  [`'[0:1]={7,8}'::int[]`],
  [`array['2020-01-01 10:00'::timestamp, 'infinity', null]`],
  [`array['{"a": 1}', '7', '"x"']::json[]`],
  [`array['{"a": 1}', '7', '"x"']::jsonb[]`],
  [`array['\\x01', '\\x0203']::bytea[]`],
  [`array['(1,2)', '(3,4)']::point[]`],
  [`array['(3,4),(1,2)', '(7,8),(5,6)']::box[]`],
  [`array['sad','happy']::mood[]`],
  [`array['1']::account[]`],
  [`array['[1,2)','empty']::int4range[]`],
  [`array[to_tsvector('fat cats'), to_tsvector('x')]`],
  [`array[true,false]`],
  [`array[B'101']::varbit[]`],
  [`array['a=>1','']::hstore[]`],
  [`array['10.0.0.1','::1']::inet[]`],
  [`array[1.25,0]`],
  [`('Smith, "Jr."', -7, null, '', '2020-01-01', array['a b','c'], ('in "ner" \\x', 1))::person`],
  [`array[('Smith', 7, null, null, null, null, null)]::person[]`],
  [`'POINT'::ltree`, 'null'],
]

let server: TestPostgres
let client: Client
let types: Types

/** Text, and what the send function of the type makes of it. */
type Value = { text: string; binary: Buffer }

async function ask(expression: string, type: string, values: unknown[]): Promise<Value> {
  const send = await one(`select typsend::regproc::text from pg_type where oid = to_regtype($1)`, [
    type,
  ])
  const text = `select (${expression})::text || '|' || encode(${send}(${expression}), 'hex')`
  const shown = await one(text, values)
  const cut = shown.lastIndexOf('|')
  return { text: shown.slice(0, cut), binary: Buffer.from(shown.slice(cut + 1), 'hex') }
}

async function one(text: string, values: unknown[] = []): Promise<string> {
  const config: QueryConfig & { rowMode: 'array' } = { text, values, rowMode: 'array' }
  const { rows } = await client.query<string[]>(config)
  return rows[0]![0]!
}

describe.skipIf(postgresBinaries === undefined)('the mask of', () => {
  beforeAll(async () => {
    server = await startTestPostgres([])
    await server.execute(`
      create extension citext; create extension hstore; create extension ltree;
      create type mood as enum ('happy', 'sad', 'ok');
      create domain account as varchar(20) check (value <> '');
      create type spread as range (subtype = float8);
      create type inside as (a text, b int);
      create type person as (name text, age int2, gone date, empty text, born date, tags text[], "in" inside);
    `)
    client = new Client({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres' }) // prettier-ignore
    await client.connect()
    types = await loadTypes()
  })
  afterAll(async () => {
    await client?.end()
    await server?.stop()
  })

  it.each(samples.map(([expression, isNull]) => [expression, isNull === 'null'] as const))(
    '%s is a value of its type in both formats, and tells nothing of it',
    async (expression, isNull) => {
      await untilTaken(expression, isNull)
    },
  )

  it.each(['SQL, DMY', 'German', 'Postgres, MDY', 'Postgres, DMY', 'ISO'])(
    'dates and times is read back where DateStyle is %s',
    async (style) => {
      await client.query(`set datestyle = '${style}'`)
      for (const expression of times) await untilTaken(expression, false)
      await client.query('reset datestyle')
    },
  )

  it.each(['iso_8601', 'sql_standard', 'postgres_verbose', 'postgres'])(
    'intervals is read back where intervalstyle is %s',
    async (style) => {
      await client.query(`set intervalstyle = '${style}'`)
      for (const value of [
        '1 day',
        '1 mon',
        '3 years 2 mons -1 days 04:05:06',
        '1 sec',
        '-1 year',
        '5 years',
      ]) {
        await untilTaken(`'${value}'::interval`, false)
      }
      await client.query('reset intervalstyle')
    },
  )

  it('bytea is read back in escape format', async () => {
    await client.query('set bytea_output = escape')
    await untilTaken(`'\\x0102fe5c'::bytea || 'Smith'::bytea`, false)
    await client.query('reset bytea_output')
  })
})

const times = [
  `'1961-07-03'::date`,
  `'1961-07-03 04:05:06.789'::timestamp`,
  `'1961-07-03 04:05:06.789'::timestamptz`,
  `array['1961-07-03 04:05:06.789'::timestamptz]`,
  `'["2020-01-01 00:00:00","2021-01-01 00:00:00")'::tsrange`,
]

/** The same value may be written in several ways; or is cut, or filled up with blanks. */
const writtenOtherwise = /^(boolean|interval|inet|bit|char|character|timestamp.*)$/

async function untilTaken(expression: string, isNull: boolean): Promise<void> {
  const type = await one(`select pg_typeof(${expression})::text`)
  const typeOid = Number(await one('select to_regtype($1)::oid::int8::text', [type]))
  const value = await ask(expression, type, [])
  const original = { ...value }
  for (const format of [0, 1]) {
    const bytes = format === 0 ? Buffer.from(value.text) : value.binary
    if (bytes.length === 0) continue
    const end = maskOfType(typeOid, format, types)(bytes, 0, bytes.length)
    expect(end).toBeLessThanOrEqual(bytes.length)
    expect(end === nullValue).toBe(isNull && !(format === 1 && end !== nullValue))
    if (end === nullValue) continue
    const masked = Buffer.from(bytes.subarray(0, end))
    expect(masked.toString('latin1')).not.toMatch(/smith|J.rg|fat|4711|sad|pg_class|1961|0[347]/i)
    const taken = await ask(`$1::${type}`, type, [format === 1 ? masked : masked.toString()])
    const back = format === 1 ? taken.binary : Buffer.from(taken.text)
    if (!writtenOtherwise.test(type))
      expect(back.toString('latin1')).toBe(masked.toString('latin1'))
    expect(taken.text).not.toBe(original.text)
  }
}

async function loadTypes(): Promise<Types> {
  const { rows } = await client.query<{
    oid: number
    name: string
    kind: string
    element: number
    is_array: boolean
    base: number
    relation: number
    labels: string[]
  }>(`
    select t.oid::int8::int as oid, typname as name, typtype as kind, typelem::int8::int as element, typcategory = 'A' as is_array,
      typbasetype::int8::int as base, typrelid::int8::int as relation,
      array(select enumlabel::text from pg_enum e where enumtypid = t.oid order by enumsortorder) as labels
    from pg_type t where t.oid >= 16384`)
  const kinds: Record<string, Type['kind']> = {
    b: 'base',
    c: 'composite',
    d: 'domain',
    e: 'enum',
    r: 'range',
    m: 'multirange',
  }
  const typesByOid = new Map<number, Type>()
  for (const row of rows) {
    typesByOid.set(row.oid, {
      oid: row.oid,
      schema: 'public',
      name: row.name,
      kind: kinds[row.kind] ?? 'pseudo',
      elementOid: row.element,
      isArray: row.is_array,
      baseOid: row.base,
      relationOid: row.relation,
      checks: [],
      labels: row.labels,
      routineOids: [],
    })
  }
  const attributes = await client.query<{
    relation: number
    columns: { name: string; typeOid: number }[]
  }>(`
    select attrelid::int8::int as relation, json_agg(json_build_object('name', attname, 'typeOid', atttypid::int8) order by attnum) as columns
    from pg_attribute where attrelid >= 16384 and attnum > 0 group by 1`)
  const relationsByOid = new Map(
    attributes.rows.map(({ relation, columns }): [number, Relation] => [
      relation,
      testRelation({
        oid: relation,
        name: '',
        kind: 'c',
        columns: columns.map((column, index) => ({
          ...column,
          attribute: index + 1,
          generated: false,
        })),
      }),
    ]),
  )
  return { typesByOid, relationsByOid }
}

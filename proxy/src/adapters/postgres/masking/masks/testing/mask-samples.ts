/** Values of all types that have a mask, as SQL expressions; what they need, and their types as the catalogue says. For tests. */
import type { Client } from 'pg'
import type { Relation, Type } from '../../../catalogue/model.ts'
import { testRelation } from '../../../facts/testing/test-model.ts'
import type { Types } from '../mask-of-type.ts'

/** An expression, and whether its mask is NULL. */
export const samples: readonly (readonly [expression: string, isNull?: 'null'])[] = [
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

export const samplesNeed = `
  create extension citext; create extension hstore; create extension ltree;
  create type mood as enum ('happy', 'sad', 'ok');
  create domain account as varchar(20) check (value <> '');
  create type spread as range (subtype = float8);
  create type inside as (a text, b int);
  create type person as (name text, age int2, gone date, empty text, born date, tags text[], "in" inside);
`

export async function loadTypes(client: Client): Promise<Types> {
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

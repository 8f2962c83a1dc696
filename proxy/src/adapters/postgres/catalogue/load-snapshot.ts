/**
 * Reads from the target what the relay must know of it: which (table OID, attribute) is a tagged column, and which views
 * show one. From query-client.ts, to catalogue.ts.
 */
import type { QueryClient, Row } from './query-client.ts'
import type { Snapshot } from './snapshot.ts'

const relationsSql = `
select c.oid, n.nspname || '.' || c.relname, c.relkind
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname not like 'pg\\_toast%'`

/**
 * The tagged relations, and those that share their rows: partitions and children, since a query may name them, and
 * parents, since a result then names those. "tag" is the relation of the configuration.
 */
const taggedRelations = `
names(name) as (select pg_catalog.jsonb_array_elements_text($1::pg_catalog.jsonb)),
roots as (
  select c.oid, names.name as tag
  from names
  join pg_catalog.pg_namespace n on n.nspname = pg_catalog.split_part(names.name, '.', 1)
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = pg_catalog.split_part(names.name, '.', 2)
  where c.relkind in ('r', 'p', 'v', 'm', 'f')),
below(oid, tag) as (
  select oid, tag from roots
  union select i.inhrelid, below.tag from below join pg_catalog.pg_inherits i on i.inhparent = below.oid),
above(oid, tag) as (
  select oid, tag from roots
  union select i.inhparent, above.tag from above join pg_catalog.pg_inherits i on i.inhrelid = above.oid),
tagged(oid, tag) as (select oid, tag from below union select oid, tag from above)`

const columnsSql = `
with recursive ${taggedRelations}
select a.attrelid, a.attnum, tagged.tag, a.attname, a.atttypid,
  pg_catalog.to_jsonb(a) ->> 'attgenerated'
from tagged join pg_catalog.pg_attribute a on a.attrelid = tagged.oid
where a.attnum > 0 and not a.attisdropped
order by a.attrelid, a.attnum`

/**
 * Views over a tagged column, over a tagged relation as a whole (the dependency then names no column), or over a tagged
 * relation with a whole-row reference anywhere in the view (such a reference leaves no dependency of its own: it is a Var
 * with attribute 0 in the rule), over a function of users (what it reads isn't told) or the planner's samples (pg_statistic,
 * pg_statistic_ext_data), and all views over those.
 */
const viewsSql = `
with recursive ${taggedRelations},
columns(oid, attnum) as (
  select tagged.oid, a.attnum
  from pg_catalog.jsonb_array_elements($2::pg_catalog.jsonb) as pair(value)
  join tagged on tagged.tag = pair.value ->> 0
  join pg_catalog.pg_attribute a on a.attrelid = tagged.oid and a.attname = pair.value ->> 1),
uses as (
  select r.ev_class as view, d.refobjid, d.refobjsubid, r.ev_action::text ~ ':varattno 0 ' as whole_row
  from pg_catalog.pg_rewrite r
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = r.oid
  where d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid <> r.ev_class),
tainted(view) as (
  select u.view from uses u
  where (u.refobjid, u.refobjsubid) in (select oid, attnum from columns)
     or (u.refobjid in (select oid from columns) and (u.refobjsubid = 0 or u.whole_row))
  union select r.ev_class from pg_catalog.pg_rewrite r
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = r.oid
  left join pg_catalog.pg_proc p on p.oid = d.refobjid and p.provolatile <> 'i' and p.oid >= 16384
    and d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
  where p.oid is not null or r.ev_action::text ~ ':relid (2619|3429) '
  union select u.view from tainted t join uses u on u.refobjid = t.view)
select view from tainted`

/** Samples of column values lie there in clear. */
const statisticsRelations = new Set([
  'pg_catalog.pg_statistic',
  'pg_catalog.pg_stats',
  'pg_catalog.pg_statistic_ext_data',
  'pg_catalog.pg_stats_ext',
  'pg_catalog.pg_stats_ext_exprs',
])

export type LoadedSnapshot = {
  snapshot: Snapshot
  /** Tags of the configuration that fit no column of the target. */
  unmatched: string[]
}

/** `columns`: schema.relation.column → data class, as configured. @throws GatetrailError UPSTREAM_UNAVAILABLE */
export async function loadSnapshot(
  client: QueryClient,
  columns: Readonly<Record<string, string>>,
): Promise<LoadedSnapshot> {
  const tags = Object.entries(columns).map(([place, dataClass]) => {
    const [schema = '', relation = '', column = ''] = place.split('.')
    return { place, relation: `${schema}.${relation}`, column, dataClass }
  })
  const relations = relationsOf(await client.query(relationsSql, []))
  const names = [...new Set(tags.map(({ relation }) => relation))]
  const pairs = tags.map(({ relation, column }) => [relation, column])
  const attributes =
    tags.length === 0 ? [] : await client.query(columnsSql, [JSON.stringify(names)])
  const views =
    tags.length === 0
      ? []
      : await client.query(viewsSql, [JSON.stringify(names), JSON.stringify(pairs)])

  const dataClasses = new Map(tags.map(({ place, dataClass }) => [place, dataClass]))
  const tagged = new Map<
    number,
    Map<number, { column: string; dataClass: string; typeOid: number }>
  >()
  const columnsByRelation = new Map<string, Set<string>>()
  const matched = new Set<string>()
  for (const row of attributes) {
    const [oid, attribute, tag, name, type] = textsOf(row)
    const relationName = relations.get(Number(oid))?.name ?? tag
    const inOrder = columnsByRelation.get(relationName) ?? new Set()
    columnsByRelation.set(relationName, inOrder)
    // COPY without a list of columns leaves generated ones out.
    if ((row[5] ?? '') === '') inOrder.add(name)
    const column = `${tag}.${name}`
    const dataClass = dataClasses.get(column)
    if (dataClass === undefined) continue
    matched.add(column)
    const inRelation = tagged.get(Number(oid)) ?? new Map()
    inRelation.set(Number(attribute), { column, dataClass, typeOid: Number(type) })
    tagged.set(Number(oid), inRelation)
  }
  const taintedViews = new Set(views.map((row) => Number(row[0])))
  if (tags.length > 0) {
    for (const [oid, { name }] of relations)
      if (statisticsRelations.has(name)) taintedViews.add(oid)
  }
  return {
    snapshot: {
      relations,
      tagged,
      taintedViews,
      columnsOf: (name) => [...(columnsByRelation.get(name) ?? [])],
      // Partitions and parents by their own names too: a statement may use those.
      taggedRelationNames: new Set([...names, ...columnsByRelation.keys()]),
      taggedColumnNames: new Set(tags.map(({ column }) => column)),
    },
    unmatched: tags.map(({ place }) => place).filter((place) => !matched.has(place)),
  }
}

function relationsOf(rows: Row[]): Map<number, { name: string; kind: string }> {
  return new Map(
    rows.map((row) => {
      const [oid, name, kind] = textsOf(row)
      return [Number(oid), { name, kind }]
    }),
  )
}

function textsOf(row: Row): [string, string, string, string, string] {
  const [a, b, c, d, e] = row
  return [a ?? '', b ?? '', c ?? '', d ?? '', e ?? '']
}

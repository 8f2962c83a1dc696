/** Relations with their columns, the queries of views, and who inherits from whom. PostgreSQL's own included. Pure. */
import { limits } from '@gatetrail/schemas'
import type { Column, RelationKind } from '../model.ts'
import type { Row } from '../query-client.ts'
import {
  cell,
  firstNormalObjectId,
  lastingSchema,
  letter,
  listCell,
  numberCell,
  mixed,
  ownSchemas,
  tableCell,
  type ModelDraft,
  type PrintedTexts,
  type Topic,
} from './topic.ts'

const kinds: Readonly<Record<string, RelationKind>> = {
  r: 'r',
  p: 'p',
  v: 'v',
  m: 'm',
  f: 'f',
  S: 'S',
  c: 'c',
}

const ownRelation = `c.oid < ${firstNormalObjectId} and n.nspname in ${ownSchemas}`

const counted = `c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c') and ${lastingSchema}`

/** PostgreSQL's own: the same for as long as the server is. They take most of the time of a small database. */
export const ownRelations: Topic = {
  ...relationsWhere(
    ownRelation,
    `case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end`,
  ),
  name: 'own relations',
  catalogues: [],
}

/** All of a relation that its row holds, or what prints its names. */
export const relations: Topic = {
  ...relationsWhere(`c.oid = any($1::oid[]) and not (${ownRelation})`, 'null'),
  name: 'relations',
  catalogues: ['pg_class', 'pg_namespace', 'pg_attribute', 'pg_attrdef', 'pg_inherits'],
  keysSql: `
select c.oid, concat_ws('.', c.xmin, n.xmin, a.stamp, d.stamp, i.stamp)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
left join (select x.attrelid, count(*) || ':' || sum(${mixed('x.xmin', 'x.attnum::bigint')}) as stamp
  from pg_attribute x where x.attnum > 0 and x.attrelid >= ${firstNormalObjectId} group by x.attrelid) a on a.attrelid = c.oid
left join (select x.adrelid, count(*) || ':' || sum(${mixed('x.xmin', 'x.oid::bigint')}) as stamp
  from pg_attrdef x group by x.adrelid) d on d.adrelid = c.oid
left join (select x.inhrelid, count(*) || ':' || sum(${mixed('x.xmin', 'x.inhparent::bigint')}) as stamp
  from pg_inherits x group by x.inhrelid) i on i.inhrelid = c.oid
where ${counted} and not (${ownRelation})`,
}

function relationsWhere(condition: string, definition: string): Omit<Topic, 'name' | 'catalogues'> {
  return {
    rowsMax: limits.catalogue.relationsMax,
    sql: () => `
select c.oid, n.nspname, c.relname, c.relkind,
  (select json_agg(array[a.attnum::text, a.attname, a.atttypid::text, a.attgenerated::text,
      d.oid::text] order by a.attnum)
    from pg_attribute a
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)::text,
  ${definition},
  (select json_agg(i.inhparent::text order by i.inhseqno) from pg_inherits i where i.inhrelid = c.oid)::text
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where ${counted} and ${condition}
order by c.oid`,
    take,
  }
}

/** Made once, if no text is in them: most rows are still those of the load before. */
const columnsOfRow = new WeakMap<Row, Column[]>()

function columnsOf(row: Row, texts: PrintedTexts): Column[] {
  const known = columnsOfRow.get(row)
  if (known !== undefined) return known
  const table = tableCell(row, 4)
  const columns = table.map((column) => ({
    attribute: numberCell(column, 0),
    name: cell(column, 1),
    typeOid: numberCell(column, 2),
    generated: cell(column, 3) !== '',
    ...(column[4] === null ? {} : { defaultText: texts('defaults', numberCell(column, 4)) }),
  }))
  if (table.every((column) => column[4] === null)) columnsOfRow.set(row, columns)
  return columns
}

function take(row: Row, draft: ModelDraft, texts: PrintedTexts): void {
  const oid = numberCell(row, 0)
  const kind = letter(kinds, cell(row, 3))
  const isView = kind === 'v' || kind === 'm'
  draft.relations.set(oid, {
    oid,
    schema: cell(row, 1),
    name: cell(row, 2),
    kind,
    columns: columnsOf(row, texts),
    ...(isView ? { definition: row[5] ?? texts('views', oid) } : {}),
    parents: listCell(row, 6).map(Number),
    children: [],
    triggers: [],
    rules: [],
    expressions: [],
    readExpressions: [],
    foreignKeyActions: [],
    temporary: false,
  })
}

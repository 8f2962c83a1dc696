/** Relations with their columns, the queries of views, and who inherits from whom. PostgreSQL's own included. Pure. */
import { limits } from '@gatetrail/schemas'
import type { RelationKind } from '../model.ts'
import type { Row } from '../query-client.ts'
import {
  cell,
  firstNormalObjectId,
  lastingSchema,
  letter,
  listCell,
  numberCell,
  ownSchemas,
  tableCell,
  type ModelDraft,
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

/** PostgreSQL's own: the same for as long as the server is. They take most of the time of a small database. */
export const ownRelations: Topic = { ...relationsWhere(ownRelation), name: 'own relations' }

export const relations: Topic = relationsWhere(`not (${ownRelation})`)

function relationsWhere(condition: string): Topic {
  return {
    name: 'relations',
    rowsMax: limits.catalogue.relationsMax,
    sql: () => `
select c.oid, n.nspname, c.relname, c.relkind,
  (select json_agg(array[a.attnum::text, a.attname, a.atttypid::text, a.attgenerated::text,
      pg_get_expr(d.adbin, d.adrelid)] order by a.attnum)
    from pg_attribute a
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)::text,
  case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end,
  (select json_agg(i.inhparent::text order by i.inhseqno) from pg_inherits i where i.inhrelid = c.oid)::text
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c') and ${lastingSchema} and ${condition}
order by c.oid`,
    take,
  }
}

function take(row: Row, draft: ModelDraft): void {
  const oid = numberCell(row, 0)
  const definition = row[5]
  draft.relations.set(oid, {
    oid,
    schema: cell(row, 1),
    name: cell(row, 2),
    kind: letter(kinds, cell(row, 3)),
    columns: tableCell(row, 4).map((column) => {
      const defaultText = column[4]
      return {
        attribute: numberCell(column, 0),
        name: cell(column, 1),
        typeOid: numberCell(column, 2),
        generated: cell(column, 3) !== '',
        ...(defaultText === null || defaultText === undefined ? {} : { defaultText }),
      }
    }),
    ...(definition === null || definition === undefined ? {} : { definition }),
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

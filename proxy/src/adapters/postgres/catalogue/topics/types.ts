/** Types, PostgreSQL's own included. Pure. */
import { limits } from '@gatetrail/schemas'
import type { Type } from '../model.ts'
import type { Row } from '../query-client.ts'
import {
  cell,
  firstNormalObjectId,
  lastingSchema,
  letter,
  listCell,
  numberCell,
  mixed,
  type ModelDraft,
  type PrintedTexts,
  type Topic,
} from './topic.ts'

const kinds: Readonly<Record<string, Type['kind']>> = {
  b: 'base',
  c: 'composite',
  d: 'domain',
  e: 'enum',
  p: 'pseudo',
  r: 'range',
  m: 'multirange',
}
const multirangesSince = 140_000

const own = `t.oid < ${firstNormalObjectId}`

/** PostgreSQL's own: most types of a small database, and the same for as long as the server is. */
export const ownTypes: Topic = {
  ...typesWhere(own),
  name: 'own types',
  catalogues: [],
}

export const types: Topic = {
  ...typesWhere(`t.oid = any($1::oid[]) and not ${own}`),
  name: 'types',
  catalogues: ['pg_type', 'pg_namespace', 'pg_enum', 'pg_range', 'pg_constraint'],
  keysSql: `
select t.oid, concat_ws('.', t.xmin, n.xmin, e.stamp, r.xmin, c.stamp)
from pg_type t
join pg_namespace n on n.oid = t.typnamespace
left join pg_range r on r.rngtypid = t.oid
left join (select x.enumtypid, count(*) || ':' || sum(${mixed('x.xmin', 'x.oid::bigint')}) as stamp
  from pg_enum x group by x.enumtypid) e on e.enumtypid = t.oid
left join (select x.contypid, count(*) || ':' || sum(${mixed('x.xmin', 'x.oid::bigint')}) as stamp
  from pg_constraint x where x.contypid <> 0 group by x.contypid) c on c.contypid = t.oid
where ${lastingSchema} and not ${own}`,
}

/**
 * typlen -1 with an element type is an array, in every version; a point has elements and is none. The default of a domain
 * is evaluated like its checks, and stands with them.
 */
function typesWhere(condition: string): Omit<Topic, 'name' | 'catalogues'> {
  return {
    rowsMax: limits.catalogue.typesMax,
    sql: (serverVersion) => `
select t.oid, n.nspname, t.typname, t.typtype,
  case when t.typlen = -1 and t.typtype <> 'd' then t.typelem else 0 end,
  coalesce(r.rngsubtype${serverVersion >= multirangesSince ? ', m.rngsubtype' : ''}, 0), t.typbasetype, t.typrelid,
  case when t.typtype = 'd' then (
    select json_agg(c.oid::text order by c.oid) from pg_constraint c where c.contypid = t.oid and c.contype = 'c')::text end,
  case when t.typtype = 'e' then
    (select json_agg(l.enumlabel order by l.enumsortorder) from pg_enum l where l.enumtypid = t.oid)::text end,
  concat_ws(',', t.typinput::oid, t.typoutput::oid, t.typreceive::oid, t.typsend::oid, t.typmodin::oid,
    t.typmodout::oid, r.rngcanonical::oid, r.rngsubdiff::oid),
  case when t.typtype = 'd' and t.typdefaultbin is not null then t.oid end
from pg_type t
join pg_namespace n on n.oid = t.typnamespace
left join pg_range r on r.rngtypid = t.oid
${serverVersion >= multirangesSince ? 'left join pg_range m on m.rngmultitypid = t.oid' : ''}
where ${lastingSchema} and ${condition}
order by t.oid`,
    take,
  }
}

/** Made once: most rows are still those of the load before. */
const madeOf = new WeakMap<Row, Type>()

function take(row: Row, draft: ModelDraft, texts: PrintedTexts): void {
  const known = madeOf.get(row)
  const type = known ?? typeOf(row, texts)
  if (known === undefined && type.kind !== 'domain') madeOf.set(row, type)
  draft.types.set(type.oid, type)
}

function typeOf(row: Row, texts: PrintedTexts): Type {
  const oid = numberCell(row, 0)
  const element = numberCell(row, 4)
  const checks = listCell(row, 8).map((check) => texts('checks', Number(check)))
  return {
    oid,
    schema: cell(row, 1),
    name: cell(row, 2),
    kind: letter(kinds, cell(row, 3)),
    elementOid: element === 0 ? numberCell(row, 5) : element,
    isArray: element !== 0,
    baseOid: numberCell(row, 6),
    relationOid: numberCell(row, 7),
    checks: typeof row[11] === 'string' ? [...checks, texts('type defaults', oid)] : checks,
    labels: listCell(row, 9),
    routineOids: cell(row, 10)
      .split(',')
      .map(Number)
      .filter((routine) => routine >= firstNormalObjectId),
  }
}

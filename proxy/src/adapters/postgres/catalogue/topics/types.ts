/** Types, PostgreSQL's own included. Pure. */
import { limits } from '@gatetrail/schemas'
import type { Type } from '../model.ts'
import {
  cell,
  firstNormalObjectId,
  lastingSchema,
  letter,
  listCell,
  numberCell,
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

/**
 * typlen -1 with an element type is an array, in every version; a point has elements and is none. The default of a domain
 * is evaluated like its checks, and stands with them.
 */
export const types: Topic = {
  name: 'types',
  rowsMax: limits.catalogue.typesMax,
  sql: (serverVersion) => `
select t.oid, n.nspname, t.typname, t.typtype,
  case when t.typlen = -1 and t.typtype <> 'd' then t.typelem else 0 end, coalesce(r.rngsubtype, 0), t.typbasetype, t.typrelid,
  case when t.typtype = 'd' then (
    select json_agg(e.text) from (
      select pg_get_expr(c.conbin, 0) as text from pg_constraint c where c.contypid = t.oid and c.contype = 'c'
      union all select pg_get_expr(t.typdefaultbin, 0) where t.typdefaultbin is not null
      order by text) as e)::text end,
  case when t.typtype = 'e' then
    (select json_agg(l.enumlabel order by l.enumsortorder) from pg_enum l where l.enumtypid = t.oid)::text end,
  to_json(array[t.typinput::oid, t.typoutput::oid, t.typreceive::oid, t.typsend::oid, t.typmodin::oid,
    t.typmodout::oid, coalesce(r.rngcanonical::oid, 0), coalesce(r.rngsubdiff::oid, 0)]::text[])::text
from pg_type t
join pg_namespace n on n.oid = t.typnamespace
left join pg_range r on r.rngtypid = t.oid${serverVersion >= multirangesSince ? ' or r.rngmultitypid = t.oid' : ''}
where ${lastingSchema}
order by t.oid`,
  take(row, draft) {
    const oid = numberCell(row, 0)
    const kind = letter(kinds, cell(row, 3))
    const element = numberCell(row, 4)
    draft.types.set(oid, {
      oid,
      schema: cell(row, 1),
      name: cell(row, 2),
      kind,
      elementOid: element === 0 ? numberCell(row, 5) : element,
      isArray: element !== 0,
      baseOid: numberCell(row, 6),
      relationOid: numberCell(row, 7),
      checks: listCell(row, 8),
      labels: listCell(row, 9),
      routineOids: listCell(row, 10)
        .map(Number)
        .filter((routine) => routine >= firstNormalObjectId),
    })
  },
}

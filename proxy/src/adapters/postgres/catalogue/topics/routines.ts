/** Functions, procedures and aggregates that are not PostgreSQL's own, with their text. Pure. */
import { limits } from '@gatetrail/schemas'
import type { Routine, Volatility } from '../model.ts'
import {
  cell,
  firstNormalObjectId,
  letter,
  listCell,
  numberCell,
  ownSchemas,
  tableCell,
  type Topic,
} from './topic.ts'

const kinds: Readonly<Record<string, Routine['kind']>> = {
  f: 'function',
  p: 'procedure',
  a: 'aggregate',
  w: 'window',
}
const volatilities: Readonly<Record<string, Volatility>> = {
  i: 'immutable',
  s: 'stable',
  v: 'volatile',
}
/** Functions with a body of parsed SQL (prosqlbody). */
export const sqlBodiesSince = 140_000

const foreign = `(p.oid >= ${firstNormalObjectId} or n.nspname not in ${ownSchemas} or p.prolang not in (12, 13, 14))`

/**
 * A function of PostgreSQL that somebody wrote anew in another language than its own (internal, c, sql: 12 to 14) counts as
 * a foreign one. What is in a library (internal, c) has no text worth reading.
 */
export const routines: Topic = {
  name: 'routines',
  rowsMax: limits.catalogue.routinesMax,
  catalogues: ['pg_proc', 'pg_aggregate', 'pg_namespace', 'pg_language'],
  keysSql: `
select p.oid, concat_ws('.', p.xmin, n.xmin, l.xmin, a.xmin)
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
join pg_language l on l.oid = p.prolang
left join pg_aggregate a on a.aggfnoid = p.oid
where ${foreign}`,
  sql: (serverVersion) => `
select p.oid, n.nspname, p.proname, p.prokind, p.pronargs::text, p.pronargdefaults::text, p.provariadic,
  to_json(p.proargtypes::oid[]::text[])::text, p.prorettype, p.proretset::text,
  (select json_agg(array[coalesce(p.proargnames[o.at], ''), o.type::text, p.proargmodes[o.at]::text] order by o.at)
    from unnest(p.proallargtypes) with ordinality as o(type, at) where p.proargmodes[o.at] in ('o', 'b', 't'))::text,
  p.provolatile, l.lanname,
  case when l.lanname not in ('c', 'internal')${serverVersion >= sqlBodiesSince ? ' and p.prosqlbody is null' : ''} then p.prosrc end,
  p.prosecdef::text, to_json(p.proconfig)::text,
  to_json(array[a.aggtransfn::oid, a.aggfinalfn::oid, a.aggcombinefn::oid, a.aggserialfn::oid,
    a.aggdeserialfn::oid, a.aggmtransfn::oid, a.aggminvtransfn::oid, a.aggmfinalfn::oid]::text[])::text,
  case when p.proargdefaults is not null then p.oid end, ${serverVersion >= sqlBodiesSince ? 'case when p.prosqlbody is not null then p.oid end' : 'null'}
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
join pg_language l on l.oid = p.prolang
left join pg_aggregate a on a.aggfnoid = p.oid
where p.oid = any($1::oid[]) and ${foreign}
order by p.oid`,
  take(row, draft, texts) {
    const kind = letter(kinds, cell(row, 3))
    const input = numberCell(row, 4)
    const outputs = tableCell(row, 10)
    // CALL passes something for OUT arguments too (since PostgreSQL 14).
    const passed = kind === 'procedure' ? input + outputs.filter((o) => o[2] === 'o').length : input
    const oid = numberCell(row, 0)
    draft.routines.set(oid, {
      oid,
      schema: cell(row, 1),
      name: cell(row, 2),
      kind,
      argumentsMin: input - numberCell(row, 5),
      argumentsMax: numberCell(row, 6) === 0 ? passed : Infinity,
      argumentTypes: listCell(row, 7).map(Number),
      argumentDefaults: typeof row[17] === 'string' ? texts('argument defaults', oid) : '',
      returnType: numberCell(row, 8),
      returnsSet: cell(row, 9) === 'true',
      outputs: outputs.map((output) => ({ name: cell(output, 0), typeOid: numberCell(output, 1) })),
      volatility: letter(volatilities, cell(row, 11)),
      language: cell(row, 12),
      source: typeof row[18] === 'string' ? texts('function bodies', oid) : cell(row, 13),
      securityDefiner: cell(row, 14) === 'true',
      settings: listCell(row, 15),
      partOids: listCell(row, 16)
        .map(Number)
        .filter((oid) => oid > 0),
    })
  },
}

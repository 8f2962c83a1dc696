/**
 * Reads from the target what facts and masking must know of it: its whole catalogue, which (table OID, attribute) is a
 * tagged column, and which views show one. From load-model.ts, to catalogue.ts.
 */
import assert from 'node:assert/strict'
import type { KnownModel, LoadedModel, Temporary } from './build-model.ts'
import { loadModel } from './load-model.ts'
import type { CatalogueModel } from './model.ts'
import type { QueryClient } from './query-client.ts'
import { snapshotOf, type Snapshot } from './snapshot.ts'

/**
 * Views over a tagged column, over a tagged relation as a whole (the dependency then names no column), or over a tagged
 * relation with a whole-row reference anywhere in the view (such a reference leaves no dependency of its own: it is a Var
 * with attribute 0 in the rule), over a function of users (what it reads isn't told) or the planner's samples (pg_statistic,
 * pg_statistic_ext_data), and all views over those.
 */
const viewsSql = `
with recursive columns(oid, attnum) as (
  select (pair.value ->> 0)::pg_catalog.oid, (pair.value ->> 1)::pg_catalog.int2
  from pg_catalog.jsonb_array_elements($1::pg_catalog.jsonb) as pair(value)),
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

export type LoadedSnapshot = {
  snapshot: Snapshot
  temporary: Temporary
  /** The model as the target says it, without what was stored during this process. */
  stated: CatalogueModel
  /** Tags of the configuration that fit no column of the target. */
  unmatched: string[]
  /** Topics that the account may not read. */
  unreadable: string[]
  known: KnownModel
}

let lastVersion = 0

/** Models are told apart by their version. */
export function nextVersion(): number {
  return ++lastVersion
}

/**
 * `columns`: schema.relation.column → data class, as configured. `readOnlyUser`: another login of the connection. Where nothing has changed since `previous`, the model is the
 * same object, so that what was made of it stays. `complete` adds to it what only this process knows.
 * @throws GatetrailError UPSTREAM_UNAVAILABLE, UPSTREAM_PROTOCOL_VIOLATION
 */
export async function loadSnapshot(
  client: QueryClient,
  columns: Readonly<Record<string, string>>,
  readOnlyUser?: string,
  previous?: LoadedSnapshot,
  complete: (stated: CatalogueModel) => CatalogueModel = (stated) => stated,
): Promise<LoadedSnapshot> {
  const { loaded, temporary } = await loadModel(client, columns, readOnlyUser, previous?.known)
  const same = loaded === undefined ? previous : undefined
  const { stated, unmatched, unreadable, known } =
    same ?? statedBy(loaded ?? assert.fail('no load before this one'))
  const model = complete(stated)
  if (same?.snapshot.model === model && sameTemporary(same.temporary, temporary)) return same
  const views =
    same?.snapshot.model === model ? same.snapshot.taintedViews : await viewsOver(model, client)
  const snapshot = snapshotOf(model, temporary, views, columns)
  return { snapshot, temporary, stated, unmatched, unreadable, known }
}

function sameTemporary(before: Temporary, after: Temporary): boolean {
  if (before.size !== after.size) return false
  for (const [oid, { name }] of after) if (before.get(oid)?.name !== name) return false
  return true
}

function statedBy(loaded: LoadedModel): Omit<LoadedSnapshot, 'snapshot' | 'temporary'> {
  const { model, ...others } = loaded
  return { stated: { ...model, version: nextVersion() }, ...others }
}

async function viewsOver(model: CatalogueModel, client: QueryClient): Promise<Set<number>> {
  const pairs: [number, number][] = []
  for (const { oid, columns } of model.relationsByOid.values()) {
    for (const { attribute, tag } of columns) if (tag !== undefined) pairs.push([oid, attribute])
  }
  if (pairs.length === 0) return new Set()
  try {
    const rows = await client.query(viewsSql, [JSON.stringify(pairs)])
    return new Set(rows.map((row) => Number(row[0])))
  } catch (error) {
    // The account may not read who depends on what: any view may show a tagged column.
    if (!model.uncertain) throw error
    const views = [...model.relationsByOid.values()].filter(({ kind }) => 'vm'.includes(kind))
    return new Set(views.map(({ oid }) => oid))
  }
}

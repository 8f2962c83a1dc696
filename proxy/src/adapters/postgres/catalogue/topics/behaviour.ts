/**
 * What a read or a write of a relation sets off: rules, triggers, actions of foreign keys, and the expressions that it
 * evaluates (checks, indexes, partition keys, row security). After relations.ts. Pure.
 */
import { limits } from '@gatetrail/schemas'
import type { Rule, TriggerEvent } from '../model.ts'
import { cell, firstNormalObjectId, letter, numberCell, type Topic } from './topic.ts'

const ruleEvents: Readonly<Record<string, Rule['event']>> = {
  '1': 'select',
  '2': 'update',
  '3': 'insert',
  '4': 'delete',
}

/** ON SELECT rules of views are their definitions; those of other names would be something else. */
export const rules: Topic = {
  name: 'rules',
  rowsMax: limits.catalogue.relationsMax,
  sql: () => `
select r.ev_class, r.rulename, r.ev_type::text, r.is_instead::text, pg_get_ruledef(r.oid)
from pg_rewrite r where r.rulename <> '_RETURN' and r.ev_enabled <> 'D' order by r.oid`,
  take(row, draft) {
    draft.relations.get(numberCell(row, 0))?.rules.push({
      name: cell(row, 1),
      event: letter(ruleEvents, cell(row, 2)),
      instead: cell(row, 3) === 'true',
      definition: cell(row, 4),
    })
  },
}

/** Bits of tgtype, from pg_trigger.h. */
const triggerBits: readonly (readonly [number, TriggerEvent])[] = [
  [4, 'insert'],
  [8, 'delete'],
  [16, 'update'],
  [32, 'truncate'],
]

/** Those of the system are the work of foreign keys and deferred constraints; clones on partitions may count as such too. */
export const triggers: Topic = {
  name: 'triggers',
  rowsMax: limits.catalogue.relationsMax,
  sql: () => `
select t.tgrelid, t.tgname, t.tgfoid, t.tgtype::text,
  case when t.tgqual is not null then pg_get_triggerdef(t.oid) end
from pg_trigger t
where t.tgenabled <> 'D' and (not t.tgisinternal or t.tgfoid >= ${firstNormalObjectId}) order by t.oid`,
  take(row, draft) {
    const type = numberCell(row, 3)
    const definition = row[4]
    draft.relations.get(numberCell(row, 0))?.triggers.push({
      name: cell(row, 1),
      routineOid: numberCell(row, 2),
      events: triggerBits.filter(([bit]) => (type & bit) !== 0).map(([, event]) => event),
      ...(definition === null || definition === undefined ? {} : { definition }),
    })
  },
}

/** c CASCADE, n SET NULL, d SET DEFAULT; a and r change nothing. */
export const foreignKeys: Topic = {
  name: 'foreign keys',
  rowsMax: limits.catalogue.relationsMax,
  sql: () => `
select c.confrelid, c.conrelid, (c.confupdtype in ('c', 'n', 'd'))::text, (c.confdeltype in ('c', 'n', 'd'))::text
from pg_constraint c
where c.contype = 'f' and (c.confupdtype in ('c', 'n', 'd') or c.confdeltype in ('c', 'n', 'd')) order by c.oid`,
  take(row, draft) {
    const actions = draft.relations.get(numberCell(row, 0))?.foreignKeyActions
    const relationOid = numberCell(row, 1)
    if (cell(row, 2) === 'true') actions?.push({ relationOid, on: 'update' })
    if (cell(row, 3) === 'true') actions?.push({ relationOid, on: 'delete' })
  },
}

/** "read": a SELECT evaluates it too. Expressions of one index come as a list, separated by commas. */
export const expressions: Topic = {
  name: 'expressions',
  rowsMax: limits.catalogue.relationsMax,
  sql: () => `
select relation, reads, expression from (
  select c.conrelid as relation, 'false' as reads, pg_get_expr(c.conbin, c.conrelid) as expression
  from pg_constraint c where c.contype = 'c' and c.conrelid <> 0
  union all
  select i.indrelid, 'false', pg_get_expr(i.indpred, i.indrelid) from pg_index i where i.indpred is not null
  union all
  select i.indrelid, 'false', pg_get_expr(i.indexprs, i.indrelid) from pg_index i where i.indexprs is not null
  union all
  select p.partrelid, 'false', pg_get_expr(p.partexprs, p.partrelid) from pg_partitioned_table p where p.partexprs is not null
  union all
  select p.polrelid, 'true', pg_get_expr(p.polqual, p.polrelid) from pg_policy p where p.polqual is not null
  union all
  select p.polrelid, 'false', pg_get_expr(p.polwithcheck, p.polrelid) from pg_policy p where p.polwithcheck is not null
) as all_of_them
where expression is not null order by relation, reads, expression`,
  take(row, draft) {
    const relation = draft.relations.get(numberCell(row, 0))
    const expression = cell(row, 2)
    relation?.expressions.push(expression)
    if (cell(row, 1) === 'true') relation?.readExpressions.push(expression)
  },
}

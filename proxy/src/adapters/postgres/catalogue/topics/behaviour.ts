/**
 * What a read or a write of a relation sets off: rules, triggers, actions of foreign keys, and the expressions that it
 * evaluates (checks, indexes, partition keys, row security). After relations.ts. Pure.
 */
import { limits } from '@gatetrail/schemas'
import type { Rule, TriggerEvent } from '../model.ts'
import {
  cell,
  firstNormalObjectId,
  letter,
  numberCell,
  type TextKind,
  type Topic,
} from './topic.ts'

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
  catalogues: ['pg_rewrite'],
  sql: () => `
select r.ev_class, r.rulename, r.ev_type::text, r.is_instead::text, r.oid
from pg_rewrite r where r.rulename <> '_RETURN' and r.ev_enabled <> 'D' order by r.oid`,
  take(row, draft, texts) {
    draft.relations.get(numberCell(row, 0))?.rules.push({
      name: cell(row, 1),
      event: letter(ruleEvents, cell(row, 2)),
      instead: cell(row, 3) === 'true',
      definition: texts('rules', numberCell(row, 4)),
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
  catalogues: ['pg_trigger'],
  sql: () => `
select t.tgrelid, t.tgname, t.tgfoid, t.tgtype::text,
  case when t.tgqual is not null then t.oid end
from pg_trigger t
where t.tgenabled <> 'D' and (not t.tgisinternal or t.tgfoid >= ${firstNormalObjectId}) order by t.oid`,
  take(row, draft, texts) {
    const type = numberCell(row, 3)
    const hasCondition = typeof row[4] === 'string'
    draft.relations.get(numberCell(row, 0))?.triggers.push({
      name: cell(row, 1),
      routineOid: numberCell(row, 2),
      events: triggerBits.filter(([bit]) => (type & bit) !== 0).map(([, event]) => event),
      ...(hasCondition ? { definition: texts('triggers', numberCell(row, 4)) } : {}),
    })
  },
}

/** c CASCADE, n SET NULL, d SET DEFAULT; a and r change nothing. */
export const foreignKeys: Topic = {
  name: 'foreign keys',
  rowsMax: limits.catalogue.relationsMax,
  catalogues: ['pg_constraint'],
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

/** Which text of an expression a row of `expressions` names, and whether a SELECT evaluates it too. */
const expressionKinds: Readonly<Record<string, { text: TextKind; reads: boolean }>> = {
  c: { text: 'checks', reads: false },
  p: { text: 'index predicates', reads: false },
  // Those of one index come as a list, separated by commas.
  i: { text: 'index expressions', reads: false },
  k: { text: 'partition keys', reads: false },
  q: { text: 'policies', reads: true },
  w: { text: 'policy checks', reads: false },
}

export const expressions: Topic = {
  name: 'expressions',
  rowsMax: limits.catalogue.relationsMax,
  catalogues: ['pg_constraint', 'pg_index', 'pg_partitioned_table', 'pg_policy'],
  sql: () => `
select relation, kind, oid from (
  select c.conrelid as relation, 'c' as kind, c.oid from pg_constraint c where c.contype = 'c' and c.conrelid <> 0
  union all select i.indrelid, 'p', i.indexrelid from pg_index i where i.indpred is not null
  union all select i.indrelid, 'i', i.indexrelid from pg_index i where i.indexprs is not null
  union all select p.partrelid, 'k', p.partrelid from pg_partitioned_table p where p.partexprs is not null
  union all select p.polrelid, 'q', p.oid from pg_policy p where p.polqual is not null
  union all select p.polrelid, 'w', p.oid from pg_policy p where p.polwithcheck is not null
) as all_of_them
order by relation, kind, oid`,
  take(row, draft, texts) {
    const relation = draft.relations.get(numberCell(row, 0))
    if (relation === undefined) return
    const { text, reads } = letter(expressionKinds, cell(row, 1))
    const expression = texts(text, numberCell(row, 2))
    relation.expressions.push(expression)
    if (reads) relation.readExpressions.push(expression)
  },
}

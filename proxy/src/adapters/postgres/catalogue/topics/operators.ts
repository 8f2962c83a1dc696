/** Operators and casts that are not PostgreSQL's own, and what runs at DDL. Pure. */
import { limits } from '@gatetrail/schemas'
import type { Cast } from '../model.ts'
import { cell, firstNormalObjectId, letter, numberCell, ownSchemas, type Topic } from './topic.ts'

export const operators: Topic = {
  name: 'operators',
  rowsMax: limits.catalogue.routinesMax,
  catalogues: ['pg_operator', 'pg_namespace'],
  sql: () => `
select n.nspname, o.oprname, o.oprleft, o.oprright, o.oprcode::oid
from pg_operator o join pg_namespace n on n.oid = o.oprnamespace
where o.oid >= ${firstNormalObjectId} or n.nspname not in ${ownSchemas} order by o.oid`,
  take(row, draft) {
    draft.operators.push({
      schema: cell(row, 0),
      name: cell(row, 1),
      leftType: numberCell(row, 2),
      rightType: numberCell(row, 3),
      routineOid: numberCell(row, 4),
    })
  },
}

const contexts: Readonly<Record<string, Cast['context']>> = {
  e: 'explicit',
  a: 'assignment',
  i: 'implicit',
}

export const casts: Topic = {
  name: 'casts',
  rowsMax: limits.catalogue.routinesMax,
  catalogues: ['pg_cast'],
  sql: () => `
select c.castsource, c.casttarget, c.castfunc, c.castcontext
from pg_cast c where c.oid >= ${firstNormalObjectId} order by c.oid`,
  take(row, draft) {
    draft.casts.push({
      sourceType: numberCell(row, 0),
      targetType: numberCell(row, 1),
      routineOid: numberCell(row, 2),
      context: letter(contexts, cell(row, 3)),
    })
  },
}

export const eventTriggers: Topic = {
  name: 'event triggers',
  rowsMax: limits.catalogue.routinesMax,
  catalogues: ['pg_event_trigger'],
  sql: () =>
    `select e.evtfoid from pg_event_trigger e where e.evtenabled <> 'D' order by e.evtname`,
  take(row, draft) {
    draft.eventTriggerRoutines.push(numberCell(row, 0))
  },
}

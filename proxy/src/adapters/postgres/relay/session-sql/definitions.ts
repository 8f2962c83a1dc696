/** What a statement changes for the texts behind it, by its description. Pure. */
import type { CatalogueModel } from '../../catalogue/model.ts'
import type { StatementDescription } from '../../facts/index.ts'
import { isOpaque } from './opaque-code.ts'

/** Into which `reach.stores` puts what becomes a setting. */
export const settingsRelation = 'pg_catalog.pg_settings'

/** Settings after which unqualified names may mean something else. */
export const namingSettings: ReadonlySet<string> = new Set([
  'search_path',
  'role',
  'session_authorization',
  'all',
])

/** Definitions of relations, which stand in `reach.creates`, and of what changes the meaning of nothing. */
const creatingKinds = new Set(['create_table', 'create_table_as'])
const addingKinds = new Set(['create_sequence', 'create_index', 'comment', 'create_schema'])

/** Kinds that may stand beside those and define nothing. */
const plainKinds = new Set(['select', 'insert', 'values', 'begin', 'commit', 'explain', 'empty'])

/** It changes definitions in ways that its description does not list. */
export function definesOtherwise({ facts, reach }: StatementDescription): boolean {
  if (!facts.effects.includes('schema')) return false
  if (facts.kinds.every((kind) => roleKinds.has(kind))) return false
  const creates = facts.kinds.some((kind) => creatingKinds.has(kind))
  if (creates && reach.creates.length === 0) return true
  const known = [creatingKinds, addingKinds, plainKinds]
  return facts.kinds.some((kind) => known.every((kinds) => !kinds.has(kind)))
}

/**
 * What a statement changes of the session's temporary schema, which the catalogue does not show. `names`: which relations
 * there are, or their columns. `behaviour`: also what happens when they are written, and what functions and types there do.
 */
export function changesTemporary(
  description: StatementDescription,
  namesTemporary: boolean,
): 'nothing' | 'names' | 'behaviour' {
  const { facts } = description
  if (!definesOtherwise(description)) return 'nothing'
  const known = [creatingKinds, addingKinds, takingKinds, plainKinds]
  const others = facts.kinds.filter((kind) => known.every((kinds) => !kinds.has(kind)))
  const onTemporary = facts.writes.some((name) => name.startsWith('pg_temp.'))
  if (others.length === 0 || (!onTemporary && !namesTemporary)) return 'nothing'
  const onlyAlters = others.every((kind) => kind === 'alter_table')
  return onlyAlters && facts.complete ? 'names' : 'behaviour'
}

/** That take away, or are code: told by opaque-code.ts. */
const takingKinds = new Set(['drop_table', 'drop_view', 'drop_index', 'drop_sequence', 'truncate', 'do', 'call']) // prettier-ignore

/** Whether a text may say the name of the temporary schema, if only by escapes. */
export const temporaryName = /pg_temp|u&"/i

/** Afterwards the catalogue may say something else. */
export function changesCatalogue(
  description: StatementDescription,
  model: CatalogueModel,
): boolean {
  const { facts } = description
  if (!facts.complete) return isOpaque(description, model) || facts.effects.includes('schema')
  return facts.effects.includes('schema') && !facts.kinds.every((kind) => roleKinds.has(kind))
}

/** `schema` by design §5, but no definition. */
const roleKinds = new Set(['set', 'reset', 'set_role', 'set_session_authorization', 'select'])

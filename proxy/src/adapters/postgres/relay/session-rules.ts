/**
 * What a session may not do whatever the policies say: leave its read-only mode, compare with columns that it may not see
 * (strict masking), store tagged data where nobody would know of it. From judge.ts.
 */
import { limits } from '@gatetrail/schemas'
import type { StatementDescription, TaggedColumn } from '../facts/index.ts'
import { notReadOnly, tooMany, unseen, uninspectable, type Refusal } from './refusals.ts'
import { isOpaque } from './session-sql/opaque-code.ts'
import { settingsRelation } from './session-sql/definitions.ts'
import type { SessionState } from './session-state.ts'

/** Undefined: nothing stands against it. */
export function refusalBySession(
  state: SessionState,
  description: StatementDescription,
): Refusal | undefined {
  if (state.context.readOnly === true && mayLeaveReadOnly(state, description)) return notReadOnly
  if (state.context.connection.strict === true) return refusalByPredicate(state, description)
  return undefined
}

/** What tagged data the statement stores is kept in mind before it runs; a refusal if that can't be. */
export function refusalToStore(
  state: SessionState,
  { reach, facts }: StatementDescription,
): Refusal | undefined {
  const { catalogue } = state.context
  if (catalogue.addDerivedTags === undefined || !state.tagged) return undefined
  let kept = true
  for (const { relation, column, lineage } of reach.stores) {
    // Of a session, or where it can't be followed.
    const elsewhere = relation === '*' || relation === settingsRelation
    if (lineage.tags.length === 0 || elsewhere || relation.startsWith('pg_temp.')) continue
    kept &&= catalogue.addDerivedTags(relation, column, lineage.tags)
  }
  const copies = facts.kinds.includes('create_table_as')
  for (const { schema, name, temporary, columns } of reach.creates) {
    if (temporary) continue
    const relation = `${schema ?? firstSchema(state)}.${name}`
    for (const column of columns ?? []) {
      const tags = column.unknown && copies ? [unknownTag(relation, column.name)] : column.tags
      if (tags.length > 0) kept &&= catalogue.addDerivedTags(relation, column.name, tags)
    }
    if (columns === undefined && copies) {
      kept &&= catalogue.addDerivedTags(relation, undefined, [unknownTag(relation, '*')])
    }
  }
  return kept
    ? undefined
    : tooMany('columns filled with tagged data', limits.catalogue.derivedTagsMax)
}

/** Where an unqualified relation is made: in the first schema of the path that is there. */
function firstSchema({ sql }: SessionState): string {
  const { searchPath, model } = sql.environment
  return searchPath?.find((schema) => model.schemas.has(schema)) ?? 'public'
}

function unknownTag(relation: string, column: string): TaggedColumn {
  return { place: `${relation}.${column}`, dataClass: 'UNKNOWN' }
}

/**
 * Every transaction is read-only since the session began with default_transaction_read_only: what returns to that is fine
 * (RESET ALL, DISCARD ALL), anything else that touches it is not, nor code that could.
 */
function mayLeaveReadOnly(state: SessionState, description: StatementDescription): boolean {
  if (isOpaque(description, state.snapshot.model)) return true
  if (!description.setsReadOnlyOff) return false
  const { parts, facts, settings } = description
  const kind = parts.length === 1 && facts.complete ? parts[0]!.kind : ''
  const returns = settings.every(
    ({ name, value }) =>
      name === 'all' || (name === 'default_transaction_read_only' && value === undefined),
  )
  return !(returning.has(kind) && returns)
}

const returning = new Set(['set', 'reset', 'discard'])

/** What decides which rows there are, or their order, tells of the values. */
function refusalByPredicate(
  state: SessionState,
  { reach }: StatementDescription,
): Refusal | undefined {
  if (!state.tagged) return undefined
  const { policies } = state.context
  const hidden = reach.filterTags.find(({ dataClass, place }) => !policies.reveal(dataClass, place))
  if (hidden !== undefined) return unseen(hidden.place)
  return reach.unknown
    ? uninspectable(
        'masking is strict here, and what this statement compares cannot be told',
        'Name the columns, and use functions whose source can be read.',
      )
    : undefined
}

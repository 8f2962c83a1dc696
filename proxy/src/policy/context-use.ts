/**
 * What of `context` the conditions of policies look at. Cedar is given no more: reading a context costs it more than deciding,
 * and what no policy reads can't tell two requests apart. Pure, over Cedar's JSON.
 */
import type { ActionConstraint, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { SqlFacts } from '@gatetrail/schemas'

export const actions = ['connect', 'execute', 'reveal'] as const
export type Action = (typeof actions)[number]

export type ContextUse = {
  /** Whether it reads the time or the address: then a decision holds for the moment only. */
  moment: boolean
  /** Members of `context.sql` that it reads, or all of them. */
  sql: ReadonlySet<string> | 'all'
}

type Found = { members: Set<string>; sqlMembers: Set<string>; whole: boolean; wholeSql: boolean }

/** What these policies read of the context of a request for `action`. */
export function contextUseOf(policies: readonly PolicyJson[], action: Action): ContextUse {
  const found: Found = {
    members: new Set(),
    sqlMembers: new Set(),
    whole: false,
    wholeSql: false,
  }
  for (const policy of policies) {
    if (!appliesTo(policy.action, action)) continue
    for (const { body } of policy.conditions) look(body, found)
  }
  const { members, sqlMembers, whole, wholeSql } = found
  return {
    moment: whole || members.has('time') || members.has('clientAddress'),
    sql: whole || wholeSql ? 'all' : sqlMembers,
  }
}

/** The facts as far as they are read. */
export function factsInUse(facts: SqlFacts, { sql }: ContextUse): Partial<SqlFacts> {
  if (sql === 'all') return facts
  return Object.fromEntries(Object.entries(facts).filter(([name]) => sql.has(name)))
}

function appliesTo(constraint: ActionConstraint, action: Action): boolean {
  if (constraint.op === 'All' || !('entity' in constraint || 'entities' in constraint)) return true
  const entities = 'entities' in constraint ? constraint.entities : [constraint.entity]
  return entities.some((entity) => ('id' in entity ? entity.id : entity.__entity.id) === action)
}

/** Any use of `context` but one of a member counts as one of the whole, and so for `context.sql`. */
function look(expression: unknown, found: Found): void {
  if (Array.isArray(expression)) return expression.forEach((one) => look(one, found))
  if (!isRecord(expression)) return
  const asked = pathBelow(expression['has'])
  const read = pathBelow(expression['.']) ?? (expression['Var'] === 'context' ? [] : undefined)
  if (asked !== undefined) note(asked, false, found)
  else if (read !== undefined) note(read, true, found)
  else Object.values(expression).forEach((one) => look(one, found))
}

function note([member, sqlMember]: readonly string[], isRead: boolean, found: Found): void {
  if (member === undefined) {
    found.whole = true
    return
  }
  found.members.add(member)
  if (member !== 'sql') return
  if (sqlMember !== undefined) found.sqlMembers.add(sqlMember)
  else if (isRead) found.wholeSql = true // `context has sql` reads nothing in it.
}

/** The members on the way from `context` to what an access names; undefined if it does not begin there. */
function pathBelow(access: unknown): string[] | undefined {
  if (!isRecord(access) || !isRecord(access['left'])) return undefined
  const { left, attr } = access
  const before = left['Var'] === 'context' ? [] : pathBelow(left['.'])
  if (before === undefined) return undefined
  const names: unknown[] = Array.isArray(attr) ? attr : [attr]
  return names.every((name) => typeof name === 'string') ? [...before, ...names] : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

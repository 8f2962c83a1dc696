/** Which actions a policy's answer depends on the moment for: it reads the time or the address. Pure, over Cedar's JSON. */
import type { ActionConstraint, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'

export const actions = ['connect', 'execute', 'reveal'] as const
export type Action = (typeof actions)[number]

/** The actions for which decisions must not be cached because of this policy. */
export function momentaryActions(policy: PolicyJson): readonly Action[] {
  return policy.conditions.some((clause) => readsMoment(clause.body))
    ? actions.filter((action) => appliesTo(policy.action, action))
    : []
}

function appliesTo(constraint: ActionConstraint, action: Action): boolean {
  if (constraint.op === 'All' || !('entity' in constraint || 'entities' in constraint)) return true
  const entities = 'entities' in constraint ? constraint.entities : [constraint.entity]
  return entities.some((entity) => ('id' in entity ? entity.id : entity.__entity.id) === action)
}

/** Any use of `context` but one of a member other than these counts: the whole of it holds them. */
function readsMoment(expression: unknown): boolean {
  if (Array.isArray(expression)) return expression.some(readsMoment)
  if (!isRecord(expression)) return false
  if (expression['Var'] === 'context') return true
  for (const operator of ['.', 'has']) {
    const access = expression[operator]
    if (!isRecord(access) || !isRecord(access['left']) || access['left']['Var'] !== 'context')
      continue
    const [member]: unknown[] = Array.isArray(access['attr']) ? access['attr'] : [access['attr']]
    return typeof member !== 'string' || member === 'time' || member === 'clientAddress'
  }
  return Object.values(expression).some(readsMoment)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** May this principal do that: Cedar policies, loaded, watched and asked (design §5). */
export { createDecisions, type Decisions, type DecisionsOptions } from './decisions.ts'
export type { Moment, PolicyConnection } from './entities.ts'
export { PolicyInvalidError } from './error.ts'
export { loadPolicySet, type PolicyFile } from './load-policy-set.ts'
export { policiesOnRecord } from './on-record.ts'
export type { Decision, Policy, PolicySet } from './policy-set.ts'
export {
  createPolicyStore,
  type PolicyStore,
  type PolicyStoreOptions,
  type ReloadResult,
} from './policy-store.ts'

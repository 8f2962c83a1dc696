/** A validated set of policies, and the decisions by it: allow, deny, hold. Synchronous. Default: deny. */
import { createHash } from 'node:crypto'
import {
  preparsePolicySet,
  statefulIsAuthorized,
  type Context,
  type EntityJson,
  type PolicyJson,
  type TypeAndId,
} from '@cedar-policy/cedar-wasm/nodejs'
import { assert, type Principal, type SqlFacts, type Verdict } from '@gatetrail/schemas'
import {
  connectionEntities,
  connectionUid,
  isPlainAddress,
  momentContext,
  principalEntities,
  principalUid,
  type Moment,
  type PolicyConnection,
} from './entities.ts'
import { actions, contextUseOf, factsInUse, type Action, type ContextUse } from './context-use.ts'

export type Policy = {
  /** `@id`, else `<file name without extension>.<n>`, n from 1. */
  id: string
  file: string
  text: string
  effect: 'permit' | 'forbid'
  annotations: Readonly<Record<string, string>>
  /** As Cedar reads it. */
  json: PolicyJson
}

export type Decision = {
  verdict: Verdict
  /** Ids of the deciding policies. */
  policies: readonly string[]
  /** On deny and hold: a sentence for the caller. */
  reason?: string
  /** On hold: each of these groups must approve. */
  approvalGroups?: readonly string[]
}

export type PolicySet = {
  /** SHA-256 over the sorted ids and texts, hex. */
  readonly hash: string
  readonly policies: readonly Policy[]
  /** What Cedar finds odd but valid, such as a condition that never holds. */
  readonly warnings: readonly string[]
  /** Whether decisions hold for longer than the moment: no policy of the action reads time or clientAddress. */
  readonly cacheable: Readonly<Record<Action, boolean>>
  /** What policies can tell statements apart by: equal keys, equal decisions, but for the moment. */
  factsKey(sql: SqlFacts): string
  connect(principal: Principal, connection: PolicyConnection, moment: Moment): Decision
  execute(
    principal: Principal,
    connection: PolicyConnection,
    sql: SqlFacts,
    moment: Moment,
  ): Decision
  /** Deny means masked. `column` is schema.relation.column, where it is known. */
  reveal(
    principal: Principal,
    connection: PolicyConnection,
    dataClass: string,
    column: string | undefined,
    moment: Moment,
  ): Decision
  /** Frees the parsed set; it then denies everything. */
  release(): void
}

type Request = {
  principal: TypeAndId
  action: TypeAndId
  resource: TypeAndId
  context: Context
  entities: EntityJson[]
}
type Answer = { allowed: boolean; deciding: string[]; failed: boolean }

const unanswered: Answer = { allowed: false, deciding: [], failed: true }
const nothingAllows = 'no policy allows it'
const unevaluated = 'the policies could not be evaluated'

/** Answers of one set that are kept: sessions of the same principal ask the same. */
const answersMax = 4096
/** Longer questions are asked each time. */
const questionCharactersMax = 8 * 1024

/** Names below which Cedar keeps parsed sets; a released one is used again, as Cedar forgets none. */
const freeSlots: string[] = []
let slots = 0

/** Makes a set of policies that have been validated. */
export function createPolicySet(
  policies: readonly Policy[],
  warnings: readonly string[],
): PolicySet {
  const slot = freeSlots.pop() ?? `policies-${++slots}`
  const staticPolicies = Object.fromEntries(policies.map(({ id, text }) => [id, text]))
  const parsed = preparsePolicySet(slot, { staticPolicies })
  assert(parsed.type === 'success', 'a validated policy set parses')
  const byId = new Map(policies.map((policy) => [policy.id, policy]))
  const json = policies.map((policy) => policy.json)
  const uses = {
    connect: contextUseOf(json, 'connect'),
    execute: contextUseOf(json, 'execute'),
    reveal: contextUseOf(json, 'reveal'),
  }
  const momentFor = (action: Action, moment: Moment): Context =>
    uses[action].moment ? momentContext(moment) : {}
  const answers = new Map<string, Answer>()
  let released = false

  /** The same question has the same answer: all that Cedar looks at is in it. With a moment in it none comes twice. */
  function ask(request: Request): Answer {
    if (released) return unanswered
    if ('time' in request.context) return askCedar(request)
    const question = JSON.stringify(request)
    const known = answers.get(question)
    if (known !== undefined) return known
    const answer = askCedar(request)
    if (answer.failed || question.length > questionCharactersMax) return answer
    if (answers.size >= answersMax) answers.clear()
    answers.set(question, answer)
    return answer
  }

  function askCedar(request: Request): Answer {
    let answer
    try {
      answer = statefulIsAuthorized({
        ...request,
        preparsedPolicySetId: slot,
        validateRequest: false,
      })
    } catch {
      return unanswered // A request that Cedar's WebAssembly can't take: a deny like any error.
    }
    if (answer.type === 'failure') return unanswered
    const { decision, diagnostics } = answer.response
    // Cedar skips a forbid that errors: any error is a deny, whatever the verdict.
    const failing = diagnostics.errors.map((error) => error.policyId)
    if (failing.length > 0) return { allowed: false, deciding: failing.sort(), failed: true }
    return { allowed: decision === 'allow', deciding: diagnostics.reason.sort(), failed: false }
  }

  function decide(request: Request, approved?: Request): Decision {
    const answer = ask(request)
    if (answer.failed) return denied(answer, unevaluated)
    if (answer.allowed) return { verdict: 'allow', policies: answer.deciding }
    const ifApproved = approved === undefined ? undefined : ask(approved)
    if (ifApproved?.failed === true) return denied(answer, unevaluated)
    if (ifApproved === undefined) return denied(answer, reasonOf(answer))
    const groups = approvalGroupsOf(answer)
    if (ifApproved.allowed && groups !== undefined) {
      return {
        verdict: 'hold',
        policies: answer.deciding,
        reason: reasonOf(answer),
        approvalGroups: groups,
      }
    }
    // What approval could not lift is the reason to show; if it lifts everything but may not be asked for, what stands now.
    return denied(answer, reasonOf(ifApproved.allowed ? answer : ifApproved))
  }

  function reasonOf({ deciding }: Answer): string {
    if (deciding.length === 0) return nothingAllows
    const reasons = deciding.map(
      (id) => byId.get(id)?.annotations['reason'] ?? `policy ${id} forbids it`,
    )
    return [...new Set(reasons)].join('; ')
  }

  /** Who must approve, or undefined if some deciding policy doesn't ask for approval. */
  function approvalGroupsOf({ deciding }: Answer): string[] | undefined {
    const groups = new Set<string>()
    for (const id of deciding) {
      const asked = (byId.get(id)?.annotations['approval'] ?? '')
        .split(',')
        .map((name) => name.trim())
      const named = asked.filter((name) => name !== '')
      if (named.length === 0) return undefined
      for (const name of named) groups.add(name)
    }
    return groups.size === 0 ? undefined : [...groups]
  }

  return {
    hash: hashOf(policies),
    policies,
    warnings,
    cacheable: cacheableActions(uses),
    factsKey: (sql) => JSON.stringify(factsInUse(sql, uses.execute)),
    connect(principal, connection, moment) {
      // Also where no policy reads it: an address that is none opens nothing.
      if (!isPlainAddress(moment.clientAddress)) return denied(unanswered, unevaluated)
      const base = requestOn(principal, connection, 'connect')
      return decide({ ...base, context: momentFor('connect', moment) })
    },
    execute(principal, connection, sql, moment) {
      const base = requestOn(principal, connection, 'execute')
      const context = { ...momentFor('execute', moment), sql: factsInUse(sql, uses.execute) }
      return decide(
        { ...base, context: { ...context, approved: false } },
        { ...base, context: { ...context, approved: true } },
      )
    },
    reveal(principal, connection, dataClass, column, moment) {
      const resource = { type: 'DataClass', id: dataClass }
      const base = requestOn(principal, connection, 'reveal')
      const context: Context = {
        ...momentFor('reveal', moment),
        connection: { __entity: connectionUid(connection) },
      }
      if (column !== undefined) context['column'] = column
      const entities = [...base.entities, { uid: resource, attrs: {}, parents: [] }]
      return decide({ ...base, resource, entities, context })
    },
    release() {
      if (released) return
      released = true
      answers.clear()
      preparsePolicySet(slot, { staticPolicies: {} })
      freeSlots.push(slot)
    },
  }
}

function requestOn(
  principal: Principal,
  connection: PolicyConnection,
  action: Action,
): Omit<Request, 'context'> {
  return {
    principal: principalUid(principal),
    action: { type: 'Action', id: action },
    resource: connectionUid(connection),
    entities: [...principalEntities(principal), ...connectionEntities(connection)],
  }
}

function denied({ deciding }: Answer, reason: string): Decision {
  return { verdict: 'deny', policies: deciding, reason }
}

function cacheableActions(uses: Readonly<Record<Action, ContextUse>>): Record<Action, boolean> {
  const cacheable = { connect: true, execute: true, reveal: true }
  for (const action of actions) cacheable[action] = !uses[action].moment
  return cacheable
}

function hashOf(policies: readonly Policy[]): string {
  const hash = createHash('sha256')
  const sorted = [...policies].sort((a, b) => (a.id < b.id ? -1 : 1))
  hash.update(JSON.stringify(sorted.map(({ id, text }) => [id, text])))
  return hash.digest('hex')
}

/**
 * Decisions of one session, kept as long as they hold: until another policy set comes into force, and not at all for an
 * action whose policies read the time or the address. The relay's hot path.
 */
import type { Principal, SqlFacts } from '@gatetrail/schemas'
import type { Moment, PolicyConnection } from './entities.ts'
import type { Decision, PolicySet } from './policy-set.ts'

export type Decisions = {
  /** `description` is one of facts/: the same id always has the same facts. */
  execute(description: { readonly id: number; readonly facts: SqlFacts }): Decision
  /** Deny means masked. */
  reveal(dataClass: string, column?: string): Decision
  /** The set that the next decision is made by. */
  policySet(): PolicySet
}

export type DecisionsOptions = {
  /** Which set is in force; asked before every decision. */
  policies: { current(): PolicySet }
  principal: Principal
  connection: PolicyConnection
  clientAddress: string
  now: () => Date
}

const decisionsMax = 4096
/** Texts differ more often than what they do: asking Cedar takes longer than all else about a new text. */
const factsMax = 256
const factsCharactersMax = 2048

export function createDecisions(options: DecisionsOptions): Decisions {
  const { policies, principal, connection, clientAddress, now } = options
  const executed = new Map<number, Decision>()
  const executedFacts = new Map<string, Decision>()
  const revealed = new Map<string, Decision>()
  let set = policies.current()

  const moment = (): Moment => ({ time: now(), clientAddress })

  function refresh(): PolicySet {
    const current = policies.current()
    if (current === set) return set
    set = current
    executed.clear()
    executedFacts.clear()
    revealed.clear()
    return set
  }

  return {
    execute({ id, facts }) {
      if (policies.current() !== set) refresh()
      const known = executed.get(id)
      if (known !== undefined) return known
      if (!set.cacheable.execute) return set.execute(principal, connection, facts, moment())
      const key = set.factsKey(facts)
      const decision = executedFacts.get(key) ?? set.execute(principal, connection, facts, moment())
      if (key.length <= factsCharactersMax) keep(executedFacts, key, decision, factsMax)
      keep(executed, id, decision, decisionsMax)
      return decision
    },
    reveal(dataClass, column) {
      if (policies.current() !== set) refresh()
      const key = column === undefined ? dataClass : `${dataClass}\n${column}`
      const known = revealed.get(key)
      if (known !== undefined) return known
      const decision = set.reveal(principal, connection, dataClass, column, moment())
      if (set.cacheable.reveal) keep(revealed, key, decision, decisionsMax)
      return decision
    },
    policySet: refresh,
  }
}

function keep<Key>(
  decisions: Map<Key, Decision>,
  key: Key,
  decision: Decision,
  entriesMax: number,
): void {
  if (decisions.size >= entriesMax) decisions.clear()
  decisions.set(key, decision)
}

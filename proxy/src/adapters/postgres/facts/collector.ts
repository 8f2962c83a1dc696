/** What the walk over a parse tree gathers. One per text; describe-statement.ts turns it into the description. */
import type { SqlEffect } from '@gatetrail/schemas'
import type { Setting } from './settings.ts'

/** Deeper trees are described as incomplete, long before the stack ends. */
export const depthMax = 500
/** Names compared and columns listed for one text: a text made to be slow is described as incomplete. */
export const workMax = 500_000

/** The text is deeper or wider than what we describe. Caught in describe-statement.ts. */
export class TooComplexError extends Error {}

export class Collector {
  readonly kinds = new Set<string>()
  readonly effects = new Set<SqlEffect>()
  readonly reads = new Set<string>()
  readonly writes = new Set<string>()
  readonly columns = new Set<string>()
  readonly filters = new Set<string>()
  readonly functions = new Set<string>()
  /** `schema.relation`: all that the text names. */
  readonly relations = new Set<string>()
  readonly referencedNames = new Set<string>()
  /** Those of them that stand outside of predicates: their values may come out. */
  readonly valueNames = new Set<string>()
  /** Columns named without a qualifier: each may be a row name instead. */
  readonly bareNames = new Set<string>()
  /** Names under which a row of something can be referred to as a whole. */
  readonly rowNames = new Set<string>()
  readonly settings: Setting[] = []
  complete = true
  /** It runs a prepared statement: what that does is not in this text. */
  indirect = false
  topLevelStar = false
  nestedStar = false
  wholeRow = false
  sampledValues = false
  literalSensitive = false
  #depth = 0
  #work = 0

  addEffects(effects: readonly SqlEffect[]): void {
    for (const effect of effects) this.effects.add(effect)
  }

  /** Runs a step of the descent. @throws TooComplexError beyond `depthMax` */
  descend(step: () => void): void {
    if (++this.#depth > depthMax) throw new TooComplexError()
    step()
    this.#depth--
  }

  /** Counts work. @throws TooComplexError beyond `workMax` */
  spend(work: number): void {
    this.#work += work
    if (this.#work > workMax) throw new TooComplexError()
  }

  get usesWholeRow(): boolean {
    if (this.wholeRow) return true
    for (const name of this.rowNames) if (this.bareNames.has(name)) return true
    return false
  }
}

/** What the walk over a text gathers: facts, and what tagged data is read and stored. One per text, or per view. */
import type { SqlEffect } from '@gatetrail/schemas'
import type { SqlEnvironment, TaggedColumn } from './environment.ts'
import type { CreatedRelation, Lineage, StatementReach, StoredLineage } from './lineage.ts'
import { addAll, gather, type HiddenFacts } from './routines/hidden-facts.ts'
import type { Setting } from './settings.ts'
import { addTagged, type Value } from './value.ts'

/** Deeper trees are described as incomplete, long before the stack ends. */
export const depthMax = 500
/** Names compared and columns listed for one text: a text made to be slow is described as incomplete. */
export const workMax = 250_000
/** Beyond, what is stored counts as stored anywhere. */
const storesMax = 10_000

/** The text is deeper or wider than what we describe. Caught in describe-statement.ts. */
export class TooComplexError extends Error {}

type Filtering = { readonly filtering: boolean; readonly ordering: boolean }

export class Findings {
  readonly environment: SqlEnvironment
  /** Names that are no columns are parameters of a routine: constants. */
  readonly namesMayBeParameters: boolean
  readonly kinds = new Set<string>()
  readonly effects = new Set<SqlEffect>()
  readonly reads = new Set<string>()
  readonly writes = new Set<string>()
  columns = new Set<string>()
  readonly filters = new Set<string>()
  readonly functions = new Set<string>()
  /** `schema.relation`: all that the text names. */
  readonly relations = new Set<string>()
  /** Those of them that the catalogue does not have. */
  readonly unknownRelations = new Set<string>()
  readonly settings: Setting[] = []
  /** The name of the first column of subqueries, by their node. */
  readonly subqueryNames = new WeakMap<object, string>()
  complete = true
  /** It runs a prepared statement: what that does is not in this text. */
  indirect = false
  /** What it runs may end a read-only transaction. */
  setsReadOnlyOff = false
  literalSensitive = false
  /** Something that is read can't be told. */
  unknown = false
  tags = new Map<string, TaggedColumn>()
  /** Those that functions and operators read: they may run while a statement is only planned. */
  readonly calledTags = new Map<string, TaggedColumn>()
  readonly filterTags = new Map<string, TaggedColumn>()
  readonly writtenTags = new Map<string, TaggedColumn>()
  readonly fills = new Set<string>()
  readonly stores: StoredLineage[] = []
  readonly creates: CreatedRelation[] = []
  #depth = 0
  #work = 0

  constructor(environment: SqlEnvironment, namesMayBeParameters: boolean) {
    this.environment = environment
    this.namesMayBeParameters = namesMayBeParameters
  }

  addEffects(effects: readonly SqlEffect[]): void {
    for (const effect of effects) this.effects.add(effect)
  }

  /** Data that is read, for a value or for a predicate. */
  addRead(columns: readonly string[], tags: readonly TaggedColumn[], unknown: boolean): void {
    this.spend(columns.length + tags.length)
    addAll(this.columns, columns)
    addTagged(this.tags, tags)
    this.unknown ||= unknown
  }

  /** Data that decides which rows there are, or their order. */
  addFilter(value: Value, predicate: boolean): void {
    this.spend(value.bases.length + value.tags.length)
    if (predicate) addAll(this.filters, value.bases)
    addTagged(this.filterTags, value.tags)
  }

  /** A column is filled. */
  addWritten({ tags, bases }: Value): void {
    this.spend(bases.length)
    addTagged(this.writtenTags, tags)
    addAll(this.fills, bases)
  }

  /** `column` undefined: any of them. Values without tagged data are not kept. */
  addStore(relation: string, column: string | undefined, value: Lineage): void {
    const { tags, unknown } = value
    // What variables hold is told by who knows them, as far as it stays in a relation.
    const followed = relation !== '*' && relation !== 'pg_catalog.pg_settings'
    const variable = followed ? value.variable : undefined
    if (tags.length === 0 && !unknown && variable === undefined) return
    if (this.stores.length >= storesMax) throw new TooComplexError()
    const lineage = { tags, unknown, ...(variable === undefined ? {} : { variable }) }
    this.stores.push({ relation, column, lineage })
  }

  /** What a function or operator does that stands in an expression. */
  addCalled(hidden: HiddenFacts, result: Lineage, context: Filtering): void {
    this.addHidden(hidden)
    addTagged(this.calledTags, hidden.reach.tags)
    addTagged(this.calledTags, result.tags)
    this.unknown ||= result.unknown
    if (context.filtering || context.ordering) addTagged(this.filterTags, result.tags)
  }

  /** What a trigger, a default, a policy does. */
  addHidden(hidden: HiddenFacts): void {
    gather(this, hidden)
    this.addReach(hidden.reach)
  }

  addReach(reach: StatementReach): void {
    this.spend(reach.tags.length + reach.filterTags.length + reach.stores.length)
    addTagged(this.tags, reach.tags)
    addTagged(this.filterTags, reach.filterTags)
    addTagged(this.writtenTags, reach.writtenTags)
    this.unknown ||= reach.unknown
    for (const { relation, column, lineage } of reach.stores) {
      const { tags, unknown } = lineage
      this.addStore(relation, column, { tags, unknown })
    }
    this.creates.push(...reach.creates)
  }

  /** Runs `step`, and gives what it has read of columns instead of keeping it. Predicates' columns are kept as filters. */
  readsOf(step: () => void): { columns: string[]; tags: TaggedColumn[] } {
    const { columns, tags } = this
    this.columns = new Set()
    this.tags = new Map()
    step()
    const read = { columns: [...this.columns], tags: [...this.tags.values()] }
    this.columns = columns
    this.tags = tags
    return read
  }

  get reach(): StatementReach {
    return {
      tags: [...this.tags.values()],
      unknown: this.unknown,
      filterTags: [...this.filterTags.values()],
      writtenTags: [...this.writtenTags.values()],
      fills: [...this.fills],
      stores: this.stores,
      creates: this.creates,
    }
  }

  /** Runs a step of the descent. @throws TooComplexError beyond `depthMax` */
  descend<Result>(step: () => Result): Result {
    if (++this.#depth > depthMax) throw new TooComplexError()
    const result = step()
    this.#depth--
    return result
  }

  /** Counts work. @throws TooComplexError beyond `workMax` */
  spend(work: number): void {
    this.#work += work
    if (this.#work > workMax) throw new TooComplexError()
  }
}

/** What a statement does that its text does not show, and how several such answers become one. Pure. */
import type { SqlEffect, SqlFacts } from '@gatetrail/schemas'
import type { Relation } from '../../catalogue/model.ts'
import type { SqlEnvironment, TaggedColumn } from '../environment.ts'
import type { Setting } from '../settings.ts'
import type { Lineage, OutputColumn, StatementReach, StoredLineage } from '../lineage.ts'
import { addTagged } from '../value.ts'

/** What comes on top of what the text says. Empty lists and `complete: true`: nothing. */
export type HiddenFacts = {
  /** `schema.name`: all that is called, at any depth. */
  readonly functions: readonly string[]
  readonly kinds: readonly string[]
  readonly effects: readonly SqlEffect[]
  readonly reads: readonly string[]
  readonly writes: readonly string[]
  readonly columns: readonly string[]
  readonly filters: readonly string[]
  /** False: it can't be told what happens, or not all of it. */
  readonly complete: boolean
  /** Tagged data that it reads, may quote in errors and notices, or stores: to be added to the statement's reach. */
  readonly reach: StatementReach
  /** A read-only transaction or session may be writable after this. */
  readonly setsReadOnlyOff: boolean
}

/** What the hidden parts need to know of a description. A StatementDescription is one. */
export type BodyFacts = {
  readonly facts: SqlFacts
  readonly parts: readonly { readonly columns?: readonly OutputColumn[] }[]
  readonly reach: StatementReach
  readonly setsReadOnlyOff: boolean
  readonly settings: readonly Setting[]
}

/**
 * Describes the text of a SQL body, or of an expression as `SELECT …`. Names that resolve to no column are parameters or
 * variables of the routine: they carry nothing and don't make it incomplete. Never throws.
 * `rowsOf` (`schema.relation`): `new` and `old` are rows of this relation; undefined: there are none.
 */
export type DescribeBody = (
  text: string,
  environment: SqlEnvironment,
  rowsOf: string | undefined,
) => BodyFacts

export const nothingHidden: HiddenFacts = {
  functions: [],
  kinds: [],
  effects: [],
  reads: [],
  writes: [],
  columns: [],
  filters: [],
  complete: true,
  reach: {
    tags: [],
    unknown: false,
    filterTags: [],
    writtenTags: [],
    fills: [],
    stores: [],
    creates: [],
  },
  setsReadOnlyOff: false,
}

/** It may do anything, and read anything. */
export const anythingHidden: HiddenFacts = {
  ...nothingHidden,
  complete: false,
  reach: { ...nothingHidden.reach, unknown: true },
  setsReadOnlyOff: true,
}

/** Whether somebody who may only read may do this, too. */
export function onlyReads({ complete, effects, setsReadOnlyOff }: HiddenFacts): boolean {
  return complete && !setsReadOnlyOff && effects.every((effect) => effect === 'read')
}

/** Gathers hidden facts of several sources. */
export class HiddenGatherer {
  readonly functions = new Set<string>()
  readonly kinds = new Set<string>()
  readonly effects = new Set<SqlEffect>()
  readonly reads = new Set<string>()
  readonly writes = new Set<string>()
  readonly columns = new Set<string>()
  readonly filters = new Set<string>()
  complete = true
  unknown = false
  setsReadOnlyOff = false
  readonly #tags = new Map<string, TaggedColumn>()
  readonly #filterTags = new Map<string, TaggedColumn>()
  readonly #writtenTags = new Map<string, TaggedColumn>()
  readonly #stores: StoredLineage[] = []

  add(hidden: HiddenFacts): this {
    if (hidden === nothingHidden) return this
    gather(this, hidden)
    this.#addReach(hidden.reach)
    return this
  }

  addEffects(effects: readonly SqlEffect[]): this {
    addAll(this.effects, effects)
    return this
  }

  addTags(tags: readonly TaggedColumn[]): this {
    addTagged(this.#tags, tags)
    return this
  }

  /** It can't be told what happens. */
  addAnything(): this {
    return this.add(anythingHidden)
  }

  get tags(): TaggedColumn[] {
    return [...this.#tags.values()]
  }

  /** Tagged data that it stores. */
  addStore(relation: string, column: string | undefined, lineage: Lineage): void {
    const { tags, unknown } = lineage
    if (tags.length === 0 && !unknown && lineage.variable === undefined) return
    this.#stores.push({ relation, column, lineage })
  }

  /** What variables may hold that it stores somewhere. */
  giveVariables({ tags, unknown }: Lineage): void {
    this.#stores.forEach(({ relation, column, lineage }, index) => {
      if (lineage.variable !== 'any') return
      const held = joinLineages([lineage, { tags, unknown }])
      this.#stores[index] = { relation, column, lineage: { ...held, variable: 'any' } }
    })
  }

  #addReach(reach: StatementReach): void {
    addTagged(this.#tags, reach.tags)
    addTagged(this.#filterTags, reach.filterTags)
    addTagged(this.#writtenTags, reach.writtenTags)
    this.#stores.push(...reach.stores)
    if (reach.unknown) this.unknown = true
  }

  facts(): HiddenFacts {
    return {
      functions: [...this.functions],
      kinds: [...this.kinds],
      effects: [...this.effects],
      reads: [...this.reads],
      writes: [...this.writes],
      columns: [...this.columns],
      filters: [...this.filters],
      complete: this.complete,
      reach: {
        tags: this.tags,
        unknown: this.unknown,
        filterTags: [...this.#filterTags.values()],
        writtenTags: [...this.#writtenTags.values()],
        fills: [],
        stores: this.#stores,
        creates: [],
      },
      setsReadOnlyOff: this.setsReadOnlyOff,
    }
  }
}

export function joinLineages(lineages: readonly Lineage[]): Lineage {
  const tags = new Map<string, TaggedColumn>()
  for (const lineage of lineages) addTagged(tags, lineage.tags)
  return { tags: [...tags.values()], unknown: lineages.some((lineage) => lineage.unknown) }
}

/** All tags of a relation's columns. */
export function tagsOfRelation({ columns }: Relation): TaggedColumn[] {
  return columns.flatMap(({ tag, place, otherTags }) => [
    ...(tag === undefined || place === undefined ? [] : [{ place, dataClass: tag }]),
    ...(otherTags ?? []),
  ])
}

/** Where facts come together: of a text (findings.ts), or of what hides behind it. */
type Gathered = {
  readonly [Name in GatheredSet]: Set<HiddenFacts[Name][number]>
} & { complete: boolean; setsReadOnlyOff: boolean }
type GatheredSet = 'functions' | 'kinds' | 'effects' | 'reads' | 'writes' | 'columns' | 'filters'

/** All but the reach, which each of them keeps in its own way. */
export function gather(to: Gathered, hidden: HiddenFacts): void {
  addAll(to.functions, hidden.functions)
  addAll(to.kinds, hidden.kinds)
  addAll(to.effects, hidden.effects)
  addAll(to.reads, hidden.reads)
  addAll(to.writes, hidden.writes)
  addAll(to.columns, hidden.columns)
  addAll(to.filters, hidden.filters)
  if (!hidden.complete) to.complete = false
  if (hidden.setsReadOnlyOff) to.setsReadOnlyOff = true
}

export function addAll<Value>(to: Set<Value>, values: readonly Value[]): void {
  for (const value of values) to.add(value)
}

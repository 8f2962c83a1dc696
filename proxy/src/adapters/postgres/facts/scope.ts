/** Which relation a column name belongs to, as far as the text tells: every candidate where it doesn't. Pure. */
import type { Collector } from './collector.ts'
import { isCatalogueRelation } from './catalogue.ts'
import { fileRelations, sampledValueRelations } from './function-effects.ts'
import { childOf, textOf, type Node } from './node.ts'

/** Something in FROM. */
export type Source = {
  /** What columns are qualified with. */
  name: string
  /** `schema.relation`; undefined: a subquery, CTE, function, … whose own text is walked. */
  relation?: string
  /** Of a function: the names that are surely columns; another name after its dot may call a function. */
  functionColumns?: ReadonlySet<string>
}

/** Names of WITH that are in force, innermost first. */
export type CteNames = { name: string; outer: CteNames | undefined } | undefined

export type Scope = {
  sources: Source[]
  ctes: CteNames
  outer: Scope | undefined
}

export type Context = {
  facts: Collector
  scope: Scope
  /** In a predicate: what is read here is also a filter. */
  filtering: boolean
  /** Read without a part in any value of the answer: GROUP BY, ORDER BY, and columns that carry their table of origin. */
  unshown?: boolean
}

export function hasCte(facts: Collector, ctes: CteNames, name: string): boolean {
  for (let entry = ctes; entry !== undefined; entry = entry.outer) {
    facts.spend(1)
    if (entry.name === name) return true
  }
  return false
}

/** `schema.relation` of a RangeVar. Until the catalogue is known, an unqualified name is one of pg_catalog or public. */
export function qualifiedName(rangeVar: Node): string {
  const relation = textOf(rangeVar, 'relname')
  const schema = textOf(rangeVar, 'schemaname')
  if (schema !== '') return `${schema}.${relation}`
  return `${isCatalogueRelation(relation) ? 'pg_catalog' : 'public'}.${relation}`
}

/** Notes a relation that the text names, and gives it back as `schema.relation`. */
export function mention(facts: Collector, rangeVar: Node): string {
  const name = qualifiedName(rangeVar)
  facts.relations.add(name)
  facts.rowNames.add(textOf(rangeVar, 'relname'))
  if (sampledValueRelations.has(name)) facts.sampledValues = true
  if (fileRelations.has(name)) facts.effects.add('external')
  noteTableAlias(facts, childOf(rangeVar, 'alias'))
  return name
}

/** An alias of what has text of its own: column aliases only rename what that text names. */
export function noteAlias(facts: Collector, alias: Node | undefined): void {
  if (alias !== undefined) facts.rowNames.add(textOf(alias, 'aliasname'))
}

/** An alias of a table or join: column aliases hide the columns' own names, so anything may stand behind them. */
export function noteTableAlias(facts: Collector, alias: Node | undefined): void {
  noteAlias(facts, alias)
  if (alias !== undefined && Array.isArray(alias['colnames'])) facts.wholeRow = true
}

/** Notes a column that is read. `qualifier` is what stands before it, innermost last. */
export function readColumn(context: Context, qualifier: readonly string[], column: string): void {
  const { facts } = context
  for (const relation of relationsOf(context, qualifier)) {
    const name = `${relation}.${column}`
    facts.reads.add(relation)
    facts.columns.add(name)
    facts.effects.add('read')
    if (context.filtering) facts.filters.add(name)
  }
}

/** The source that a qualifier means, the nearest first. */
export function findSource(context: Context, name: string): Source | undefined {
  for (let at: Scope | undefined = context.scope; at !== undefined; at = at.outer) {
    context.facts.spend(at.sources.length + 1)
    const found = at.sources.find((source) => source.name === name)
    if (found !== undefined) return found
  }
  return undefined
}

/** The relations that a column with this qualifier may belong to. */
export function relationsOf(context: Context, qualifier: readonly string[]): string[] {
  const name = qualifier.at(-1)
  if (name === undefined) return relationsInScope(context)
  const schema = qualifier.at(-2)
  if (schema !== undefined) return [`${schema}.${name}`]
  const source = findSource(context, name)
  if (source === undefined) return relationsInScope(context)
  return source.relation === undefined ? [] : [source.relation]
}

function relationsInScope(context: Context): string[] {
  const relations: string[] = []
  for (let at: Scope | undefined = context.scope; at !== undefined; at = at.outer) {
    context.facts.spend(at.sources.length + 1)
    for (const { relation } of at.sources) if (relation !== undefined) relations.push(relation)
  }
  return relations
}

/** WITH: the names that it gives, recursive and data-modifying ones too. From queries.ts and changes.ts. */
import { valueOf } from './expressions.ts'
import type { Findings } from './findings.ts'
import { withNames } from './from.ts'
import type { Context, Ctes } from './namespace.ts'
import { childOf, flagOf, listOf, namesOf, ofType, textOf, type Node } from './node.ts'
import { rowOf, unite, unitedByPosition, type NamedValue, type Value } from './value.ts'

/** Until what a recursive query holds is known: data moves at most one column per round. Then any column holds all. */
const roundsMax = 4

/** The context of a query: a scope of its own below `outer`, with the names of its WITH. Walks the queries of the WITH. */
export function withCtes(node: Node, outer: Context): Context {
  let ctes: Ctes = outer.scope.ctes
  const clause = childOf(node, 'withClause')
  if (clause !== undefined) {
    const entries = listOf(clause, 'ctes').map((entry) => ofType(entry, 'CommonTableExpr') ?? {})
    if (flagOf(clause, 'recursive')) ctes = recursiveCtes(entries, ctes, outer)
    else {
      for (const entry of entries) {
        const columns = columnsOfCte(entry, ctes, outer)
        ctes = { name: textOf(entry, 'ctename'), columns, outer: ctes }
      }
    }
  }
  return { ...outer, scope: { sources: [], ctes, outer: outer.scope } }
}

/** One may name those before it and itself; those after it, too, as long as there is no circle. */
function recursiveCtes(entries: readonly Node[], before: Ctes, outer: Context): Ctes {
  const names = new Set(entries.map((entry) => textOf(entry, 'ctename')))
  const { ordered, circular } = inOrder(entries, names, outer.findings)
  let ctes: Ctes = before
  // A circle of names alone: one of them is meant by a WITH further in. Until each is walked, it may hold anything.
  if (circular) for (const name of names) ctes = { name, columns: undefined, outer: ctes }
  for (const entry of ordered) {
    const name = textOf(entry, 'ctename')
    ctes = { name, columns: recursiveColumns(entry, name, ctes, outer), outer: ctes }
  }
  return ctes
}

/** Each after those that it names. Bounded: every round takes one out. */
function inOrder(
  entries: readonly Node[],
  names: ReadonlySet<string>,
  findings: Findings,
): { ordered: Node[]; circular: boolean } {
  const waiting = entries.map((entry) => ({
    entry,
    needs: new Set(
      [...namedRelations(entry['ctequery'], findings)].filter((name) => names.has(name)),
    ),
  }))
  const ordered: Node[] = []
  const done = new Set<string>()
  let circular = false
  while (waiting.length > 0) {
    const ready = waiting.findIndex(({ entry, needs }) =>
      [...needs].every((name) => done.has(name) || name === textOf(entry, 'ctename')),
    )
    circular ||= ready < 0
    const [next] = waiting.splice(Math.max(ready, 0), 1)
    if (next === undefined) break
    ordered.push(next.entry)
    done.add(textOf(next.entry, 'ctename'))
  }
  return { ordered, circular }
}

/** Names of tables anywhere below. The depth was bounded by the parser. */
function namedRelations(
  value: unknown,
  findings: Findings,
  names = new Set<string>(),
): Set<string> {
  if (Array.isArray(value)) for (const item of value) namedRelations(item, findings, names)
  else if (typeof value === 'object' && value !== null) {
    findings.spend(1)
    for (const [key, member] of Object.entries(value)) {
      if (key === 'relname' && typeof member === 'string') names.add(member)
      else if (typeof member === 'object') namedRelations(member, findings, names)
    }
  }
  return names
}

function recursiveColumns(
  entry: Node,
  name: string,
  before: Ctes,
  outer: Context,
): readonly NamedValue[] | undefined {
  if (!namedRelations(entry['ctequery'], outer.findings).has(name))
    return columnsOfCte(entry, before, outer)
  // First, the term that does not name itself tells how many columns there are.
  const select = ofType(entry['ctequery'], 'SelectStmt')
  const start = select === undefined ? undefined : childOf(select, 'larg')
  const term =
    start === undefined
      ? undefined
      : { ...entry, ctequery: { SelectStmt: { withClause: select?.['withClause'], ...start } } }
  let columns = term === undefined ? undefined : columnsOfCte(term, before, outer)
  for (let round = 0; round < roundsMax; round++) {
    const next = columnsOfCte(entry, { name, columns, outer: before }, outer)
    if (next === undefined || columns === undefined) return next
    if (next.length !== columns.length) return undefined
    const united = unitedByPosition([columns, next])
    if (sizeOf(united) === sizeOf(columns)) return united
    columns = united
  }
  const all = unite((columns ?? []).map(({ value }) => value))
  return columns?.map((column) => ({ name: column.name, value: all }))
}

/** Grows with every round in which something was found. */
function sizeOf(columns: readonly NamedValue[]): number {
  let size = 0
  for (const { value } of columns) {
    size += value.tags.length + value.bases.length + (value.unknown ? 1 : 0)
    // Data may move from field to field of a row that holds the same data as a whole.
    if (value.shape !== undefined) size += value.shape === 'any' ? sizeOfAny : sizeOf(value.shape)
  }
  return size
}

/** Of fields that are not known: more than of any that are. */
const sizeOfAny = 1_000_000

function columnsOfCte(entry: Node, ctes: Ctes, outer: Context): readonly NamedValue[] | undefined {
  const context: Context = { ...outer, scope: { sources: [], ctes, outer: outer.scope } }
  const found = context.walker.query(entry['ctequery'], context)
  if (found === undefined) context.findings.complete = false
  const columns = withNames(found?.columns, namesOf(listOf(entry, 'aliascolnames')))
  if (columns === undefined) return undefined
  return [
    ...columns.map(({ name, value }) => ({ name, value })),
    ...addedColumns(entry, columns, context),
  ]
}

/** The columns that SEARCH and CYCLE add. */
function addedColumns(entry: Node, columns: readonly NamedValue[], context: Context): NamedValue[] {
  const all: Value = rowOf(columns)
  const added: NamedValue[] = []
  const search = childOf(entry, 'search_clause')
  if (search !== undefined) added.push({ name: textOf(search, 'search_seq_column'), value: all })
  const cycle = childOf(entry, 'cycle_clause')
  if (cycle !== undefined) {
    const mark = unite([
      valueOf(cycle['cycle_mark_value'], context),
      valueOf(cycle['cycle_mark_default'], context),
    ])
    added.push({ name: textOf(cycle, 'cycle_mark_column'), value: mark })
    added.push({ name: textOf(cycle, 'cycle_path_column'), value: all })
  }
  return added
}

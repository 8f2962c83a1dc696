/**
 * Which column a name means: what stands in FROM, as PostgreSQL's parser keeps it (parse_relation.c). Where several could
 * be meant, all are. Pure.
 */
import type { TaggedColumn } from './environment.ts'
import type { Findings } from './findings.ts'
import type { HiddenEffects } from './routines/index.ts'
import { anything, rowOf, unite, type NamedValue, type Value } from './value.ts'

export type SourceColumn = NamedValue & {
  /** What reading it reads; undefined: was noted where its own text stands. */
  readonly reads?: { readonly columns: readonly string[]; readonly tags: readonly TaggedColumn[] }
}

/** Something in FROM. */
export type Source = {
  /** What columns are qualified with; empty: nothing. */
  readonly name: string
  /** `schema.relation` of a table or view. */
  readonly relation?: string
  /** Undefined: not known; each is then worth `open`. */
  readonly columns: readonly SourceColumn[] | undefined
  readonly open: Value
  /** Its columns may be named with its name before them. */
  readonly qualifiable: boolean
  /** Its columns may be named alone, and are among those of `*`. */
  readonly bare: boolean
  /** A function that returns no row: its name alone means its one value. */
  readonly scalar?: boolean
}

/** Names of WITH that are in force, innermost first. */
export type Ctes =
  | {
      readonly name: string
      readonly columns: readonly NamedValue[] | undefined
      readonly outer: Ctes
    }
  | undefined

export type Scope = {
  readonly sources: readonly Source[]
  readonly ctes: Ctes
  readonly outer: Scope | undefined
}

export type Query = { readonly columns: readonly SourceColumn[] | undefined }

/** What hangs together in a circle is called through here. */
export type Walker = {
  readonly hidden: HiddenEffects
  /** A query below another; undefined: the node is none. */
  query(query: unknown, context: Context): Query | undefined
}

export type Context = {
  readonly findings: Findings
  readonly walker: Walker
  readonly scope: Scope
  /** In a predicate: what is read here is also a filter. */
  readonly filtering: boolean
  /** In ORDER BY, GROUP BY, …: what is read here decides the order of rows, or how many there are. */
  readonly ordering: boolean
  /** Of the WINDOW clause: what the order of its rows depends on. */
  readonly windows?: ReadonlyMap<string, Value>
  /** In this scope, whose one row is that of a setting: its name. */
  readonly setting?: { readonly scope: Scope; readonly name: string }
  /** Of a view: what its outermost select list reads is told by column, and not noted. */
  readonly separate?: boolean
  /** In a definition: names that are no columns are those of what is defined, parameters, OLD and NEW. */
  readonly lenient?: boolean
}

/** Of a source whose columns are not known: the name counts as one of them. */
const openWork = 64

const systemColumns = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'])

export function findCte(context: Context, name: string): Ctes {
  for (let entry = context.scope.ctes; entry !== undefined; entry = entry.outer) {
    context.findings.spend(1)
    if (entry.name === name) return entry
  }
  return undefined
}

/** The source that a qualifier means, the nearest first. */
export function findSource(context: Context, name: string, schema?: string): Source | undefined {
  for (let at: Scope | undefined = context.scope; at !== undefined; at = at.outer) {
    context.findings.spend(at.sources.length + 1)
    const found = at.sources.find(
      (source) =>
        source.qualifiable &&
        source.name === name &&
        (schema === undefined || source.relation === `${schema}.${name}`),
    )
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * The value of a bare column name; undefined: no column has it. Not `certain`: it may be one of a relation whose columns
 * are not known. Notes that it is read.
 */
export function readBareColumn(
  context: Context,
  name: string,
): { value: Value; certain: boolean } | undefined {
  const values: Value[] = []
  let certain = true
  for (let at: Scope | undefined = context.scope; at !== undefined; at = at.outer) {
    let found = false
    for (const source of at.sources) {
      if (!source.bare) continue
      const value = readColumnOf(context, source, name)
      if (value === undefined) continue
      values.push(value)
      if (source.columns === undefined) certain = false
      else found = true
    }
    if (found) break
  }
  const [only] = values
  if (only === undefined) return undefined
  return { value: values.length === 1 ? only : unite(values), certain }
}

/** The value of this column of a source; undefined: it has none of the name. Notes that it is read. */
export function readColumnOf(context: Context, source: Source, name: string): Value | undefined {
  context.findings.spend((source.columns?.length ?? openWork) / 8 + 1)
  const column = source.columns?.find((column) => column.name === name)
  if (column !== undefined) return noteColumn(context, column)
  const system = source.relation !== undefined && systemColumns.has(name)
  if (source.columns !== undefined && !system) return undefined
  const value: Value = system ? { tags: [], unknown: false, bases: [] } : source.open
  const bases = source.relation === undefined ? [] : [`${source.relation}.${name}`]
  return noteColumn(context, {
    name,
    value: { ...value, bases },
    reads: { columns: bases, tags: value.tags },
  })
}

/** Notes that a column is read, and gives its value. */
export function noteColumn(context: Context, { value, reads }: SourceColumn): Value {
  const { findings } = context
  if (reads !== undefined) {
    findings.addRead(reads.columns, reads.tags, value.unknown)
    if (reads.columns.length > 0) findings.effects.add('read')
  }
  if (context.filtering || context.ordering) findings.addFilter(value, context.filtering)
  return value
}

/** All columns of a source, as `*` shows them. Notes that they are read. */
export function readAllColumns(context: Context, source: Source): NamedValue[] | undefined {
  if (source.columns === undefined) {
    // A name for what can't be listed.
    const columns = source.relation === undefined ? [] : [`${source.relation}.*`]
    context.findings.addRead(columns, source.open.tags, source.open.unknown)
    if (context.filtering || context.ordering) {
      context.findings.addFilter({ ...source.open, bases: columns }, context.filtering)
    }
    return undefined
  }
  return source.columns.map((column) => ({ name: column.name, value: noteColumn(context, column) }))
}

/** A source as one value. */
export function readWholeRow(context: Context, source: Source): Value {
  const columns = readAllColumns(context, source)
  if (columns === undefined) return source.open.unknown ? anything : source.open
  const [only] = columns
  return source.scalar === true && only !== undefined ? only.value : rowOf(columns)
}

/** The columns of `*`; undefined: can't be listed. */
export function readStar(context: Context): NamedValue[] | undefined {
  const all: NamedValue[] = []
  let known = true
  for (const source of context.scope.sources) {
    if (!source.bare) continue
    const columns = readAllColumns(context, source)
    if (columns === undefined) known = false
    else for (const column of columns) all.push(column)
  }
  return known ? all : undefined
}

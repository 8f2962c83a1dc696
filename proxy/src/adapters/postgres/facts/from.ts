/** What stands in FROM: tables, subqueries, functions, joins, and the names that they give. From queries.ts and changes.ts. */
import { columnName } from './column-names.ts'
import { noteEquality, noteType, predicate, valueOf, valuesOf } from './expressions.ts'
import {
  findCte,
  noteColumn,
  readBareColumn,
  type Context,
  type Source,
  type SourceColumn,
} from './namespace.ts'
import { childOf, flagOf, listOf, namesOf, ofType, textOf, typed, type Node } from './node.ts'
import { readRelation } from './relations.ts'
import {
  anything,
  eitherOf,
  nothing,
  unite,
  withoutOrigin,
  type NamedValue,
  type Value,
} from './value.ts'

/** The sources of a FROM list. `before`: those that stand there already, as the target of an UPDATE. */
export function sourcesOf(
  items: readonly unknown[],
  context: Context,
  before: readonly Source[] = [],
): Source[] {
  const sources: Source[] = []
  const toTheLeft = [...before]
  for (const item of items) {
    for (const source of sourcesOfItem(item, context, toTheLeft)) {
      sources.push(source)
      toTheLeft.push(source)
    }
  }
  return sources
}

/** `lateral`: what stands to its left. */
function sourcesOfItem(
  item: unknown,
  context: Context,
  lateral: readonly Source[],
): readonly Source[] {
  const found = typed(item)
  if (found === undefined) return []
  const { type, node } = found
  switch (type) {
    case 'RangeVar':
      return [tableSource(node, context)]
    case 'RangeTableSample':
      return sampleSource(node, context, lateral)
    case 'JoinExpr':
      return context.findings.descend(() => joinSources(node, context, lateral))
    case 'RangeSubselect':
      return [subquerySource(node, context, lateral)]
    case 'RangeFunction':
      return [functionSource(node, seeing(context, lateral))]
    case 'RangeTableFunc':
    case 'JsonTable':
      return [documentSource(type, node, seeing(context, lateral))]
    default: {
      context.findings.complete = false
      context.findings.unknown = true
      valueOf(item, seeing(context, lateral))
      return [openSource(textOf(childOf(node, 'alias') ?? {}, 'aliasname'))]
    }
  }
}

const openSource = (name: string): Source => ({
  name,
  columns: undefined,
  open: anything,
  qualifiable: true,
  bare: true,
})

/** The context of an item that may name what stands to its left. */
function seeing(context: Context, sources: readonly Source[]): Context {
  return { ...context, scope: { ...context.scope, sources } }
}

function tableSource(node: Node, context: Context): Source {
  const alias = childOf(node, 'alias') ?? {}
  const aliasName = textOf(alias, 'aliasname')
  const relationName = textOf(node, 'relname')
  const name = aliasName === '' ? relationName : aliasName
  const renamed = namesOf(listOf(alias, 'colnames'))
  const cte = textOf(node, 'schemaname') === '' ? findCte(context, relationName) : undefined
  if (cte !== undefined) {
    context.findings.effects.add('read')
    const columns = withNames(cte.columns, renamed)
    return { name, columns, open: anything, qualifiable: true, bare: true }
  }
  const { relation, columns, open } = readRelation(context, node)
  const source = { name, columns: withNames(columns, renamed), open, qualifiable: true, bare: true }
  // Columns that are renamed and not known: any name may be any of them.
  if (columns === undefined && renamed.length > 0) return { ...source, open: anything }
  return { ...source, relation }
}

/** Columns under the names of an alias's list, as far as that goes. */
export function withNames<Column extends NamedValue>(
  columns: readonly Column[] | undefined,
  names: readonly string[],
): readonly Column[] | undefined {
  if (names.length === 0) return columns
  return columns?.map((column, index) => ({ ...column, name: names[index] ?? column.name }))
}

function sampleSource(node: Node, context: Context, lateral: readonly Source[]): readonly Source[] {
  // A method of an extension runs that extension's code.
  if (!['bernoulli', 'system'].includes(namesOf(listOf(node, 'method')).at(-1) ?? '')) {
    context.findings.complete = false
  }
  const sources = sourcesOfItem(node['relation'], context, lateral)
  const inside = { ...seeing(context, lateral), ordering: true }
  valuesOf(listOf(node, 'args'), inside)
  valueOf(node['repeatable'], inside)
  return sources
}

function subquerySource(node: Node, context: Context, lateral: readonly Source[]): Source {
  const alias = childOf(node, 'alias') ?? {}
  const visible = flagOf(node, 'lateral') ? seeing(context, lateral) : seeing(context, [])
  const found = context.walker.query(node['subquery'], visible)
  if (found === undefined) context.findings.complete = false
  return {
    name: textOf(alias, 'aliasname'),
    columns: withNames(found?.columns, namesOf(listOf(alias, 'colnames'))),
    open: anything,
    qualifiable: true,
    bare: true,
  }
}

/** Functions in FROM: one, ROWS FROM (…), or unnest of several arrays. */
function functionSource(node: Node, context: Context): Source {
  const alias = childOf(node, 'alias') ?? {}
  const aliasName = textOf(alias, 'aliasname')
  const calls = listOf(node, 'functions').flatMap((item) => {
    const [call, definitions] = listOf(ofType(item, 'List') ?? {}, 'items')
    return separated(call).map((one) => ({ call: one, definitions }))
  })
  const single = calls.length === 1
  let columns: NamedValue[] | undefined = []
  let first = ''
  let scalar = single
  for (const { call, definitions } of calls) {
    const own = columnName(call, context.findings.subqueryNames)
    if (first === '') first = own
    const value = valueOf(call, context)
    const defined = [...listOf(node, 'coldeflist'), ...itemsOf(definitions)]
    for (const definition of defined) {
      noteType(ofType(definition, 'ColumnDef')?.['typeName'], context)
    }
    const made = columnsOfCall(value, defined, single && aliasName !== '' ? aliasName : own)
    if (made === undefined || made.length !== 1 || defined.length > 0) scalar = false
    if (made === undefined || columns === undefined) columns = undefined
    else columns.push(...made)
  }
  if (flagOf(node, 'ordinality')) {
    columns?.push({ name: 'ordinality', value: nothing })
    scalar = false
  }
  const name = aliasName === '' ? first : aliasName
  const renamed = withNames(columns, namesOf(listOf(alias, 'colnames')))
  return { name, columns: renamed, open: anything, qualifiable: true, bare: true, scalar }
}

const itemsOf = (value: unknown): readonly unknown[] => listOf(ofType(value, 'List') ?? {}, 'items')

/** unnest(a, b) stands for ROWS FROM (unnest(a), unnest(b)). */
function separated(call: unknown): unknown[] {
  const node = ofType(call, 'FuncCall')
  const given = node === undefined ? [] : listOf(node, 'args')
  if (node === undefined || given.length < 2) return [call]
  const names = namesOf(listOf(node, 'funcname'))
  const plain = names.length === 1 || names[0] === 'pg_catalog'
  if (names.at(-1) !== 'unnest' || !plain) return [call]
  return given.map((argument) => ({ FuncCall: { ...node, args: [argument] } }))
}

function columnsOfCall(
  value: Value,
  definitions: readonly unknown[],
  name: string,
): NamedValue[] | undefined {
  const plain = withoutOrigin(value)
  if (definitions.length > 0) {
    const { tags, unknown, bases } = value
    return definitions.map((definition) => ({
      name: textOf(ofType(definition, 'ColumnDef') ?? {}, 'colname'),
      value: { tags, unknown, bases },
    }))
  }
  if (value.shape === 'any') return undefined
  if (value.shape === undefined) return [{ name, value: plain }]
  return value.shape.map((field) => ({ name: field.name, value: withoutOrigin(field.value) }))
}

/** XMLTABLE and JSON_TABLE: any part of the document may be in any column. */
function documentSource(type: string, node: Node, context: Context): Source {
  const alias = childOf(node, 'alias') ?? {}
  const value = valueOf(
    type === 'JsonTable' ? { JsonTable: node } : { RangeTableFunc: node },
    context,
  )
  const columns = columnsOfDocument(listOf(node, 'columns')).map((name) => ({ name, value }))
  return {
    name: textOf(alias, 'aliasname'),
    columns: withNames(columns, namesOf(listOf(alias, 'colnames'))),
    open: anything,
    qualifiable: true,
    bare: true,
  }
}

/** Those of a level, then those of what is nested in it. */
function columnsOfDocument(columns: readonly unknown[], depth = 0): string[] {
  const names: string[] = []
  const nested: string[] = []
  for (const column of columns) {
    const node = typed(column)?.node ?? {}
    if (textOf(node, 'coltype') !== 'JTC_NESTED') {
      names.push(textOf(node, 'name') === '' ? textOf(node, 'colname') : textOf(node, 'name'))
    } else if (depth < 32) {
      nested.push(...columnsOfDocument(listOf(node, 'columns'), depth + 1))
    }
  }
  return [...names, ...nested]
}

type Side = {
  readonly sources: readonly Source[]
  readonly columns: readonly SourceColumn[] | undefined
}

function joinSources(node: Node, context: Context, lateral: readonly Source[]): readonly Source[] {
  const left = sideOf(sourcesOfItem(node['larg'], context, lateral))
  const right = sideOf(sourcesOfItem(node['rarg'], context, [...lateral, ...left.sources]))
  const inside = [...left.sources, ...right.sources]
  const joining = seeing(context, inside)
  predicate(node['quals'], joining)
  const names = flagOf(node, 'isNatural')
    ? commonNames(left, right)
    : namesOf(listOf(node, 'usingClause'))
  const merged = names?.map((name) =>
    mergedColumn(name, textOf(node, 'jointype'), left, right, joining),
  )
  const columns = joinedColumns(names, merged, left, right)
  return namedJoin(node, inside, columns, merged)
}

function sideOf(sources: readonly Source[]): Side {
  const columns: SourceColumn[] = []
  for (const source of sources) {
    if (!source.bare) continue
    if (source.columns === undefined) return { sources, columns: undefined }
    for (const column of source.columns) columns.push(column)
  }
  return { sources, columns }
}

/** Undefined: a natural join on columns that are not known. */
function commonNames(left: Side, right: Side): string[] | undefined {
  if (left.columns === undefined || right.columns === undefined) return undefined
  const names = new Set(right.columns.map(({ name }) => name))
  return left.columns.flatMap(({ name }) => (names.has(name) ? [name] : []))
}

/** A column of USING: compared, so a filter; of a full join the value of either side. */
function mergedColumn(
  name: string,
  kind: string,
  left: Side,
  right: Side,
  context: Context,
): SourceColumn {
  const filtering = { ...context, filtering: true }
  noteEquality(context)
  const [first, second] = [left, right].map((side) => sideColumn(name, side, filtering))
  if (first === undefined || second === undefined) return { name, value: anything }
  switch (kind) {
    case 'JOIN_RIGHT':
      return { ...second, name }
    case 'JOIN_FULL':
      return { name, value: eitherOf([first.value, second.value]) }
    default:
      return { ...first, name }
  }
}

function sideColumn(name: string, side: Side, context: Context): SourceColumn | undefined {
  const column = side.columns?.find((column) => column.name === name)
  if (column !== undefined) {
    noteColumn(context, column)
    return column
  }
  const value = readBareColumn(seeing(context, side.sources), name)?.value
  return value === undefined ? undefined : { name, value }
}

function joinedColumns(
  names: readonly string[] | undefined,
  merged: readonly SourceColumn[] | undefined,
  left: Side,
  right: Side,
): readonly SourceColumn[] | undefined {
  if (merged === undefined || left.columns === undefined || right.columns === undefined) {
    return undefined
  }
  const taken = new Set(names)
  if (taken.size === 0) return [...left.columns, ...right.columns]
  const others = (side: readonly SourceColumn[]): SourceColumn[] =>
    side.filter((column) => !taken.has(column.name))
  return [...merged, ...others(left.columns), ...others(right.columns)]
}

/** What can be named of a join: with an alias only itself; without one what stands in it, too. */
function namedJoin(
  node: Node,
  inside: readonly Source[],
  columns: readonly SourceColumn[] | undefined,
  merged: readonly SourceColumn[] | undefined,
): readonly Source[] {
  const alias = childOf(node, 'alias')
  const usingAlias = textOf(childOf(node, 'join_using_alias') ?? {}, 'aliasname')
  const using: Source[] =
    usingAlias === ''
      ? []
      : [{ name: usingAlias, columns: merged, open: anything, qualifiable: true, bare: false }]
  if (alias !== undefined) {
    const named = withNames(columns, namesOf(listOf(alias, 'colnames')))
    const name = textOf(alias, 'aliasname')
    // Not known: whatever its tables have. They can't be named any more, but their columns count.
    const open = unite([anything, ...inside.map((source) => source.open)])
    return [{ name, columns: named, open, qualifiable: true, bare: true }, ...using]
  }
  if (columns === undefined) return [...inside, ...using]
  const hidden = inside.map((source) => (source.bare ? { ...source, bare: false } : source))
  return [
    ...hidden,
    { name: '', columns, open: anything, qualifiable: false, bare: true },
    ...using,
  ]
}

/** SELECT, VALUES and set operations: their columns, and what decides which rows there are. From describe-statement.ts. */
import { definedWindow } from './calls.ts'
import { walkChange } from './changes.ts'
import { withCtes } from './ctes.ts'
import { operator, predicate, valueOf, valuesOf } from './expressions.ts'
import { sourcesOf } from './from.ts'
import type { Context, Query, SourceColumn } from './namespace.ts'
import {
  childOf,
  flagOf,
  isNode,
  listOf,
  namesOf,
  ofType,
  textOf,
  typed,
  type Node,
} from './node.ts'
import { isTemporary, noteCreated } from './relations.ts'
import { settingOfWhere } from './settings.ts'
import { targetsOf } from './targets.ts'
import { outputOf, unitedByPosition, type NamedValue, type Value } from './value.ts'

/** Of one SELECT: queries in recursive ones are walked several times each. */
const selectWork = 20

/** Walks a SELECT, VALUES, INSERT, UPDATE, DELETE or MERGE at any depth. Undefined: the node is none of these. */
export function walkQuery(query: unknown, outer: Context): Query | undefined {
  const found = typed(query)
  if (found === undefined) return undefined
  if (found.type === 'SelectStmt') {
    outer.findings.kinds.add('select')
    return outer.findings.descend(() => ({ columns: walkSelect(found.node, outer) }))
  }
  return walkChange(found.type, found.node, outer)
}

function walkSelect(node: Node, outer: Context): readonly SourceColumn[] | undefined {
  const { separate, ...rest } = outer
  const { findings } = outer
  findings.spend(selectWork)
  const context = withCtes(node, rest)
  findings.effects.add('read')
  const left = childOf(node, 'larg')
  const right = childOf(node, 'rarg')
  if (left !== undefined && right !== undefined) {
    const columns = findings.descend(() => walkArms(node, left, right, context))
    orderAndLimit(node, columns, context)
    return columns
  }
  const values = listOf(node, 'valuesLists')
  if (values.length > 0) {
    const columns = columnsOfValues(values, context)
    orderAndLimit(node, columns, context)
    return columns
  }
  return walkPlainSelect(node, context, separate === true)
}

function walkPlainSelect(
  node: Node,
  context: Context,
  separate: boolean,
): readonly SourceColumn[] | undefined {
  const sources = sourcesOf(listOf(node, 'fromClause'), context)
  const inside = withWindows(node, { ...context, scope: { ...context.scope, sources } })
  predicate(node['whereClause'], inside)
  const columns = targetsOf(listOf(node, 'targetList'), withSetting(node, inside), separate)
  predicate(node['havingClause'], inside)
  for (const item of listOf(node, 'groupClause')) orderBy(item, columns, inside, 'inputs')
  const distinct = listOf(node, 'distinctClause')
  for (const item of distinct) orderBy(item, columns, inside, 'outputs')
  // A plain DISTINCT is a list of one null: every column decides.
  if (distinct.length > 0 && distinct.every((item) => typed(item) === undefined)) {
    decideRows(columns, inside)
  }
  orderAndLimit(node, columns, inside)
  noteInto(node, columns, inside)
  return columns
}

/** WHERE was followed before: what is selected is that of one setting. */
function withSetting(node: Node, context: Context): Context {
  const name = settingOfWhere(node)
  const { findings, scope } = context
  const [source] = scope.sources
  if (name === undefined || source?.relation !== 'pg_catalog.pg_settings') return context
  const { operatorsByName } = findings.environment.model
  const isOwn = (operatorsByName.get('=') ?? []).every(
    ({ leftType, rightType }) => leftType !== textType || rightType !== textType,
  )
  return isOwn ? { ...context, setting: { scope, name } } : context
}

const textType = 25

/** Every value of these columns decides which rows there are. */
function decideRows(columns: readonly NamedValue[] | undefined, { findings }: Context): void {
  for (const { value } of columns ?? []) findings.addFilter(value, false)
}

function walkArms(
  node: Node,
  left: Node,
  right: Node,
  context: Context,
): readonly SourceColumn[] | undefined {
  const arms = [walkSelect(left, context), walkSelect(right, context)]
  const [first, second] = arms
  const united =
    first === undefined || second === undefined || first.length !== second.length
      ? undefined
      : unitedByPosition([first, second])
  const keepsAll = textOf(node, 'op') === 'SETOP_UNION' && flagOf(node, 'all')
  if (!keepsAll) decideRows(united, context)
  return united
}

function columnsOfValues(rows: readonly unknown[], context: Context): SourceColumn[] | undefined {
  const lists: SourceColumn[][] = []
  for (const row of rows) {
    const values = valuesOf(listOf(ofType(row, 'List') ?? {}, 'items'), context)
    lists.push(values.map((value, index) => ({ name: `column${index + 1}`, value })))
  }
  const [first] = lists
  return lists.every(({ length }) => length === first?.length) ? unitedByPosition(lists) : undefined
}

function withWindows(node: Node, context: Context): Context {
  const definitions = listOf(node, 'windowClause')
  if (definitions.length === 0) return context
  const windows = new Map<string, Value>()
  const inside = { ...context, windows }
  for (const item of definitions) {
    const definition = ofType(item, 'WindowDef') ?? {}
    windows.set(textOf(definition, 'name'), definedWindow(definition, inside, valuesOf))
  }
  return inside
}

/** ORDER BY, LIMIT, OFFSET. */
function orderAndLimit(
  node: Node,
  columns: readonly NamedValue[] | undefined,
  context: Context,
): void {
  for (const item of listOf(node, 'sortClause')) orderBy(item, columns, context, 'outputs')
  valueOf([node['limitCount'], node['limitOffset']], { ...context, ordering: true })
}

/**
 * An item of GROUP BY, DISTINCT ON or ORDER BY. A bare name means an output column (in GROUP BY only if no input has it),
 * a bare number the output at that position.
 */
function orderBy(
  item: unknown,
  columns: readonly NamedValue[] | undefined,
  context: Context,
  first: 'inputs' | 'outputs',
): void {
  const { findings } = context
  const sort = ofType(item, 'SortBy')
  const key: unknown = sort === undefined ? item : sort['node']
  const ordering = { ...context, ordering: true }
  if (sort !== undefined) operator(listOf(sort, 'useOp'), context)
  const set = ofType(key, 'GroupingSet')
  if (set !== undefined) {
    for (const part of listOf(set, 'content')) orderBy(part, columns, context, first)
    return
  }
  const position = positionOf(key)
  if (position !== undefined) {
    // Which column that is differs between texts that differ in this number alone.
    if (columns?.some(({ value }) => value.tags.length > 0) === true) {
      findings.literalSensitive = true
    }
    const column = columns?.[position - 1]
    if (column !== undefined) findings.addFilter(column.value, false)
    return
  }
  const fields = namesOf(listOf(ofType(key, 'ColumnRef') ?? {}, 'fields'))
  const output = fields.length === 1 ? columns?.filter(({ name }) => name === fields[0]) : undefined
  if (output !== undefined && output.length > 0) decideRows(output, context)
  if (output === undefined || output.length === 0 || first === 'inputs') valueOf(key, ordering)
}

function positionOf(value: unknown): number | undefined {
  const constant = ofType(value, 'A_Const')
  const integer = constant?.['ival']
  if (!isNode(integer)) return undefined
  const number = integer['ival']
  return typeof number === 'number' ? number : 0
}

/** SELECT … INTO; in a set operation it stands in the leftmost arm. */
function noteInto(node: Node, columns: readonly NamedValue[] | undefined, context: Context): void {
  const into = childOf(node, 'intoClause')
  if (into === undefined) return
  context.findings.kinds.add('create_table_as')
  context.findings.addEffects(['schema', 'write'])
  createFrom(into, columns, context)
}

/** A table or materialized view that is made of a query. */
export function createFrom(
  into: Node,
  columns: readonly NamedValue[] | undefined,
  context: Context,
): void {
  const { findings } = context
  const target = childOf(into, 'rel') ?? {}
  const schema = textOf(target, 'schemaname')
  const names = namesOf(listOf(into, 'colNames'))
  noteCreated(target, context)
  findings.creates.push({
    ...(schema === '' ? {} : { schema }),
    name: textOf(target, 'relname'),
    temporary: isTemporary(target),
    columns: columns?.map((column, index) => outputOf(renamed(column, names[index]))),
  })
}

function renamed(column: NamedValue, name: string | undefined): NamedValue {
  return name === undefined ? column : { name, value: column.value }
}

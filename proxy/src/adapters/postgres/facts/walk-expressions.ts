/** Walks expressions: columns, functions, operators. From walk-queries.ts, which walks the subqueries in turn. */
import { depthMax } from './collector.ts'
import { findFunction, isCatalogueOperator, type CatalogueFunction } from './catalogue.ts'
import { keepingFunctions, sampledValueFunctions } from './function-effects.ts'
import { flagOf, isNode, listOf, namesOf, ofType, typed, type Node } from './node.ts'
import { findSource, readColumn, relationsOf, type Context } from './scope.ts'
import { settingsOfCall } from './settings.ts'

export type WalkSubquery = (query: unknown, context: Context) => void

/** Nodes without meaning of their own: only what hangs below them counts. */
const transparent = new Set(
  `A_ArrayExpr A_Indices BoolExpr BooleanTest CaseExpr CaseWhen CoalesceExpr CollateClause
  GroupingFunc GroupingSet IndexElem JsonAggConstructor JsonArgument JsonArrayAgg
  JsonArrayConstructor JsonBehavior JsonFormat JsonFuncExpr JsonIsPredicate JsonKeyValue
  JsonObjectAgg JsonObjectConstructor JsonOutput JsonParseExpr JsonReturning JsonScalarExpr
  JsonSerializeExpr JsonTable JsonTableColumn JsonTablePathSpec JsonValueExpr List MinMaxExpr
  MultiAssignRef NamedArgExpr NullTest RangeTableFunc RangeTableFuncCol ResTarget RowExpr SortBy
  TypeCast WindowDef XmlExpr XmlSerialize`.split(/\s+/),
)

const leaves = new Set(
  `A_Const BitString Boolean CurrentOfExpr Float Integer MergeSupportFunc ParamRef
  SQLValueFunction SetToDefault String TypeName`.split(/\s+/),
)

const special = new Set(
  'A_Expr A_Indirection A_Star ColumnRef FuncCall JsonArrayQueryConstructor SubLink'.split(' '),
)

/** Whether a node of this type is (part of) an expression. */
export function isExpression(type: string): boolean {
  return special.has(type) || (type !== 'List' && transparent.has(type))
}

/** Walks a wrapped node, a bare struct, or a list of them. */
export function walkExpression(value: unknown, context: Context, subquery: WalkSubquery): void {
  if (Array.isArray(value)) {
    for (const item of value) walkExpression(item, context, subquery)
    return
  }
  if (!isNode(value)) return
  const found = typed(value)
  context.facts.descend(() => {
    if (found === undefined) walkMembers(value, context, subquery)
    else walkTyped(found.type, found.node, context, subquery)
  })
}

function walkTyped(type: string, node: Node, context: Context, subquery: WalkSubquery): void {
  if (leaves.has(type)) return
  if (transparent.has(type)) return walkMembers(node, context, subquery)
  switch (type) {
    case 'ColumnRef':
      return walkColumn(node, context)
    case 'A_Star':
      context.facts.nestedStar = true
      return
    case 'A_Indirection':
      return walkIndirection(node, context, subquery)
    case 'FuncCall':
      return walkCall(node, context, subquery)
    case 'A_Expr':
      checkOperator(listOf(node, 'name'), context)
      return walkMembers(node, context, subquery, 'name')
    case 'SubLink':
      checkOperator(listOf(node, 'operName'), context)
      walkExpression(node['testexpr'], context, subquery)
      return subquery(node['subselect'], context)
    case 'JsonArrayQueryConstructor':
      return subquery(node['query'], context)
    case 'SelectStmt':
      return subquery({ [type]: node }, context)
    default:
      // Not in our tables: it may do anything. What hangs below it is still listed.
      context.facts.complete = false
      return walkMembers(node, context, subquery)
  }
}

function walkMembers(node: Node, context: Context, subquery: WalkSubquery, except?: string): void {
  for (const key in node) {
    const member = node[key]
    if (key === except || key === 'typeName' || typeof member !== 'object') continue
    if (key === 'useOp') checkOperator(listOf(node, 'useOp'), context)
    else walkExpression(member, context, subquery)
  }
}

/** a, t.a, s.t.a, t.*: and also t.f, which PostgreSQL takes for f(t) if t has no column f. */
function walkColumn(node: Node, context: Context): void {
  const { facts } = context
  const fields = listOf(node, 'fields')
  const names = namesOf(fields)
  if (typed(fields.at(-1))?.type === 'A_Star') {
    facts.nestedStar = true
    return readStar(context, names)
  }
  const column = names.at(-1)
  if (column === undefined) return
  facts.referencedNames.add(column)
  noteValue(column, context)
  const qualifier = names.slice(0, -1)
  if (qualifier.length === 0) {
    facts.bareNames.add(column)
    const relation = findSource(context, column)?.relation
    if (relation !== undefined) readColumn(context, relation.split('.'), '*')
  }
  readColumn(context, qualifier, column)
  if (qualifier.length > 0) checkAttributeCall(column, qualifier, context)
}

/** The value of this column may come out of an expression. */
function noteValue(name: string, { facts, filtering, unshown }: Context): void {
  if (!filtering && unshown !== true) facts.valueNames.add(name)
}

/** `*` or `t.*`, wherever it stands. */
export function readStar(context: Context, qualifier: readonly string[]): void {
  const { scope } = context
  if (qualifier.length > 0) {
    for (const relation of relationsOf(context, qualifier)) {
      readColumn(context, relation.split('.'), '*')
    }
    return
  }
  for (const { relation } of scope.sources) {
    if (relation !== undefined) readColumn(context, relation.split('.'), '*')
  }
}

function checkAttributeCall(name: string, qualifier: readonly string[], context: Context): void {
  const called = findFunction(undefined, name, 1)
  // The row of a table or subquery: only a function that takes any row can be meant.
  if (called?.takesWholeRow === true) context.facts.wholeRow = true
  const source = findSource(context, qualifier.at(-1) ?? '')
  if (source?.functionColumns === undefined || source.functionColumns.has(name)) return
  // The row of a function in FROM is its bare value: f.pg_read_file calls pg_read_file(f).
  noteAttributeCall(called, `public.${name}`, context)
}

/** What it is given stands before the dot, whatever that is. */
function noteAttributeCall(
  called: CatalogueFunction | undefined,
  unknownName: string,
  context: Context,
): void {
  noteCall(called, unknownName, context)
  if (called !== undefined && keeps(called)) context.facts.complete = false
}

/** (x).f is a field or the call f(x); (x).* is a star; x[1] an element. */
function walkIndirection(node: Node, context: Context, subquery: WalkSubquery): void {
  const { facts } = context
  const outputs = outputsOf(node['arg'])
  walkExpression(node['arg'], context, subquery)
  for (const step of listOf(node, 'indirection')) {
    const [name] = namesOf([step])
    if (name === undefined) {
      walkExpression(step, context, subquery)
      continue
    }
    facts.referencedNames.add(name)
    noteValue(name, context)
    if (!outputs.includes(name))
      noteAttributeCall(findFunction(undefined, name, 1), `public.${name}`, context)
  }
}

/** The output columns of a call, if the expression is one of a function that the catalogue knows. */
function outputsOf(value: unknown): readonly string[] {
  const call = ofType(value, 'FuncCall')
  return call === undefined ? [] : (functionOf(call)?.outputs ?? [])
}

function walkCall(node: Node, context: Context, subquery: WalkSubquery): void {
  const { facts } = context
  const names = namesOf(listOf(node, 'funcname'))
  const name = names.at(-1) ?? ''
  const schema = names.at(-2)
  const called = functionOf(node)
  facts.referencedNames.add(name) // name(c) may be the column c.name.
  noteValue(name, context)
  noteCall(called, `${schema ?? 'public'}.${name}`, context)
  if (called?.name === 'pg_catalog.set_config') {
    const { settings, effects, complete } = settingsOfCall(listOf(node, 'args'))
    facts.settings.push(...settings)
    facts.addEffects(effects)
    facts.literalSensitive = true
    if (!complete) facts.complete = false
  }
  if (called !== undefined && keeps(called) && readsColumns(node['args'])) facts.complete = false
  for (const key in node) {
    if (key === 'funcname') continue
    const filtering = context.filtering || key === 'agg_filter'
    if (typeof node[key] === 'object') {
      walkExpression(node[key], { ...context, filtering }, subquery)
    }
  }
}

function keeps(called: CatalogueFunction): boolean {
  return keepingFunctions.has(called.name.slice('pg_catalog.'.length))
}

/** Whether the value of an expression may come from rows. The depth is bounded by the walk that follows. */
function readsColumns(value: unknown, depth = 0): boolean {
  if (depth > depthMax) return true
  if (Array.isArray(value)) return value.some((item) => readsColumns(item, depth + 1))
  if (!isNode(value)) return false
  return Object.entries(value).some(
    ([key, member]) => key === 'ColumnRef' || key === 'SubLink' || readsColumns(member, depth + 1),
  )
}

/** What the catalogue knows about a FuncCall. */
export function functionOf(call: Node): CatalogueFunction | undefined {
  const names = namesOf(listOf(call, 'funcname'))
  const ordered = flagOf(call, 'agg_within_group') ? listOf(call, 'agg_order').length : 0
  const count = flagOf(call, 'agg_star') ? 0 : listOf(call, 'args').length + ordered
  if (names.length > 2) return undefined
  return findFunction(names.at(-2), names.at(-1) ?? '', count)
}

function noteCall(
  called: CatalogueFunction | undefined,
  unknownName: string,
  context: Context,
): void {
  const { facts } = context
  facts.functions.add(called?.name ?? unknownName)
  if (called?.effects === undefined) {
    facts.complete = false
    facts.wholeRow = true
    return
  }
  facts.addEffects(called.effects)
  if (sampledValueFunctions.has(called.name.slice('pg_catalog.'.length))) facts.sampledValues = true
}

/** + or OPERATOR(pg_catalog.+); one of another schema runs that schema's function. */
function checkOperator(operator: readonly unknown[], context: Context): void {
  const names = namesOf(operator)
  const name = names.at(-1)
  if (name === undefined) return
  const schema = names.at(-2)
  const known = schema === undefined || schema === 'pg_catalog'
  if (!known || !(isCatalogueOperator(name) || keywordOperators.has(name))) {
    context.facts.complete = false
    context.facts.wholeRow = true
  }
}

/** What the grammar writes for IN, BETWEEN, !=. */
const keywordOperators = new Set([
  '<>',
  'BETWEEN',
  'NOT BETWEEN',
  'BETWEEN SYMMETRIC',
  'NOT BETWEEN SYMMETRIC',
])

/** The values of expressions: which columns' data is in them. From queries.ts and changes.ts; calls are in calls.ts. */
import { callValue, fieldCall, hasFieldCall } from './calls.ts'
import {
  findSource,
  readAllColumns,
  readBareColumn,
  readColumnOf,
  readStar,
  readWholeRow,
  type Context,
} from './namespace.ts'
import { childOf, flagOf, isNode, listOf, namesOf, textOf, typed, type Node } from './node.ts'
import type { HiddenFacts } from './routines/index.ts'
import { isArrayTypeName, shapeOfTypeName } from './types.ts'
import {
  anything,
  asArray,
  computed,
  eitherOf,
  mixedWith,
  nothing,
  passedOn,
  rowOf,
  unite,
  variable,
  withoutOrigin,
  withShape,
  type NamedValue,
  type Shape,
  type Value,
} from './value.ts'

/** Nodes without meaning of their own: their value is made of those of the nodes below them. */
const transparent = new Set(
  `A_Indices BoolExpr BooleanTest CaseWhen GroupingSet IndexElem JsonAggConstructor JsonArgument
  JsonArrayAgg JsonArrayConstructor JsonBehavior JsonFormat JsonFuncExpr JsonIsPredicate
  JsonKeyValue JsonObjectAgg JsonObjectConstructor JsonOutput JsonParseExpr JsonReturning
  JsonScalarExpr JsonSerializeExpr JsonTable JsonTableColumn JsonTablePathSpec JsonValueExpr List
  RangeTableFunc RangeTableFuncCol ResTarget SortBy WindowDef XmlExpr XmlSerialize`.split(/\s+/),
)

const leaves = new Set(
  `A_Const BitString Boolean CurrentOfExpr Float GroupingFunc Integer MergeSupportFunc ParamRef
  SQLValueFunction SetToDefault String TypeName`.split(/\s+/),
)

const special = new Set(
  `A_ArrayExpr A_Expr A_Indirection A_Star CaseExpr CoalesceExpr CollateClause ColumnRef FuncCall
  JsonArrayQueryConstructor MinMaxExpr MultiAssignRef NamedArgExpr NullTest RowExpr SubLink
  TypeCast`.split(/\s+/),
)

/** Whether a node of this type is (part of) an expression. */
export function isExpression(type: string): boolean {
  return special.has(type) || (type !== 'List' && transparent.has(type))
}

/** The value of a wrapped node, a bare struct, or a list of them taken together. */
export function valueOf(value: unknown, context: Context): Value {
  if (Array.isArray(value)) return unite(valuesOf(value, context))
  if (!isNode(value)) return nothing
  const found = typed(value)
  return context.findings.descend(() =>
    found === undefined
      ? valueOfMembers(value, context)
      : valueOfType(found.type, found.node, context),
  )
}

/** The values of a list; `t.*` among them stands for all columns of t. */
export function valuesOf(list: readonly unknown[], context: Context): Value[] {
  const values: Value[] = []
  for (const item of list) {
    const star = starOf(item, context)
    if (star === undefined) values.push(valueOf(item, context))
    else values.push(...(star.columns?.map(({ value }) => value) ?? [anything]))
  }
  return values
}

export function predicate(value: unknown, context: Context): void {
  if (value !== undefined) valueOf(value, { ...context, filtering: true })
}

/** The columns of `*`, `t.*` or `(x).*`; undefined: the node is no star. */
export function starOf(
  value: unknown,
  context: Context,
): { columns: readonly NamedValue[] | undefined } | undefined {
  const found = typed(value)
  if (found?.type === 'ColumnRef') {
    const fields = listOf(found.node, 'fields')
    if (typed(fields.at(-1))?.type !== 'A_Star') return undefined
    const names = namesOf(fields)
    const name = names.at(-1)
    if (name === undefined) return { columns: readStar(context) }
    const source = findSource(context, name, names.at(-2))
    if (source !== undefined) return { columns: readAllColumns(context, source) }
    context.findings.unknown = true
    return { columns: undefined }
  }
  if (found?.type === 'A_Indirection') {
    const steps = listOf(found.node, 'indirection')
    if (typed(steps.at(-1))?.type !== 'A_Star') return undefined
    const row = valueOfIndirection(found.node, steps.slice(0, -1), context)
    return { columns: row.shape === 'any' ? undefined : row.shape }
  }
  return undefined
}

function valueOfType(type: string, node: Node, context: Context): Value {
  if (leaves.has(type)) return nothing
  if (transparent.has(type)) return valueOfMembers(node, context)
  switch (type) {
    case 'ColumnRef':
      return valueOfColumn(node, context)
    case 'A_Star':
      return unite(readStar(context)?.map(({ value }) => value) ?? [anything])
    case 'A_Indirection':
      return valueOfIndirection(node, listOf(node, 'indirection'), context)
    case 'FuncCall':
      return callValue(node, context, valuesOf)
    case 'A_Expr': {
      const operands = [valueOf(node['lexpr'], context), valueOf(node['rexpr'], context)]
      return unite([...operands, operator(listOf(node, 'name'), context, operands)])
    }
    case 'NullTest': {
      const tested = valueOf(node['arg'], context)
      // Of a column or row it shows no value; of an expression it may: (ssn = '…') IS NULL.
      return tested.origin !== undefined || tested.shape !== undefined ? nothing : tested
    }
    case 'TypeCast':
      return valueOfCast(node, context)
    case 'NamedArgExpr':
      return valueOf(node['arg'], context)
    case 'CollateClause':
      return computed(valueOf(node['arg'], context))
    case 'A_ArrayExpr':
      return asArray(eitherOf(valuesOf(listOf(node, 'elements'), context)))
    case 'CoalesceExpr':
    case 'MinMaxExpr':
      return eitherOf(valuesOf(listOf(node, 'args'), context))
    case 'CaseExpr':
      return valueOfCase(node, context)
    case 'RowExpr':
      return rowOf(
        valuesOf(listOf(node, 'args'), context).map((value, index) => ({
          name: `f${index + 1}`,
          value: passedOn(withoutOrigin(value)),
        })),
      )
    case 'MultiAssignRef':
      return valueOfMultiple(node, context)
    case 'SubLink':
      return valueOfSublink(node, context)
    case 'JsonArrayQueryConstructor':
      return valueOfQuery(node['query'], context)
    case 'SelectStmt':
      return valueOfQuery({ [type]: node }, context)
    default:
      // Not in our tables: it may do anything. What hangs below it is still listed.
      context.findings.complete = false
      context.findings.unknown = true
      valueOfMembers(node, context)
      return anything
  }
}

function valueOfMembers(node: Node, context: Context): Value {
  const values: Value[] = []
  for (const key in node) {
    const member = node[key]
    if (typeof member !== 'object') continue
    if (key === 'typeName') noteType(member, context)
    else if (key === 'useOp') values.push(operator(listOf(node, 'useOp'), context))
    else values.push(valueOf(member, context))
  }
  return unite(values)
}

/** Values are turned into this type: a domain's checks run. */
export function noteType(typeName: unknown, { findings, walker }: Context): void {
  if (isNode(typeName)) findings.addHidden(walker.hidden.castOf(findings.environment, typeName))
}

/** Values are compared by whatever = means: CASE … WHEN, IN, USING. */
export function noteEquality({ findings, walker }: Context): void {
  findings.addHidden(walker.hidden.operatorOf(findings.environment, ['=']))
}

/** a, t.a, s.t.a; t for a whole row; and t.f, which PostgreSQL takes for f(t) if t has no column f. */
function valueOfColumn(node: Node, context: Context): Value {
  const fields = listOf(node, 'fields')
  if (typed(fields.at(-1))?.type === 'A_Star') {
    const columns = starOf({ ColumnRef: node }, context)?.columns
    return columns === undefined ? anything : rowOf(columns)
  }
  const names = namesOf(fields)
  const name = names.at(-1) ?? ''
  const qualifier = names.at(-2)
  return qualifier === undefined
    ? valueOfBareName(name, context)
    : valueOfQualifiedName(names.at(-3), qualifier, name, context)
}

function valueOfBareName(name: string, context: Context): Value {
  const column = readBareColumn(context, name)
  if (column?.certain === true) return column.value
  const source = findSource(context, name)
  const row = source === undefined ? undefined : readWholeRow(context, source)
  if (column !== undefined) return row === undefined ? column.value : unite([column.value, row])
  return row ?? unresolved([], name, context)
}

function valueOfQualifiedName(
  schema: string | undefined,
  qualifier: string,
  name: string,
  context: Context,
): Value {
  const source = findSource(context, qualifier, schema)
  if (source === undefined) return unresolved([qualifier], name, context)
  const column = readColumnOf(context, source, name)
  if (column !== undefined && source.columns !== undefined) return column
  const row = readWholeRow(context, source)
  if (column !== undefined) return unite([column, row])
  const called = fieldCall(name, row, context)
  if (hasFieldCall(name, context)) return called
  return unite([unresolved([qualifier], name, context), called])
}

/** A name that is none of those in sight: a catalogue that is out of date, or a statement that fails. */
function unresolved(qualifier: readonly string[], name: string, context: Context): Value {
  const { findings } = context
  if (findings.namesMayBeParameters) return variable
  if (context.lenient === true) return nothing
  findings.unknown = true
  const bases: string[] = []
  for (let at: Context['scope'] | undefined = context.scope; at !== undefined; at = at.outer) {
    findings.spend(at.sources.length + 1)
    for (const source of at.sources) {
      if (source.relation === undefined) continue
      if (qualifier.length === 0 || qualifier[0] === source.name) {
        bases.push(`${source.relation}.${name}`)
      }
    }
  }
  findings.addRead(bases, [], true)
  const value = { ...anything, bases }
  if (context.filtering) findings.addFilter(value, true)
  return value
}

/** (x).f is a field or the call f(x); x[1] an element. */
function valueOfIndirection(node: Node, steps: readonly unknown[], context: Context): Value {
  let value = valueOf(node['arg'], context)
  for (const step of steps) {
    // (x).* as one value is x.
    if (typed(step)?.type === 'A_Star') continue
    const [name] = namesOf([step])
    if (name === undefined) {
      const part = withShape(unite([value, valueOf(step, context)]), value.shape)
      // A slice is an array still.
      value = flagOf(typed(step)?.node ?? {}, 'is_slice') ? asArray(part) : part
      continue
    }
    value = fieldOf(value, name, context)
  }
  return value
}

function fieldOf(value: Value, name: string, context: Context): Value {
  const fields = value.shape
  // An array has none: (array_agg(c)).name is the call name(array_agg(c)), which makes a text of it.
  if (fields !== undefined && fields !== 'any' && value.array !== true) {
    const field = fields.find((field) => field.name === name)
    if (field !== undefined) return field.value
  }
  return fieldCall(name, value, context)
}

function valueOfCast(node: Node, context: Context): Value {
  const { findings, walker } = context
  const typeName = childOf(node, 'typeName') ?? {}
  const given = valueOf(node['arg'], context)
  const { environment } = findings
  const converted = walker.hidden.castOf(environment, typeName)
  findings.addHidden(converted)
  if (mayKeep(converted)) findings.addStore('*', undefined, given)
  const value = computed(given)
  const cast = withShape(value, castShape(given, shapeOfTypeName(environment, typeName, value)))
  return isArrayTypeName(environment, typeName) ? asArray(cast) : cast
}

/** A row stays one, field by field, under the names of the type. */
function castShape({ shape }: Value, type: Shape | undefined): Shape | undefined {
  if (type === undefined || type === 'any' || shape === undefined || shape === 'any') return type
  if (shape.length !== type.length) return type
  return type.map(({ name }, index) => ({
    name,
    value: withoutOrigin(shape[index]?.value ?? anything),
  }))
}

function valueOfCase(node: Node, context: Context): Value {
  const conditions = [valueOf(node['arg'], context)]
  if (node['arg'] !== undefined) noteEquality(context)
  const results = [valueOf(node['defresult'], context)]
  for (const item of listOf(node, 'args')) {
    const when = typed(item)?.node ?? {}
    conditions.push(valueOf(when['expr'], context))
    results.push(valueOf(when['result'], context))
  }
  const result = eitherOf(results)
  return mixedWith(result, unite(conditions))
}

/** One column of `(a, b) = (SELECT …)`. */
function valueOfMultiple(node: Node, context: Context): Value {
  const value = valueOf(node['source'], context)
  const number = node['colno']
  const field =
    value.shape !== 'any' && typeof number === 'number' ? value.shape?.[number - 1] : undefined
  return field?.value ?? withoutOrigin(value)
}

function valueOfSublink(node: Node, context: Context): Value {
  const tested = valueOf(node['testexpr'], context)
  if (node['testexpr'] !== undefined && node['operName'] === undefined) noteEquality(context)
  const found = valueOfQuery(node['subselect'], context)
  const operated = operator(listOf(node, 'operName'), context, [tested, found])
  switch (textOf(node, 'subLinkType')) {
    case 'EXISTS_SUBLINK':
      return nothing
    case 'ARRAY_SUBLINK':
      return asArray(found)
    case 'EXPR_SUBLINK':
    case 'MULTIEXPR_SUBLINK':
      return found
    default:
      return unite([tested, operated, found])
  }
}

/** A query's rows as one value: of one column, that column's; else a row. */
function valueOfQuery(query: unknown, context: Context): Value {
  const { findings, walker } = context
  const found = walker.query(query, context)
  if (found === undefined) {
    findings.complete = false
    findings.unknown = true
    return anything
  }
  const { columns } = found
  if (columns === undefined) return anything
  const [first] = columns
  if (first === undefined) return nothing
  if (typeof query === 'object' && query !== null) findings.subqueryNames.set(query, first.name)
  return columns.length === 1 ? withoutOrigin(first.value) : rowOf(columns)
}

/** + or OPERATOR(pg_catalog.+); what it runs, and what its value may hold besides its operands. */
export function operator(
  operator: readonly unknown[],
  context: Context,
  operands: readonly Value[] = [],
): Value {
  const names = namesOf(operator)
  if (names.length === 0) return nothing
  const { findings, walker } = context
  const facts = walker.hidden.operatorOf(findings.environment, names)
  findings.addCalled(facts, facts.result, context)
  if (facts.found && mayKeep(facts)) findings.addStore('*', undefined, unite(operands))
  const { tags, unknown } = facts.result
  return tags.length === 0 && !unknown ? nothing : { tags, unknown, bases: [] }
}

/** Whether what runs could put its arguments where a later statement reads them. */
function mayKeep({ effects }: HiddenFacts): boolean {
  return effects.some((effect) => effect !== 'read' && effect !== 'session')
}

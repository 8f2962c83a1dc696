/** Walks queries and DML: FROM, WITH, targets, predicates. From walk-statements.ts, to walk-expressions.ts. */
import { childOf, flagOf, listOf, namesOf, ofType, textOf, typed, type Node } from './node.ts'
import {
  hasCte,
  mention,
  noteAlias,
  noteTableAlias,
  readColumn,
  type Context,
  type CteNames,
  type Source,
} from './scope.ts'
import { functionOf, readStar, walkExpression } from './walk-expressions.ts'

/**
 * Walks a SELECT, VALUES, INSERT, UPDATE, DELETE or MERGE at any depth and notes its kind.
 * `topLevel`: its output columns are those of the answer. Returns false if the node is none of these.
 */
export function walkQuery(query: unknown, outer: Context, topLevel: boolean): boolean {
  const found = typed(query)
  if (found === undefined) return false
  switch (found.type) {
    case 'SelectStmt':
      outer.facts.kinds.add('select')
      outer.facts.descend(() => walkSelect(found.node, outer, topLevel))
      return true
    case 'InsertStmt':
      outer.facts.kinds.add('insert')
      walkInsert(found.node, withCtes(found.node, outer), topLevel)
      return true
    case 'UpdateStmt':
      outer.facts.kinds.add('update')
      walkUpdate(found.node, withCtes(found.node, outer), topLevel)
      return true
    case 'DeleteStmt':
      outer.facts.kinds.add('delete')
      walkDelete(found.node, withCtes(found.node, outer), topLevel)
      return true
    case 'MergeStmt':
      outer.facts.kinds.add('merge')
      walkMerge(found.node, withCtes(found.node, outer), topLevel)
      return true
    default:
      return false
  }
}

/** A query below another: in an expression, FROM, WITH. */
function walkSubquery(query: unknown, context: Context): void {
  if (!walkQuery(query, context, false)) context.facts.complete = false
}

/** An expression outside of a query: a CHECK, a DEFAULT, an index. */
export function walkOperand(value: unknown, context: Context): void {
  walkExpression(value, context, walkSubquery)
}

const walk = walkOperand

export function walkPredicate(value: unknown, context: Context): void {
  if (value !== undefined) walk(value, { ...context, filtering: true })
}

function walkSelect(node: Node, outer: Context, topLevel: boolean): void {
  const context = withCtes(node, outer)
  const { facts } = context
  facts.effects.add('read')
  const into = childOf(node, 'intoClause')
  if (into !== undefined) {
    facts.kinds.add('create_table_as')
    facts.addEffects(['schema', 'write'])
    const target = childOf(into, 'rel')
    if (target !== undefined) facts.writes.add(mention(facts, target))
  }
  const left = childOf(node, 'larg')
  const right = childOf(node, 'rarg')
  if (left !== undefined && right !== undefined) {
    // The columns of a set operation carry no table of origin: whatever star stands in an arm is nested.
    facts.descend(() => walkSelect(left, context, false))
    facts.descend(() => walkSelect(right, context, false))
  }
  walkFrom(listOf(node, 'fromClause'), context)
  const grouped = listOf(node, 'groupClause').length > 0
  walkTargets(listOf(node, 'targetList'), context, {
    stars: topLevel && !grouped,
    columns: topLevel && into === undefined,
  })
  walkPredicate(node['whereClause'], context)
  walkPredicate(node['havingClause'], context)
  walk(node['valuesLists'], context)
  const unshown = { ...context, unshown: true }
  walk(node['groupClause'], unshown)
  walk(node['windowClause'], context)
  walk(node['distinctClause'], unshown)
  walkOrder(node, unshown)
  walk(node['limitCount'], context)
  walk(node['limitOffset'], context)
}

/** A bare name in ORDER BY means the output column of that name, if there is one. */
function walkOrder(node: Node, context: Context): void {
  const outputs = new Set<string>()
  for (const target of listOf(node, 'targetList')) {
    const name = textOf(ofType(target, 'ResTarget') ?? {}, 'name')
    if (name !== '') outputs.add(name)
  }
  for (const item of listOf(node, 'sortClause')) {
    const sort = ofType(item, 'SortBy')
    const fields = listOf(ofType(sort?.['node'], 'ColumnRef') ?? {}, 'fields')
    const [name, ...rest] = namesOf(fields)
    if (name !== undefined && rest.length === 0 && outputs.has(name)) continue
    walk(item, context)
  }
}

/** Which targets carry their table of origin into the row description: those directly in the list of the answer. */
type Origins = { stars: boolean; columns: boolean }

/** A select list or RETURNING. */
function walkTargets(targets: readonly unknown[], context: Context, origins: Origins): void {
  for (const target of targets) {
    const value = ofType(target, 'ResTarget')?.['val']
    const fields = listOf(ofType(value, 'ColumnRef') ?? {}, 'fields')
    const isStar = typed(fields.at(-1))?.type === 'A_Star'
    if (origins.stars && isStar) {
      context.facts.topLevelStar = true
      readStar(context, namesOf(fields))
    } else {
      const carried = origins.columns && fields.length > 0 && !isStar
      walk(value, carried ? { ...context, unshown: true } : context)
    }
  }
}

function walkFrom(items: readonly unknown[], context: Context): void {
  for (const item of items) collectSources(item, context)
  for (const item of items) walkFromItem(item, context)
}

function collectSources(item: unknown, context: Context): void {
  const { facts, scope } = context
  const found = typed(item)
  if (found === undefined) return
  const { type, node } = found
  const alias = childOf(node, 'alias')
  const aliasName = textOf(alias ?? {}, 'aliasname')
  switch (type) {
    case 'RangeVar':
      scope.sources.push(tableSource(node, aliasName, context))
      return
    case 'RangeTableSample':
      return collectSources(node['relation'], context)
    case 'JoinExpr':
      collectSources(node['larg'], context)
      collectSources(node['rarg'], context)
      noteTableAlias(facts, alias)
      noteAlias(facts, childOf(node, 'join_using_alias'))
      if (aliasName !== '') scope.sources.push({ name: aliasName })
      return
    case 'RangeFunction':
      scope.sources.push(functionSource(node, alias, aliasName))
      return
    default:
      noteAlias(facts, alias)
      scope.sources.push({ name: aliasName })
  }
}

function tableSource(node: Node, aliasName: string, context: Context): Source {
  const { facts, scope } = context
  const relationName = textOf(node, 'relname')
  const name = aliasName === '' ? relationName : aliasName
  if (textOf(node, 'schemaname') === '' && hasCte(facts, scope.ctes, relationName)) {
    noteAlias(facts, childOf(node, 'alias'))
    facts.rowNames.add(relationName)
    return { name }
  }
  const relation = mention(facts, node)
  facts.reads.add(relation)
  facts.effects.add('read')
  return { name, relation }
}

/** Column names of a function in FROM: its alias, the alias's column list, its own output names. */
function functionSource(node: Node, alias: Node | undefined, aliasName: string): Source {
  const columns = new Set([aliasName, 'ordinality', ...namesOf(listOf(alias ?? {}, 'colnames'))])
  let name = aliasName
  for (const item of listOf(node, 'functions')) {
    const [first, definitions] = listOf(ofType(item, 'List') ?? {}, 'items')
    for (const definition of [
      ...listOf(node, 'coldeflist'),
      ...listOf(ofType(definitions, 'List') ?? {}, 'items'),
    ]) {
      columns.add(textOf(ofType(definition, 'ColumnDef') ?? {}, 'colname'))
    }
    const call = ofType(first, 'FuncCall')
    if (call === undefined) continue
    const own = namesOf(listOf(call, 'funcname')).at(-1) ?? ''
    if (name === '') name = own
    const outputs = functionOf(call)?.outputs ?? []
    for (const output of outputs.length > 0 ? outputs : [own]) columns.add(output)
  }
  return { name, functionColumns: columns }
}

function walkFromItem(item: unknown, context: Context): void {
  const found = typed(item)
  if (found === undefined) return
  const { type, node } = found
  switch (type) {
    case 'RangeVar':
      return
    case 'JoinExpr':
      return context.facts.descend(() => walkJoin(node, context))
    case 'RangeSubselect': {
      const { scope } = context
      const visible = flagOf(node, 'lateral')
        ? scope
        : { sources: [], ctes: scope.ctes, outer: scope.outer }
      return walkSubquery(node['subquery'], { ...context, scope: visible })
    }
    case 'RangeFunction':
      for (const entry of listOf(node, 'functions')) {
        walk(listOf(ofType(entry, 'List') ?? {}, 'items')[0], context)
      }
      return
    case 'RangeTableSample':
      // A method of an extension runs that extension's code.
      if (!['bernoulli', 'system'].includes(namesOf(listOf(node, 'method')).at(-1) ?? '')) {
        context.facts.complete = false
      }
      walkFromItem(node['relation'], context)
      walk(node['args'], context)
      return walk(node['repeatable'], context)
    default:
      return walk(item, context)
  }
}

function walkJoin(node: Node, context: Context): void {
  walkFromItem(node['larg'], context)
  walkFromItem(node['rarg'], context)
  walkPredicate(node['quals'], context)
  const predicate = { ...context, filtering: true }
  for (const name of namesOf(listOf(node, 'usingClause'))) {
    context.facts.referencedNames.add(name)
    // An outer join merges the columns into an expression, which a star shows without naming it.
    context.facts.valueNames.add(name)
    readColumn(predicate, [], name)
  }
  if (!flagOf(node, 'isNatural')) return
  // Joins on columns that the text doesn't name, and may merge them into new ones.
  context.facts.wholeRow = true
  readStar(predicate, [])
}

function walkInsert(node: Node, context: Context, topLevel: boolean): void {
  const { facts } = context
  const target = writeTarget(node, context)
  noteAssigned(listOf(node, 'cols'), context)
  const source = ofType(node['selectStmt'], 'SelectStmt')
  if (source !== undefined && listOf(source, 'valuesLists').length > 0) {
    // VALUES as the source of an INSERT is no query of its own.
    walk(source['valuesLists'], withCtes(source, context))
  } else if (source !== undefined) {
    walkSubquery(node['selectStmt'], context)
  }
  const inTarget = withSources(context, [target, { name: 'excluded' }])
  const conflict = childOf(node, 'onConflictClause')
  if (conflict !== undefined) {
    facts.rowNames.add('excluded')
    const infer = childOf(conflict, 'infer')
    for (const element of listOf(infer ?? {}, 'indexElems')) {
      const name = textOf(ofType(element, 'IndexElem') ?? {}, 'name')
      if (name !== '') facts.referencedNames.add(name)
      walk(element, inTarget)
    }
    walkPredicate(infer?.['whereClause'], inTarget)
    if (textOf(conflict, 'action') === 'ONCONFLICT_UPDATE') {
      facts.kinds.add('update')
      noteAssigned(listOf(conflict, 'targetList'), inTarget)
      walk(listOf(conflict, 'targetList'), inTarget)
      walkPredicate(conflict['whereClause'], inTarget)
      if (conflict['whereClause'] !== undefined) readTarget(target, context)
    }
  }
  walkReturning(node, inTarget, target, topLevel)
}

function walkUpdate(node: Node, context: Context, topLevel: boolean): void {
  const target = writeTarget(node, context)
  const inTarget = withSources(context, [target])
  walkFrom(listOf(node, 'fromClause'), inTarget)
  noteAssigned(listOf(node, 'targetList'), inTarget)
  walk(node['targetList'], inTarget)
  walkPredicate(node['whereClause'], inTarget)
  if (node['whereClause'] !== undefined) readTarget(target, context)
  walkReturning(node, inTarget, target, topLevel)
}

function walkDelete(node: Node, context: Context, topLevel: boolean): void {
  const target = writeTarget(node, context)
  const inTarget = withSources(context, [target])
  walkFrom(listOf(node, 'usingClause'), inTarget)
  walkPredicate(node['whereClause'], inTarget)
  if (node['whereClause'] !== undefined) readTarget(target, context)
  walkReturning(node, inTarget, target, topLevel)
}

function walkMerge(node: Node, context: Context, topLevel: boolean): void {
  const target = writeTarget(node, context)
  const inTarget = withSources(context, [target])
  walkFrom([node['sourceRelation']], inTarget)
  walkPredicate(node['joinCondition'], inTarget)
  readTarget(target, context)
  for (const item of listOf(node, 'mergeWhenClauses')) {
    const clause = ofType(item, 'MergeWhenClause') ?? {}
    const kind = textOf(clause, 'commandType').replace('CMD_', '').toLowerCase()
    if (kind === 'insert' || kind === 'update' || kind === 'delete') context.facts.kinds.add(kind)
    walkPredicate(clause['condition'], inTarget)
    noteAssigned(listOf(clause, 'targetList'), inTarget)
    walk(clause['targetList'], inTarget)
    walk(clause['values'], inTarget)
  }
  walkReturning(node, inTarget, target, topLevel)
}

function writeTarget(node: Node, context: Context): Source {
  const { facts } = context
  const rangeVar = childOf(node, 'relation') ?? {}
  const relation = mention(facts, rangeVar)
  facts.writes.add(relation)
  facts.effects.add('write')
  const aliasName = textOf(childOf(rangeVar, 'alias') ?? {}, 'aliasname')
  return { name: aliasName === '' ? textOf(rangeVar, 'relname') : aliasName, relation }
}

function readTarget(target: Source, context: Context): void {
  context.facts.effects.add('read')
  if (target.relation !== undefined) context.facts.reads.add(target.relation)
}

function walkReturning(node: Node, context: Context, target: Source, topLevel: boolean): void {
  const returning = childOf(node, 'returningClause')
  if (returning === undefined) return
  const rows = ['old', 'new']
  for (const option of listOf(returning, 'options')) {
    rows.push(textOf(ofType(option, 'ReturningOption') ?? {}, 'value'))
  }
  for (const row of rows) context.facts.rowNames.add(row)
  readTarget(target, context)
  const versions = rows.map((name) => ({ ...target, name }))
  // The bare columns of RETURNING are the target's and the sources'; old and new only qualify.
  const inner = withSources(context, [])
  walkTargets(
    listOf(returning, 'exprs'),
    {
      ...inner,
      scope: {
        ...inner.scope,
        outer: { sources: versions, ctes: undefined, outer: inner.scope.outer },
      },
    },
    { stars: topLevel, columns: false },
  )
}

/** Columns that are written: their names count as mentioned, not as read. */
function noteAssigned(targets: readonly unknown[], context: Context): void {
  for (const target of targets) {
    context.facts.referencedNames.add(textOf(ofType(target, 'ResTarget') ?? {}, 'name'))
  }
}

/** The context of a query: a scope of its own below `outer`, with the names of its WITH. Walks the queries of the WITH. */
function withCtes(node: Node, outer: Context): Context {
  let ctes: CteNames = outer.scope.ctes
  const clause = childOf(node, 'withClause')
  if (clause !== undefined) {
    const recursive = flagOf(clause, 'recursive')
    const entries = listOf(clause, 'ctes').map((entry) => ofType(entry, 'CommonTableExpr') ?? {})
    if (recursive)
      for (const entry of entries) ctes = { name: textOf(entry, 'ctename'), outer: ctes }
    for (const entry of entries) {
      walkCte(entry, { ...outer, scope: { sources: [], ctes, outer: outer.scope } })
      if (!recursive) ctes = { name: textOf(entry, 'ctename'), outer: ctes }
    }
  }
  return { ...outer, scope: { sources: [], ctes, outer: outer.scope } }
}

function walkCte(entry: Node, context: Context): void {
  const { facts } = context
  facts.rowNames.add(textOf(entry, 'ctename'))
  walkSubquery(entry['ctequery'], context)
  const cycle = childOf(entry, 'cycle_clause')
  walk(cycle?.['cycle_mark_value'], context)
  walk(cycle?.['cycle_mark_default'], context)
}

function withSources(context: Context, sources: readonly Source[]): Context {
  const { scope } = context
  return { ...context, scope: { ...scope, sources: [...scope.sources, ...sources] } }
}

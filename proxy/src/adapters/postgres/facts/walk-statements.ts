/** Walks one statement of any kind. From describe-statement.ts, to walk-queries.ts and statement-kinds.ts. */
import { describeCopy, type CopyDescription } from './copy.ts'
import type { StatementPart } from './statements.ts'
import {
  childOf,
  constantOf,
  flagOf,
  isNode,
  listOf,
  namesOf,
  ofType,
  textOf,
  typed,
  type Node,
} from './node.ts'
import { mention, readColumn, type Context } from './scope.ts'
import { settingsOfModes, settingsOfStatement } from './settings.ts'
import { statementKinds, transactionKind } from './statement-kinds.ts'
import { isExpression } from './walk-expressions.ts'
import { walkOperand, walkPredicate, walkQuery } from './walk-queries.ts'

const rows = (kind: string): StatementPart => ({ kind, outputs: 'rows' })
const nothing = (kind: string): StatementPart => ({ kind, outputs: 'none' })

export function walkStatement(
  statement: unknown,
  context: Context,
  topLevel = true,
): StatementPart {
  const found = typed(statement)
  if (found === undefined) return unknownStatement(context)
  const { type, node } = found
  if (walkQuery(statement, context, topLevel)) return queryPart(type, node)
  const { facts } = context
  switch (type) {
    case 'CopyStmt':
      return walkCopy(node, context)
    case 'ExplainStmt':
      facts.kinds.add('explain')
      walkStatement(node['query'], context, topLevel)
      return rows('explain')
    case 'PrepareStmt':
      facts.kinds.add('prepare')
      facts.effects.add('session')
      walkStatement(node['query'], context, topLevel)
      return { ...nothing('prepare'), prepared: { action: 'prepare', name: textOf(node, 'name') } }
    case 'DeclareCursorStmt':
      facts.kinds.add('declare_cursor')
      walkStatement(node['query'], context, topLevel)
      return {
        ...nothing('declare_cursor'),
        cursor: { action: 'declare', name: textOf(node, 'portalname'), hold: holds(node) },
      }
    case 'CreateTableAsStmt':
      return walkCreateTableAs(node, context)
    case 'VariableSetStmt':
      return walkSet(node, context)
    default:
      return walkByTable(type, node, context)
  }
}

function unknownStatement(context: Context): StatementPart {
  context.facts.kinds.add('unknown')
  context.facts.complete = false
  return nothing('unknown')
}

function queryPart(type: string, node: Node): StatementPart {
  if (type === 'SelectStmt') {
    // In a set operation INTO stands in the leftmost arm.
    let leftmost = node
    for (let left = childOf(node, 'larg'); left !== undefined; left = childOf(left, 'larg')) {
      leftmost = left
    }
    return childOf(leftmost, 'intoClause') === undefined
      ? rows('select')
      : nothing('create_table_as')
  }
  const kind = type.replace(/Stmt$/, '').toLowerCase()
  return childOf(node, 'returningClause') === undefined ? nothing(kind) : rows(kind)
}

function walkCopy(node: Node, context: Context): StatementPart {
  const { facts } = context
  facts.kinds.add('copy')
  facts.literalSensitive = true
  const rangeVar = childOf(node, 'relation')
  const relation = rangeVar === undefined ? undefined : mention(facts, rangeVar)
  const copy = describeCopy(node, relation)
  if (copy.toProgramOrFile) facts.effects.add('external')
  facts.effects.add(copy.direction === 'out' ? 'read' : 'write')
  // Without a row description the columns of a query carry no table of origin, so its stars are nested.
  if (copy.query) walkStatement(node['query'], context, false)
  if (relation !== undefined) walkCopiedTable(node, context, relation, copy)
  if (copy.toProgramOrFile) return { ...nothing('copy'), copy }
  return { kind: 'copy', outputs: copy.direction === 'out' ? 'copy_out' : 'copy_in', copy }
}

function walkCopiedTable(
  node: Node,
  context: Context,
  relation: string,
  copy: CopyDescription,
): void {
  const { facts, scope } = context
  for (const column of copy.columns ?? []) facts.referencedNames.add(column)
  if (copy.direction === 'in') {
    facts.writes.add(relation)
    const name = relation.slice(relation.indexOf('.') + 1)
    const sources = [{ name, relation }]
    walkPredicate(node['whereClause'], { ...context, scope: { ...scope, sources } })
    return
  }
  facts.reads.add(relation)
  if (copy.columns === undefined) facts.topLevelStar = true
  for (const column of copy.columns ?? ['*']) readColumn(context, relation.split('.'), column)
}

function walkCreateTableAs(node: Node, context: Context): StatementPart {
  const { facts } = context
  const kind =
    textOf(node, 'objtype') === 'OBJECT_MATVIEW' ? 'create_materialized_view' : 'create_table_as'
  facts.kinds.add(kind)
  facts.addEffects(['schema', 'write'])
  const target = childOf(childOf(node, 'into') ?? {}, 'rel')
  if (target !== undefined) facts.writes.add(mention(facts, target))
  walkStatement(node['query'], context, false)
  return nothing(kind)
}

function walkSet(node: Node, context: Context): StatementPart {
  const { facts } = context
  const kind = textOf(node, 'kind').startsWith('VAR_RESET') ? 'reset' : 'set'
  const { settings, effects, complete } = settingsOfStatement(node)
  facts.kinds.add(kind)
  const name = textOf(node, 'name').toLowerCase()
  if (name === 'role' || name === 'session_authorization') facts.kinds.add(`${kind}_${name}`)
  facts.addEffects(effects)
  facts.settings.push(...settings)
  facts.literalSensitive = true
  if (!complete) facts.complete = false
  return nothing(kind)
}

function walkByTable(type: string, node: Node, context: Context): StatementPart {
  const { facts } = context
  const entry = statementKinds[type]
  if (entry === undefined) return unknownStatement(context)
  const kind = typeof entry.kind === 'string' ? entry.kind : entry.kind(node)
  facts.kinds.add(kind)
  facts.addEffects(entry.effects)
  if (entry.dynamic === true) {
    if (type === 'ExecuteStmt') facts.indirect = true
    else facts.complete = false
    facts.wholeRow = true
  }
  noteSpecialEffects(type, node, context)
  const changes = entry.effects.includes('write') || entry.effects.includes('schema')
  walkDefinition(node, context, changes)
  noteNamedObjects(type, node, context)
  return { ...partOf(type, node), kind }
}

function noteSpecialEffects(type: string, node: Node, { facts }: Context): void {
  if (type === 'TransactionStmt') {
    const kind = transactionKind(node)
    if (kind === 'unknown') facts.complete = false
    // These end a transaction that another session may have prepared.
    if (kind === 'commit_prepared' || kind === 'rollback_prepared') facts.effects.add('write')
    facts.settings.push(...settingsOfModes(listOf(node, 'options'), ''))
  } else if (type === 'FetchStmt') {
    // What a cursor returns is known only to who followed its DECLARE.
    facts.wholeRow = true
  } else if (type === 'CreateFunctionStmt') {
    for (const option of listOf(node, 'options')) {
      const element = ofType(option, 'DefElem') ?? {}
      const language = constantOf(element['arg'])?.toLowerCase()
      if (
        textOf(element, 'defname') === 'language' &&
        language !== 'sql' &&
        language !== 'plpgsql'
      ) {
        facts.effects.add('external')
      }
    }
  }
}

function partOf(type: string, node: Node): Omit<StatementPart, 'kind'> {
  switch (type) {
    case 'VariableShowStmt':
    case 'CallStmt':
      return { outputs: 'rows' }
    case 'FetchStmt': {
      const cursor = { action: 'fetch', name: textOf(node, 'portalname') } as const
      return { outputs: flagOf(node, 'ismove') ? 'none' : 'rows', cursor }
    }
    case 'ClosePortalStmt':
      return { outputs: 'none', cursor: { action: 'close', name: textOf(node, 'portalname') } }
    case 'ExecuteStmt':
      return { outputs: 'rows', prepared: { action: 'execute', name: textOf(node, 'name') } }
    case 'DeallocateStmt':
      return { outputs: 'none', prepared: { action: 'deallocate', name: textOf(node, 'name') } }
    case 'TransactionStmt':
      return {
        outputs: 'none',
        transaction: transactionKind(node),
        savepoint: textOf(node, 'savepoint_name'),
      }
    default:
      return { outputs: 'none' }
  }
}

/** Definitions hold tables, expressions, queries and other definitions, anywhere. `changes`: tables named are changed. */
function walkDefinition(value: unknown, context: Context, changes: boolean): void {
  const { facts } = context
  if (Array.isArray(value)) {
    for (const item of value) walkDefinition(item, context, changes)
    return
  }
  if (!isNode(value)) return
  const found = typed(value)
  facts.descend(() => {
    if (found === undefined) {
      if (typeof value['relname'] === 'string') noteTable(value, context, changes)
      for (const key in value) walkDefinition(value[key], context, changes)
    } else if (found.type === 'RangeVar') {
      noteTable(found.node, context, changes)
    } else if (found.type.endsWith('Stmt') && !partsOfDefinitions.has(found.type)) {
      walkStatement(value, context, false)
    } else if (isExpression(found.type)) {
      walkOperand(value, context)
    } else {
      walkDefinition(found.node, context, changes)
    }
  })
}

/** CURSOR_OPT_HOLD of parsenodes.h. */
function holds(declare: Node): boolean {
  const { options } = declare
  return typeof options === 'number' && (options & 0x20) !== 0
}

/** Called statements by the grammar, but they only stand in ALTER TABLE and in the body of CREATE FUNCTION. */
const partsOfDefinitions = new Set(['ReplicaIdentityStmt', 'ReturnStmt'])

function noteTable(rangeVar: Node, { facts }: Context, changes: boolean): void {
  const relation = mention(facts, rangeVar)
  if (changes) facts.writes.add(relation)
}

const relationObjects = new Set([
  'OBJECT_TABLE',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_SEQUENCE',
  'OBJECT_INDEX',
  'OBJECT_FOREIGN_TABLE',
])

/** DROP names tables by lists of names, not by RangeVars. */
function noteNamedObjects(type: string, node: Node, context: Context): void {
  if (type !== 'DropStmt' || !relationObjects.has(textOf(node, 'removeType'))) return
  for (const object of listOf(node, 'objects')) {
    const names = namesOf(listOf(ofType(object, 'List') ?? {}, 'items'))
    const relname = names.at(-1)
    if (relname === undefined) continue
    noteTable({ relname, schemaname: names.at(-2) ?? '' }, context, true)
  }
}

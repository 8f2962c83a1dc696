/** What definitions name and make: tables, expressions and queries stand anywhere in them. From statements.ts. */
import type { TriggerEvent } from '../catalogue/model.ts'
import { isExpression, valueOf } from './expressions.ts'
import type { OutputColumn } from './lineage.ts'
import type { Context } from './namespace.ts'
import { childOf, isNode, listOf, namesOf, ofType, textOf, typed, type Node } from './node.ts'
import { isTemporary, mention, noteCreated, readableOf, viewOfFound } from './relations.ts'
import { anything, outputOf, type NamedValue } from './value.ts'

type WalkStatement = (statement: unknown, context: Context) => unknown

/** `changes`: the tables that are named are changed. */
export function walkDefinition(
  value: unknown,
  context: Context,
  changes: boolean,
  walkStatement: WalkStatement,
): void {
  if (Array.isArray(value)) {
    for (const item of value) walkDefinition(item, context, changes, walkStatement)
    return
  }
  if (!isNode(value)) return
  const found = typed(value)
  context.findings.descend(() => {
    if (found === undefined) {
      if (typeof value['relname'] === 'string') noteTable(value, context, changes)
      for (const key in value) walkDefinition(value[key], context, changes, walkStatement)
    } else if (found.type === 'RangeVar') {
      noteTable(found.node, context, changes)
    } else if (found.type.endsWith('Stmt') && !partsOfDefinitions.has(found.type)) {
      walkStatement(value, { ...context, lenient: true })
    } else if (isExpression(found.type)) {
      // Its names are the columns of what is defined, or a function's parameters: no data moves.
      valueOf(value, {
        ...context,
        lenient: true,
        scope: { ...context.scope, sources: [ownColumns] },
      })
    } else {
      walkDefinition(found.node, context, changes, walkStatement)
    }
  })
}

/** Whatever is named is there. */
const ownColumns = {
  name: '',
  columns: undefined,
  open: { tags: [], unknown: false, bases: [] },
  qualifiable: false,
  bare: true,
}

/** Called statements by the grammar, but they only stand in ALTER TABLE and in the body of CREATE FUNCTION. */
const partsOfDefinitions = new Set(['ReplicaIdentityStmt', 'ReturnStmt'])

function noteTable(rangeVar: Node, context: Context, changes: boolean): void {
  for (const { relation } of mention(context, rangeVar)) {
    if (changes) context.findings.writes.add(relation)
  }
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
export function noteNamedObjects(type: string, node: Node, context: Context): void {
  if (type === 'TruncateStmt') noteEvent('truncate', listOf(node, 'relations'), context)
  if (type === 'RefreshMatViewStmt') noteRefresh(childOf(node, 'relation') ?? {}, context)
  if (type !== 'DropStmt' || !relationObjects.has(textOf(node, 'removeType'))) return
  for (const object of listOf(node, 'objects')) {
    const names = namesOf(listOf(ofType(object, 'List') ?? {}, 'items'))
    const relname = names.at(-1)
    if (relname === undefined) continue
    noteTable({ relname, schemaname: names.at(-2) ?? '' }, context, true)
  }
}

function noteRefresh(rangeVar: Node, context: Context): void {
  for (const found of mention(context, rangeVar)) {
    const view = viewOfFound(context, found)
    if (view !== undefined) context.findings.addHidden(view.query)
    else context.findings.complete = false
  }
}

function noteEvent(event: TriggerEvent, relations: readonly unknown[], context: Context): void {
  const { findings, walker } = context
  for (const item of relations) {
    for (const { relation, temporary } of mention(context, ofType(item, 'RangeVar') ?? {})) {
      if (temporary !== undefined) continue
      findings.addHidden(walker.hidden.writeOf(findings.environment, relation, event))
    }
  }
}

/** CREATE TABLE: a new relation, with the columns of what it is LIKE or INHERITS or is a PARTITION OF. */
export function createdBy(node: Node, context: Context): void {
  const target = childOf(node, 'relation') ?? {}
  const schema = textOf(target, 'schemaname')
  noteCreated(target, context)
  const columns = new Map<string, OutputColumn>()
  let known = childOf(node, 'ofTypename') === undefined
  const add = (list: readonly NamedValue[] | undefined): void => {
    if (list === undefined) known = false
    for (const column of list ?? []) columns.set(column.name, outputOf(column))
  }
  for (const parent of listOf(node, 'inhRelations')) {
    add(columnsLike(ofType(parent, 'RangeVar') ?? {}, context))
  }
  for (const item of listOf(node, 'tableElts')) {
    const column = ofType(item, 'ColumnDef')
    const like = ofType(item, 'TableLikeClause')
    if (like !== undefined) add(columnsLike(childOf(like, 'relation') ?? {}, context))
    const name = textOf(column ?? {}, 'colname')
    if (name !== '' && !columns.has(name)) columns.set(name, { name, tags: [], unknown: false })
  }
  context.findings.creates.push({
    ...(schema === '' ? {} : { schema }),
    name: textOf(target, 'relname'),
    temporary: isTemporary(target),
    columns: known ? [...columns.values()] : undefined,
  })
}

/** No data moves, but what will be stored there means the same. */
function columnsLike(rangeVar: Node, context: Context): readonly NamedValue[] | undefined {
  const found = mention(context, rangeVar)
  const [only] = found
  if (only === undefined || found.length > 1) return undefined
  const columns = readableOf(context, only).columns
  return columns?.map(({ name, value }) => ({ name, value: value.unknown ? anything : value }))
}

/** What definitions name and make: tables, expressions and queries stand anywhere in them. From statements.ts. */
import type { TriggerEvent } from '../catalogue/model.ts'
import { isExpression, valueOf } from './expressions.ts'
import type { OutputColumn } from './lineage.ts'
import type { Context } from './namespace.ts'
import { childOf, isNode, listOf, namesOf, ofType, textOf, typed, type Node } from './node.ts'
import {
  isTemporary,
  mention,
  noteCreated,
  noteQuotable,
  readableOf,
  viewOfFound,
  type Found,
} from './relations.ts'
import { anything, nothing, outputOf, type NamedValue, type Value } from './value.ts'

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
  for (const found of mention(context, rangeVar)) {
    if (!changes) continue
    context.findings.writes.add(found.relation)
    // A constraint or an index that fails is told with a row's values.
    noteQuotable(readableOf(context, found).columns ?? [], context)
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
  if (type === 'TruncateStmt') {
    noteEvent('truncate', listOf(node, 'relations'), context)
    // Empties every table that refers to these, and those that refer to them.
    if (textOf(node, 'behavior') === 'DROP_CASCADE') context.findings.complete = false
  }
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

/** What ALTER does to where data is: a new name, a new type by USING. */
export function noteMoved(type: string, node: Node, context: Context): void {
  const { findings } = context
  const rangeVar = childOf(node, 'relation')
  if (rangeVar === undefined) return
  for (const found of mention(context, rangeVar)) {
    switch (type) {
      case 'RenameStmt':
        noteRenamed(node, found, context)
        break
      case 'AlterObjectSchemaStmt':
        storeAll(`${textOf(node, 'newschema')}.${nameOf(found)}`, found, context)
        break
      case 'AlterTableStmt':
        for (const item of listOf(node, 'cmds')) {
          const command = ofType(item, 'AlterTableCmd') ?? {}
          const definition = ofType(command['def'], 'ColumnDef')
          const subtype = textOf(command, 'subtype')
          if (subtype === 'AT_AddColumn' && definition !== undefined) {
            const { generated, value } = filledByItself(definition, context)
            const filled = generated ? anything : value
            context.findings.addStore(found.relation, textOf(definition, 'colname'), filled)
          } else if (subtype === 'AT_ColumnDefault' && command['def'] !== undefined) {
            const value = valueOf(command['def'], context)
            context.findings.addStore(found.relation, textOf(command, 'name'), value)
          }
          const using = definition?.['raw_default']
          if (subtype !== 'AT_AlterColumnType' || using === undefined) continue
          const { relation, columns, open } = readableOf(context, found)
          const name = nameOf(found)
          const source = { name, relation, columns, open, qualifiable: true, bare: true }
          const scope = { ...context.scope, sources: [source] }
          findings.addStore(
            found.relation,
            textOf(command, 'name'),
            valueOf(using, { ...context, scope }),
          )
        }
        break
      default:
        break
    }
  }
}

const nameOf = ({ relation }: Found): string => relation.slice(relation.indexOf('.') + 1)

/** The tags of the configuration go by names: under the new one the data is the same. */
function noteRenamed(node: Node, found: Found, context: Context): void {
  const name = textOf(node, 'newname')
  if (textOf(node, 'renameType') !== 'OBJECT_COLUMN') {
    const schema = found.relation.slice(0, found.relation.indexOf('.'))
    return storeAll(`${schema}.${name}`, found, context)
  }
  const columns = readableOf(context, found).columns
  const column = columns?.find((column) => column.name === textOf(node, 'subname'))
  context.findings.addStore(found.relation, name, column?.value ?? anything)
}

function storeAll(relation: string, found: Found, context: Context): void {
  const { columns } = readableOf(context, found)
  for (const { name, value } of columns ?? []) context.findings.addStore(relation, name, value)
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
    if (name === '' || columns.has(name) || column === undefined) continue
    const { generated, value } = filledByItself(column, context)
    // What will lie in other columns is not known yet.
    columns.set(name, outputOf({ name, value: generated ? anything : value }))
  }
  context.findings.creates.push({
    ...(schema === '' ? {} : { schema }),
    name: textOf(target, 'relname'),
    temporary: isTemporary(target),
    columns: known ? [...columns.values()] : undefined,
  })
}

/** What a column holds that nobody assigns: of its default. */
function filledByItself(definition: Node, context: Context): { generated: boolean; value: Value } {
  let generated = false
  let value = nothing
  for (const item of listOf(definition, 'constraints')) {
    const constraint = ofType(item, 'Constraint') ?? {}
    const kind = textOf(constraint, 'contype')
    if (kind === 'CONSTR_GENERATED') generated = true
    else if (kind === 'CONSTR_DEFAULT') value = valueOf(constraint['raw_expr'], context)
  }
  return { generated, value }
}

/** No data moves, but what will be stored there means the same. */
function columnsLike(rangeVar: Node, context: Context): readonly NamedValue[] | undefined {
  const found = mention(context, rangeVar)
  const [only] = found
  if (only === undefined || found.length > 1) return undefined
  const columns = readableOf(context, only).columns
  const generated = new Set(
    only.model?.columns.flatMap((column) => (column.generated ? [column.name] : [])),
  )
  return columns?.map(({ name, value }) => ({
    name,
    value: value.unknown || generated.has(name) ? anything : value,
  }))
}

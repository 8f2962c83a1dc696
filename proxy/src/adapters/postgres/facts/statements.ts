/** One statement of any kind. From describe-statement.ts, to queries.ts, definitions.ts and statement-kinds.ts. */
import { describeCopy, type CopyDescription } from './copy.ts'
import { settingHolds } from './calls.ts'
import { createdBy, noteMoved, noteNamedObjects, walkDefinition } from './definitions.ts'
import { noteType, predicate, valueOf } from './expressions.ts'
import type { OutputColumn } from './lineage.ts'
import { noteColumn, type Context, type SourceColumn } from './namespace.ts'
import {
  childOf,
  constantOf,
  flagOf,
  listOf,
  namesOf,
  ofType,
  textOf,
  typed,
  type Node,
} from './node.ts'
import { createFrom } from './queries.ts'
import {
  isTemporary,
  mention,
  noteQuotable,
  noteCreated,
  readableOf,
  readFound,
  type Found,
} from './relations.ts'
import { settingsOfModes, settingsOfStatement, type Setting } from './settings.ts'
import { statementKinds, transactionKind } from './statement-kinds.ts'
import { anything, outputOf, type NamedValue, type Value } from './value.ts'

export type Outputs = 'rows' | 'none' | 'copy_out' | 'copy_in'

/** One statement of a text, in order: what the target will answer it with, and what names it gives or uses. */
export type StatementPart = {
  kind: string
  outputs: Outputs
  copy?: CopyDescription
  /** begin, commit, rollback, savepoint, … */
  transaction?: string
  /** Of SAVEPOINT, RELEASE, ROLLBACK TO: its name; of other transaction statements empty. */
  savepoint?: string
  /** `hold`: of DECLARE: it outlives its transaction. */
  cursor?: { action: 'declare' | 'fetch' | 'close'; name: string; hold?: boolean }
  prepared?: { action: 'prepare' | 'execute' | 'deallocate'; name: string }
  /** SET, RESET, set_config, transaction modes of this statement, in order. */
  settings?: readonly Setting[]
  /**
   * Of its rows, of its COPY TO, or, of DECLARE and PREPARE, of the statement within. Undefined: none, or can't be told.
   * Not to be trusted if it has another number of columns than the row description.
   */
  columns?: readonly OutputColumn[]
}

const nothing = (kind: string): StatementPart => ({ kind, outputs: 'none' })

/** A part with its columns, as far as they are known. */
function withColumns(
  part: StatementPart,
  columns: readonly NamedValue[] | undefined,
): StatementPart {
  return columns === undefined ? part : { ...part, columns: columns.map(outputOf) }
}

export function walkStatement(statement: unknown, context: Context): StatementPart {
  const found = typed(statement)
  if (found === undefined) return unknownStatement(context)
  const { type, node } = found
  const { findings, walker } = context
  const query = walker.query(statement, context)
  if (query !== undefined) {
    findings.addHidden(walker.hidden.everyStatement(findings.environment))
    const part = queryPart(type, node)
    return part.outputs === 'rows' ? withColumns(part, query.columns) : part
  }
  switch (type) {
    case 'CopyStmt':
      return walkCopy(node, context)
    case 'ExplainStmt':
      return walkExplain(node, context)
    case 'PrepareStmt': {
      findings.kinds.add('prepare')
      findings.effects.add('session')
      for (const type of listOf(node, 'argtypes')) noteType(ofType(type, 'TypeName'), context)
      const { columns } = walkStatement(node['query'], context)
      const prepared = { action: 'prepare', name: textOf(node, 'name') } as const
      return { ...nothing('prepare'), prepared, ...(columns === undefined ? {} : { columns }) }
    }
    case 'DeclareCursorStmt': {
      findings.kinds.add('declare_cursor')
      const { columns } = walkStatement(node['query'], context)
      const name = textOf(node, 'portalname')
      const cursor = { action: 'declare', name, hold: holds(node) } as const
      return { ...nothing('declare_cursor'), cursor, ...(columns === undefined ? {} : { columns }) }
    }
    case 'CreateTableAsStmt':
      return walkCreateTableAs(node, context)
    case 'VariableSetStmt':
      return walkSet(node, context)
    case 'CallStmt':
      // What the procedure does is told like that of a function.
      findings.kinds.add('call')
      findings.effects.add('session')
      valueOf({ FuncCall: childOf(node, 'funccall') ?? {} }, context)
      return { kind: 'call', outputs: 'rows' }
    default:
      return walkByTable(type, node, context)
  }
}

function unknownStatement({ findings }: Context): StatementPart {
  findings.kinds.add('unknown')
  findings.complete = false
  findings.unknown = true
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
      ? { kind: 'select', outputs: 'rows' }
      : nothing('create_table_as')
  }
  const kind = type.replace(/Stmt$/, '').toLowerCase()
  const returns = childOf(node, 'returningClause') !== undefined
  return { kind, outputs: returns ? 'rows' : 'none' }
}

/** CURSOR_OPT_HOLD of parsenodes.h. */
function holds(declare: Node): boolean {
  const { options } = declare
  return typeof options === 'number' && (options & 0x20) !== 0
}

/** The text of a plan quotes constants of the statement, but no data, unless planning runs a function that reads some. */
function walkExplain(node: Node, context: Context): StatementPart {
  const { findings } = context
  findings.kinds.add('explain')
  walkStatement(node['query'], context)
  const unknown = findings.unknown || !findings.complete
  const tags = [...findings.calledTags.values()]
  return { kind: 'explain', outputs: 'rows', columns: [{ name: 'QUERY PLAN', tags, unknown }] }
}

function walkCopy(node: Node, context: Context): StatementPart {
  const { findings } = context
  findings.kinds.add('copy')
  findings.literalSensitive = true
  const rangeVar = childOf(node, 'relation')
  const found = rangeVar === undefined ? [] : mention(context, rangeVar)
  const copy = describeCopy(node, found[0]?.relation)
  if (copy.toProgramOrFile) findings.effects.add('external')
  findings.effects.add(copy.direction === 'out' ? 'read' : 'write')
  let columns: readonly NamedValue[] | readonly OutputColumn[] | undefined
  if (copy.query) columns = walkStatement(node['query'], context).columns
  else if (copy.direction === 'out') columns = copiedOut(found, copy, context)?.map(outputOf)
  else copiedIn(node, found, copy, context)
  if (copy.toProgramOrFile) return { ...nothing('copy'), copy }
  const outputs = copy.direction === 'out' ? 'copy_out' : 'copy_in'
  return {
    kind: 'copy',
    outputs,
    copy,
    ...(columns === undefined ? {} : { columns: columns.map(plain) }),
  }
}

const plain = (column: NamedValue | OutputColumn): OutputColumn =>
  'value' in column ? outputOf(column) : column

function copiedOut(
  found: readonly Found[],
  copy: CopyDescription,
  context: Context,
): NamedValue[] | undefined {
  const lists = found.map((one) => {
    const { relation, columns, open } = readFound(context, one)
    const generated = new Set(
      one.model?.columns.flatMap(({ name, generated }) => (generated ? [name] : [])),
    )
    const all = columns?.filter(({ name }) => !generated.has(name))
    if (copy.columns === undefined && all === undefined) {
      context.findings.addRead([`${relation}.*`], open.tags, open.unknown)
      return undefined
    }
    const chosen =
      copy.columns === undefined
        ? all
        : copy.columns.map((name) => columnNamed(name, relation, columns, open))
    return chosen?.map((column) => ({ name: column.name, value: noteColumn(context, column) }))
  })
  return lists.length === 1 ? lists[0] : undefined
}

function columnNamed(
  name: string,
  relation: string,
  columns: readonly SourceColumn[] | undefined,
  open: Value,
): SourceColumn {
  const column = columns?.find((column) => column.name === name)
  if (column !== undefined) return column
  const value = columns === undefined ? open : anything
  return { name, value, reads: { columns: [`${relation}.${name}`], tags: value.tags } }
}

function copiedIn(
  node: Node,
  found: readonly Found[],
  copy: CopyDescription,
  context: Context,
): void {
  const { findings, walker } = context
  for (const one of found) {
    findings.writes.add(one.relation)
    const { columns, open } = readableOf(context, one)
    noteQuotable(columns, context)
    for (const column of columns ?? []) {
      if (copy.columns === undefined || copy.columns.includes(column.name)) {
        findings.addWritten(column.value)
      }
    }
    if (one.temporary === undefined || findings.environment.uncertain) {
      const { hidden } = walker
      findings.addHidden(hidden.writeOf(findings.environment, one.relation, 'insert', copy.columns))
    }
    const source = {
      name: textOf(childOf(node, 'relation') ?? {}, 'relname'),
      relation: one.relation,
      columns,
      open,
      qualifiable: true,
      bare: true,
    }
    const scope = { ...context.scope, sources: [source] }
    predicate(node['whereClause'], { ...context, scope })
  }
  findings.addHidden(walker.hidden.everyStatement(findings.environment))
}

function walkCreateTableAs(node: Node, context: Context): StatementPart {
  const { findings, walker } = context
  const kind =
    textOf(node, 'objtype') === 'OBJECT_MATVIEW' ? 'create_materialized_view' : 'create_table_as'
  findings.kinds.add(kind)
  findings.addEffects(['schema', 'write'])
  findings.addHidden(walker.hidden.definitionOf(findings.environment))
  const query = walker.query(node['query'], context)
  if (query === undefined) walkStatement(node['query'], context)
  else findings.addHidden(walker.hidden.everyStatement(findings.environment))
  createFrom(childOf(node, 'into') ?? {}, query?.columns, context)
  return nothing(kind)
}

function walkSet(node: Node, { findings }: Context): StatementPart {
  const kind = textOf(node, 'kind').startsWith('VAR_RESET') ? 'reset' : 'set'
  const { settings, effects, complete } = settingsOfStatement(node)
  findings.kinds.add(kind)
  const name = textOf(node, 'name').toLowerCase()
  if (name === 'role' || name === 'session_authorization') findings.kinds.add(`${kind}_${name}`)
  findings.addEffects(effects)
  findings.settings.push(...settings)
  findings.literalSensitive = true
  if (!complete) findings.complete = false
  return nothing(kind)
}

function walkByTable(type: string, node: Node, context: Context): StatementPart {
  const { findings, walker } = context
  const entry = statementKinds[type]
  if (entry === undefined) return unknownStatement(context)
  const kind = typeof entry.kind === 'string' ? entry.kind : entry.kind(node)
  findings.kinds.add(kind)
  findings.addEffects(entry.effects)
  if (entry.dynamic === true) {
    if (type === 'ExecuteStmt') findings.indirect = true
    else findings.complete = false
    findings.unknown = true
  }
  if (entry.effects.includes('schema')) {
    findings.addHidden(walker.hidden.definitionOf(findings.environment))
  }
  noteSpecialEffects(type, node, context)
  const changes = entry.effects.includes('write') || entry.effects.includes('schema')
  if (type === 'ViewStmt') createView(node, context)
  else if (type === 'CreateStmt') {
    const { relation: _made, ...rest } = node
    createdBy(node, context)
    walkDefinition(rest, context, changes, walkStatement)
  } else walkDefinition(node, context, changes, walkStatement)
  noteNamedObjects(type, node, context)
  noteMoved(type, node, context)
  return { ...partOf(type, node, context), kind }
}

/** The view shows what its query shows. */
function createView(node: Node, context: Context): void {
  const { findings } = context
  const view = childOf(node, 'view') ?? {}
  const { columns } = walkStatement(node['query'], { ...context, lenient: false })
  const names = namesOf(listOf(node, 'aliases'))
  noteCreated(view, context)
  const schema = textOf(view, 'schemaname')
  findings.creates.push({
    ...(schema === '' ? {} : { schema }),
    name: textOf(view, 'relname'),
    temporary: isTemporary(view),
    columns: columns?.map((column, index) => ({ ...column, name: names[index] ?? column.name })),
  })
}

/** Of lockdefs.h. */
const rowShareLock = 2

function noteSpecialEffects(type: string, node: Node, { findings }: Context): void {
  if (type === 'TransactionStmt') {
    const kind = transactionKind(node)
    if (kind === 'unknown') findings.complete = false
    // These end a transaction that another session may have prepared.
    if (kind === 'commit_prepared' || kind === 'rollback_prepared') findings.effects.add('write')
    findings.settings.push(...settingsOfModes(listOf(node, 'options'), ''))
  } else if (type === 'FetchStmt') {
    // What a cursor returns is known only to who followed its DECLARE.
    findings.unknown = true
  } else if (type === 'LockStmt') {
    // Keeps others from changing rows, for which PostgreSQL asks the right to change them. pg_dump takes ACCESS SHARE.
    if (typeof node['mode'] !== 'number' || node['mode'] > rowShareLock)
      findings.effects.add('write')
  } else if (type === 'CreateFunctionStmt') {
    for (const option of listOf(node, 'options')) {
      const element = ofType(option, 'DefElem') ?? {}
      const language = constantOf(element['arg'])?.toLowerCase()
      if (
        textOf(element, 'defname') === 'language' &&
        language !== 'sql' &&
        language !== 'plpgsql'
      ) {
        findings.effects.add('external')
      }
    }
  }
}

function shownBy(name: string, { findings }: Context): OutputColumn[] {
  const unknown = findings.environment.settingsHoldData === true
  const plain = (name: string): OutputColumn => ({ name, tags: [], unknown: false })
  if (name !== 'all') return [{ ...plain(name), unknown: unknown && settingHolds(name) }]
  return [plain('name'), { ...plain('setting'), unknown }, plain('description')]
}

function partOf(type: string, node: Node, context: Context): Omit<StatementPart, 'kind'> {
  switch (type) {
    case 'VariableShowStmt':
      return { outputs: 'rows', columns: shownBy(textOf(node, 'name'), context) }
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

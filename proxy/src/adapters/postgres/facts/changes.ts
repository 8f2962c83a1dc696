/** INSERT, UPDATE, DELETE, MERGE: what is written, with which data, and what RETURNING shows. From queries.ts. */
import type { TriggerEvent } from '../catalogue/model.ts'
import { withCtes } from './ctes.ts'
import { predicate, valueOf, valuesOf } from './expressions.ts'
import { sourcesOf } from './from.ts'
import type { Context, Query, Source, SourceColumn } from './namespace.ts'
import { childOf, listOf, ofType, textOf, type Node } from './node.ts'
import { mention, noteQuotable, readableOf, readFound, type Found } from './relations.ts'
import { targetsOf } from './targets.ts'
import {
  anything,
  mixedWith,
  nothing,
  unite,
  unitedByPosition,
  type NamedValue,
  type Value,
} from './value.ts'

/** The relation that a statement changes. */
type Target = {
  /** All that its name may mean. */
  readonly found: readonly Found[]
  readonly source: Source
}

/** What a statement puts into columns, by name. */
type Assigned = Map<string, Value>

export function walkChange(type: string, node: Node, outer: Context): Query | undefined {
  const { separate: _separate, ...rest } = outer
  const kind = kinds[type]
  if (kind === undefined) return undefined
  outer.findings.kinds.add(kind)
  const context = withCtes(node, rest)
  return { columns: walkers[kind](node, context) }
}

const kinds: Readonly<Record<string, 'insert' | 'update' | 'delete' | 'merge'>> = {
  InsertStmt: 'insert',
  UpdateStmt: 'update',
  DeleteStmt: 'delete',
  MergeStmt: 'merge',
}

const walkers = {
  insert: walkInsert,
  update: walkUpdate,
  delete: walkDelete,
  merge: walkMerge,
} as const

function walkInsert(node: Node, context: Context): readonly SourceColumn[] | undefined {
  const { findings } = context
  const target = targetOf(node, context)
  const names = assignedNames(listOf(node, 'cols'))
  const given = insertedColumns(node, context)
  const assigned = positionsOf(target, names, given)
  store(target, assigned, context)
  noteWrite(target, 'insert', names.length === 0 ? undefined : names, assigned, context)
  const conflict = childOf(node, 'onConflictClause')
  if (conflict !== undefined) {
    const inTarget = withSources(context, [target.source, excluded(target, assigned)])
    const infer = childOf(conflict, 'infer') ?? {}
    valuesOf(listOf(infer, 'indexElems'), { ...inTarget, ordering: true })
    for (const item of listOf(infer, 'indexElems')) {
      const name = textOf(ofType(item, 'IndexElem') ?? {}, 'name')
      const compared = target.source.columns?.find((column) => column.name === name)
      // No predicate, but with tagged data it asks the same: is there such a value?
      if (compared !== undefined && compared.value.tags.length > 0) {
        findings.addFilter(compared.value, true)
      }
    }
    predicate(infer['whereClause'], inTarget)
    if (textOf(conflict, 'action') === 'ONCONFLICT_UPDATE') {
      findings.kinds.add('update')
      const updated = assignTargets(listOf(conflict, 'targetList'), inTarget)
      store(target, updated, context)
      noteWrite(target, 'update', [...updated.keys()], updated, context)
      for (const [name, value] of updated) {
        assigned.set(name, unite([value, assigned.get(name) ?? nothing]))
      }
      predicate(conflict['whereClause'], inTarget)
      if (conflict['whereClause'] !== undefined) readTarget(target, context)
    }
  }
  return returned(node, target, assigned, [], context)
}

/** The rows of an INSERT; undefined: not to be told. DEFAULT VALUES has no columns. */
function insertedColumns(node: Node, context: Context): readonly NamedValue[] | undefined {
  const query = node['selectStmt']
  const source = ofType(query, 'SelectStmt')
  if (source === undefined) return query === undefined ? [] : undefined
  const rows = listOf(source, 'valuesLists')
  if (rows.length === 0) return context.walker.query(query, context)?.columns
  // VALUES as the source of an INSERT is no query of its own.
  const inside = withCtes(source, context)
  const lists = rows.map((row) =>
    valuesOf(listOf(ofType(row, 'List') ?? {}, 'items'), inside).map((value) => ({
      name: '',
      value,
    })),
  )
  const alike = lists.every(({ length }) => length === lists[0]?.length)
  return alike ? unitedByPosition(lists) : undefined
}

/** Undefined columns: any of them may hold any of the given. */
function positionsOf(
  target: Target,
  names: readonly string[],
  given: readonly NamedValue[] | undefined,
): Assigned {
  const assigned: Assigned = new Map()
  const inOrder = names.length > 0 ? names : target.source.columns?.map(({ name }) => name)
  if (inOrder === undefined || given === undefined) {
    assigned.set(anyColumn, given === undefined ? anything : unite(given.map(({ value }) => value)))
    return assigned
  }
  given.forEach(({ value }, index) => {
    const name = inOrder[index]
    if (name !== undefined) assigned.set(name, unite([value, assigned.get(name) ?? nothing]))
  })
  return assigned
}

/** In place of a name: any column. No column has an empty name. */
const anyColumn = ''

/** The row that was to be inserted: reading it reads nothing of the table. */
function excluded(target: Target, assigned: Assigned): Source {
  const columns = target.source.columns?.map(({ name, value }): SourceColumn => {
    const put = unite([assigned.get(name) ?? nothing, assigned.get(anyColumn) ?? nothing])
    return { name, value: unite([{ ...value, bases: [] }, put]) }
  })
  return { name: 'excluded', columns, open: anything, qualifiable: true, bare: false }
}

function walkUpdate(node: Node, context: Context): readonly SourceColumn[] | undefined {
  const target = targetOf(node, context)
  const others = sourcesOf(listOf(node, 'fromClause'), context, [target.source])
  const inTarget = withSources(context, [target.source, ...others])
  const assigned = assignTargets(listOf(node, 'targetList'), inTarget)
  store(target, assigned, context)
  noteWrite(target, 'update', [...assigned.keys()], assigned, context)
  predicate(node['whereClause'], inTarget)
  if (node['whereClause'] !== undefined) readTarget(target, context)
  return returned(node, target, assigned, others, context)
}

function walkDelete(node: Node, context: Context): readonly SourceColumn[] | undefined {
  const target = targetOf(node, context)
  const others = sourcesOf(listOf(node, 'usingClause'), context, [target.source])
  const inTarget = withSources(context, [target.source, ...others])
  noteWrite(target, 'delete', undefined, new Map(), context)
  predicate(node['whereClause'], inTarget)
  if (node['whereClause'] !== undefined) readTarget(target, context)
  return returned(node, target, new Map(), others, context)
}

function walkMerge(node: Node, context: Context): readonly SourceColumn[] | undefined {
  const { findings } = context
  const target = targetOf(node, context)
  const others = sourcesOf([node['sourceRelation']], context)
  const inTarget = withSources(context, [target.source, ...others])
  predicate(node['joinCondition'], inTarget)
  readTarget(target, context)
  const all: Assigned = new Map()
  for (const item of listOf(node, 'mergeWhenClauses')) {
    const clause = ofType(item, 'MergeWhenClause') ?? {}
    predicate(clause['condition'], inTarget)
    const kind = textOf(clause, 'commandType').replace('CMD_', '').toLowerCase()
    if (kind !== 'insert' && kind !== 'update' && kind !== 'delete') continue
    findings.kinds.add(kind)
    const targets = listOf(clause, 'targetList')
    const assigned =
      kind === 'insert'
        ? positionsOf(
            target,
            assignedNames(targets),
            valuesOf(listOf(clause, 'values'), inTarget).map((value) => ({ name: '', value })),
          )
        : assignTargets(targets, inTarget)
    store(target, assigned, context)
    const columns = kind === 'delete' ? undefined : [...assigned.keys()]
    noteWrite(target, kind, columns, assigned, context)
    for (const [name, value] of assigned) all.set(name, unite([value, all.get(name) ?? nothing]))
  }
  return returned(node, target, all, others, context)
}

function targetOf(node: Node, context: Context): Target {
  const { findings } = context
  const rangeVar = childOf(node, 'relation') ?? {}
  const found = mention(context, rangeVar)
  for (const { relation } of found) findings.writes.add(relation)
  findings.effects.add('write')
  const aliasName = textOf(childOf(rangeVar, 'alias') ?? {}, 'aliasname')
  // The query of a view runs, whatever else the statement reads.
  for (const one of found) if (one.model?.definition !== undefined) readFound(context, one)
  for (const one of found) noteQuotable(readableOf(context, one).columns, context)
  const [first] = found
  const readable = first === undefined ? undefined : readableOf(context, first)
  return {
    found,
    source: {
      name: aliasName === '' ? textOf(rangeVar, 'relname') : aliasName,
      relation: readable?.relation ?? '',
      // Of a name with two meanings, the columns can't be told.
      columns: found.length === 1 ? readable?.columns : undefined,
      open: readable?.open ?? anything,
      qualifiable: true,
      bare: true,
    },
  }
}

/** What writing does besides. `columns` undefined: all of them, or not known. */
function noteWrite(
  target: Target,
  event: TriggerEvent,
  columns: readonly string[] | undefined,
  assigned: Assigned,
  { findings, walker }: Context,
): void {
  const put = unite([...assigned.values()])
  const known = columns?.includes(anyColumn) === true ? undefined : columns
  for (const { relation, temporary } of target.found) {
    // Unless something was defined on it, of which the catalogue says nothing.
    if (temporary !== undefined && !findings.environment.uncertain) continue
    const hidden = walker.hidden.writeOf(findings.environment, relation, event, known)
    findings.addHidden(hidden)
    // A trigger, a rule: what it puts somewhere is, maybe, the row that the statement changes.
    for (const { relation, column, lineage } of hidden.reach.stores) {
      if (lineage.variable !== undefined) findings.addStore(relation, column, put)
    }
  }
}

/** Notes the data that columns are filled with, and which of them are tagged. */
function store(target: Target, assigned: Assigned, { findings }: Context): void {
  const { source } = target
  for (const [name, value] of assigned) {
    const columns = source.columns?.filter((column) => name === anyColumn || column.name === name)
    for (const column of columns ?? []) findings.addWritten(column.value)
    const column = name === anyColumn ? undefined : name
    for (const { relation } of target.found) findings.addStore(relation, column, value)
    // Through a view into the tables beneath it.
    for (const base of columns?.flatMap((column) => column.value.bases) ?? []) {
      const at = base.lastIndexOf('.')
      const relation = base.slice(0, at)
      if (relation !== source.relation) findings.addStore(relation, base.slice(at + 1), value)
    }
  }
}

function readTarget({ found }: Target, context: Context): void {
  for (const one of found) readFound(context, one)
}

function assignedNames(targets: readonly unknown[]): string[] {
  return targets.map((target) => textOf(ofType(target, 'ResTarget') ?? {}, 'name'))
}

/** SET: each column with its value. */
function assignTargets(targets: readonly unknown[], context: Context): Assigned {
  const assigned: Assigned = new Map()
  for (const item of targets) {
    const target = ofType(item, 'ResTarget') ?? {}
    const name = textOf(target, 'name')
    const value = unite([
      valueOf(target['val'], context),
      valueOf(listOf(target, 'indirection'), context),
    ])
    assigned.set(name, unite([value, assigned.get(name) ?? nothing]))
  }
  return assigned
}

/** RETURNING: the target's columns with what was just put into them; old and new; the other sources. */
function returned(
  node: Node,
  target: Target,
  assigned: Assigned,
  others: readonly Source[],
  context: Context,
): readonly SourceColumn[] | undefined {
  const clause = childOf(node, 'returningClause')
  if (clause === undefined) return []
  readTarget(target, context)
  const after = { ...target.source, ...columnsAfter(target, assigned, context) }
  const names = { old: 'old', new: 'new' }
  for (const item of listOf(clause, 'options')) {
    const option = ofType(item, 'ReturningOption') ?? {}
    if (textOf(option, 'option') === 'RETURNING_OPTION_NEW') names.new = textOf(option, 'value')
    else names.old = textOf(option, 'value')
  }
  const versions = [names.old, names.new].map((name) => ({ ...after, name, bare: false }))
  const sources = [...(node['sourceRelation'] === undefined ? [] : others)]
  const visible =
    sources.length > 0 ? [...sources, after, ...versions] : [after, ...others, ...versions]
  return targetsOf(listOf(clause, 'exprs'), withSources(context, visible))
}

/** With what the statement, a default or a trigger puts there; in generated columns with anything of that. */
function columnsAfter(
  target: Target,
  assigned: Assigned,
  { findings }: Context,
): Pick<Source, 'columns'> {
  const any = assigned.get(anyColumn) ?? nothing
  const relations = new Set(target.found.map(({ relation }) => relation))
  const put = new Map(assigned)
  const all: Value[] = [...assigned.values()]
  for (const { relation, column = anyColumn, lineage } of findings.stores) {
    findings.spend(1)
    if (!relations.has(relation)) continue
    const value = { ...lineage, bases: [] }
    all.push(value)
    put.set(column, unite([value, put.get(column) ?? nothing]))
  }
  const generated = new Set(
    target.found.flatMap(({ model }) =>
      (model?.columns ?? []).flatMap((column) => (column.generated ? [column.name] : [])),
    ),
  )
  const columns = target.source.columns?.map((column) => {
    const own = generated.has(column.name) ? unite(all) : (put.get(column.name) ?? nothing)
    const value = unite([own, any, put.get(anyColumn) ?? nothing])
    return { ...column, value: mixedWith(column.value, value) }
  })
  return { columns }
}

function withSources(context: Context, sources: readonly Source[]): Context {
  return { ...context, scope: { ...context.scope, sources } }
}

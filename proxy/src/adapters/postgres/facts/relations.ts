/**
 * From the name of a relation to what it is: by the search_path, with its columns, and the data that is in them. Followed
 * through views (views.ts). To from.ts, changes.ts and statements.ts.
 */
import type { CatalogueModel, Column, Relation } from '../catalogue/model.ts'
import { isCatalogueRelation } from './catalogue.ts'
import type { SqlEnvironment, TaggedColumn, TemporaryRelation } from './environment.ts'
import type { Findings } from './findings.ts'
import { generatedValues } from './generated-columns.ts'
import type { Context, Source, SourceColumn, Walker } from './namespace.ts'
import { textOf, type Node } from './node.ts'
import { isSampled, settingColumns } from './sampled-values.ts'
import { isArrayType, shapeOfType } from './types.ts'
import {
  anything,
  changedRow,
  mixedWith,
  nothing,
  unite,
  unitedByPosition,
  withShape,
  type Value,
} from './value.ts'
import { viewOf, type View } from './views.ts'

/** What a name may mean. */
export type Found = {
  /** `schema.relation` */
  readonly relation: string
  readonly model: Relation | undefined
  readonly temporary: TemporaryRelation | undefined
}

/** A relation as something to read from. */
export type Readable = {
  readonly relation: string
  readonly columns: readonly SourceColumn[] | undefined
  /** The value of a column that is not known. */
  readonly open: Value
}

const pathOf = (environment: SqlEnvironment): readonly string[] => {
  const path = environment.searchPath ?? []
  return path.includes('pg_catalog') ? path : ['pg_catalog', ...path]
}

/**
 * All that a possibly unqualified name can mean, the likeliest first; never none. More than one: a temporary relation and
 * the one that it hides, or a search_path that is not known.
 */
export function findRelations(
  environment: SqlEnvironment,
  schema: string,
  name: string,
): readonly Found[] {
  if (schema !== '') {
    const temporary = isTemporarySchema(schema) ? environment.temporary.get(name) : undefined
    if (temporary !== undefined) return [temporaryFound(temporary)]
    return [foundIn(environment, schema, name) ?? unknownFound(schema, name)]
  }
  const found: Found[] = []
  const temporary = environment.temporary.get(name)
  if (temporary !== undefined) found.push(temporaryFound(temporary))
  if (environment.searchPath === undefined) {
    for (const schema of environment.model.schemas) {
      const candidate = foundIn(environment, schema, name)
      if (candidate !== undefined) found.push(candidate)
    }
    return found.length === 0 ? [unknownFound('public', name)] : found
  }
  for (const schema of pathOf(environment)) {
    const candidate = foundIn(environment, schema, name)
    if (candidate === undefined) continue
    found.push(candidate)
    // A login without USAGE of the schema doesn't find it there, but in a later one.
    if (!environment.model.doubtfulSchemas.has(schema)) break
  }
  if (found.length > 0) return found
  return [unknownFound(environment.searchPath.find(isLasting) ?? 'public', name)]
}

const isLasting = (schema: string): boolean => schema !== 'pg_catalog' && schema !== 'pg_temp'
const isTemporarySchema = (schema: string): boolean => /^pg_temp(_\d+)?$/.test(schema)

function foundIn(environment: SqlEnvironment, schema: string, name: string): Found | undefined {
  const relation = `${schema}.${name}`
  const model = environment.model.relationsByName.get(relation)
  // A name with a dot in it may be another's.
  if (model?.schema === schema) return { relation, model, temporary: undefined }
  // The catalogue is not loaded yet: what every PostgreSQL has.
  const own = schema === 'pg_catalog' && isCatalogueRelation(name)
  return own ? { relation, model: undefined, temporary: undefined } : undefined
}

const unknownFound = (schema: string, name: string): Found => ({
  relation: `${schema}.${name}`,
  model: undefined,
  temporary: undefined,
})

const temporaryFound = (temporary: TemporaryRelation): Found => ({
  relation: `pg_temp.${temporary.name}`,
  model: undefined,
  temporary,
})

/** Relations of the name that earlier statements of the text made. */
function madeBefore({ creates }: Findings, schema: string, name: string): Found[] {
  return creates.flatMap((made) => {
    if (made.name !== name) return []
    const its = made.temporary ? 'pg_temp' : made.schema
    if (schema !== '' && its !== undefined && its !== schema) return []
    const columns = made.columns?.map((column) => ({ name: column.name, tags: column.tags }))
    const known = made.columns?.every(({ unknown }) => !unknown) === true
    const temporary = { name, columns: known ? columns : undefined }
    const relation = `${its ?? (schema === '' ? 'public' : schema)}.${name}`
    return [{ relation, model: undefined, temporary }]
  })
}

/** Notes that a text names the relation of a RangeVar, and gives all that it can mean. */
export function mention(context: Context, rangeVar: Node): readonly Found[] {
  const { findings } = context
  const { environment } = findings
  const schema = textOf(rangeVar, 'schemaname')
  const name = textOf(rangeVar, 'relname')
  const found = findRelations(environment, schema, name)
  const made = madeBefore(findings, schema, name)
  // What was made is what is meant, unless making it failed.
  const others = found.filter(
    ({ model, temporary }) => model !== undefined || temporary !== undefined,
  )
  const all = made.length === 0 ? found : [...made, ...others]
  // A path that is not known leaves no doubt about a name that only one relation has.
  const sure = found.length === 1 && found[0]?.model !== undefined
  if (schema === '' && environment.searchPath === undefined && !sure) findings.complete = false
  for (const { relation, model, temporary } of all) {
    findings.relations.add(relation)
    if (model === undefined && temporary === undefined) findings.unknownRelations.add(relation)
  }
  return all
}

/** Notes that a text makes the relation of a RangeVar: not one that has the name already. */
export function noteCreated(rangeVar: Node, { findings }: Context): void {
  const path = findings.environment.searchPath ?? []
  const lasting = path.find(isLasting) ?? 'public'
  const schema = isTemporary(rangeVar) ? 'pg_temp' : textOf(rangeVar, 'schemaname') || lasting
  const relation = `${schema}.${textOf(rangeVar, 'relname')}`
  findings.relations.add(relation)
  findings.writes.add(relation)
}

export function isTemporary(rangeVar: Node): boolean {
  return (
    textOf(rangeVar, 'relpersistence') === 't' || isTemporarySchema(textOf(rangeVar, 'schemaname'))
  )
}

/** The relation of a RangeVar as something to read from; noted as read, with what reading it does. */
export function readRelation(context: Context, rangeVar: Node): Readable {
  const all = mention(context, rangeVar)
  return together(all.map((found) => readFound(context, found)))
}

/** Notes that a relation is read, with what reading it does. */
export function readFound(context: Context, found: Found): Readable {
  const { findings, walker } = context
  findings.reads.add(found.relation)
  findings.effects.add('read')
  if (found.temporary === undefined) {
    findings.addHidden(walker.hidden.readOf(findings.environment, found.relation))
  }
  const view = viewOfFound(context, found)
  if (view !== undefined) findings.addHidden(view.hidden)
  return readableOf(context, found)
}

/** `new` and `old` of a trigger or rule on `schema.relation`. */
export function changedRows(relation: string, context: Context): Source[] {
  const [schema = '', ...name] = relation.split('.')
  const [found] = findRelations(context.findings.environment, schema, name.join('.'))
  const readable = found === undefined ? undefined : readableOf(context, found)
  // What the statement puts there is added by who walks it.
  const columns = readable?.columns?.map((column) => ({
    ...column,
    value: mixedWith(column.value, changedRow),
  }))
  return ['new', 'old'].map((name) => ({
    name,
    relation,
    columns,
    open: anything,
    qualifiable: true,
    bare: false,
  }))
}

/** Its columns, without noting anything, with what earlier statements of the text put into them. */
export function readableOf(context: Context, found: Found): Readable {
  const { findings } = context
  const readable = lastingReadable(context, found)
  const { columns } = readable
  const settings = findings.environment.settingsHoldData === true
  if (columns === undefined || (findings.stores.length === 0 && !settings)) return readable
  const put = new Map<string, Value>()
  for (const { relation, column, lineage } of findings.stores) {
    findings.spend(1)
    const key = `${relation}.${column ?? '*'}`
    put.set(key, unite([{ ...lineage, bases: [] }, put.get(key) ?? nothing]))
  }
  return {
    ...readable,
    columns: columns.map((column) => {
      const values = column.value.bases.flatMap((base) => [
        put.get(base) ?? nothing,
        put.get(`${base.slice(0, base.lastIndexOf('.'))}.*`) ?? nothing,
        settings && settingColumns.has(base) ? { ...anything, bases: [] } : nothing,
      ])
      const value = mixedWith(column.value, unite(values))
      return value === column.value ? column : { ...column, value }
    }),
  }
}

/** Notes that errors may quote these columns: a failing row is shown whole, a duplicate key with its values. */
export function noteQuotable(
  columns: readonly SourceColumn[] | undefined,
  { findings }: Context,
): void {
  if (columns === undefined) findings.unknown = true
  for (const { value } of columns ?? []) findings.addRead([], value.tags, false)
}

function lastingReadable(context: Context, found: Found): Readable {
  const { relation, model, temporary } = found
  if (temporary !== undefined) return temporaryReadable(relation, temporary)
  if (model !== undefined) {
    return { relation, columns: columnsOf(context, model), open: anything }
  }
  const own = relation.startsWith('pg_catalog.') && !relation.includes('stat')
  return { relation, columns: undefined, open: own ? nothing : anything }
}

/** Undefined: it is no view, or one of PostgreSQL's own. */
export function viewOfFound(context: Context, { model }: Found): View | undefined {
  return model?.definition === undefined || isOwn(model)
    ? undefined
    : viewOf(model, context.findings.environment, context.walker)
}

/** PostgreSQL's own views are taken as tables: their definitions call functions of all kinds. */
function isOwn({ schema }: Relation): boolean {
  return schema === 'pg_catalog' || schema === 'information_schema'
}

/** Column by column, what any of them holds. */
function together(all: readonly Readable[]): Readable {
  const [first, ...rest] = all
  if (first === undefined || rest.length === 0)
    return first ?? { relation: '', columns: undefined, open: anything }
  const lists: (readonly SourceColumn[])[] = []
  for (const { columns } of all) {
    const alike =
      columns?.length === first.columns?.length &&
      columns?.every(({ name }, index) => name === first.columns?.[index]?.name)
    if (columns === undefined || alike !== true) {
      return { relation: first.relation, columns: undefined, open: anything }
    }
    lists.push(columns)
  }
  const columns = unitedByPosition(lists).map((column, index) => ({
    ...column,
    reads: {
      columns: lists.flatMap((list) => list[index]?.reads?.columns ?? []),
      tags: lists.flatMap((list) => list[index]?.reads?.tags ?? []),
    },
  }))
  return { relation: first.relation, columns, open: anything }
}

function temporaryReadable(relation: string, temporary: TemporaryRelation): Readable {
  const columns = temporary.columns?.map(({ name, tags }): SourceColumn => {
    const bases = [`${relation}.${name}`]
    return { name, value: { tags, unknown: false, bases }, reads: { columns: bases, tags } }
  })
  return { relation, columns, open: anything }
}

const columnsByModel = new WeakMap<CatalogueModel, Map<number, readonly SourceColumn[]>>()

/** The columns of a relation of the catalogue, made once. */
export function columnsOf(context: Context, relation: Relation): readonly SourceColumn[] {
  const { environment } = context.findings
  const known = columnsByModel.get(environment.model) ?? new Map<number, readonly SourceColumn[]>()
  columnsByModel.set(environment.model, known)
  const found = known.get(relation.oid)
  // What the catalogue does not show yet may change what a view means.
  if (found !== undefined && !environment.uncertain) return found
  const columns = makeColumns(relation, environment, context.walker)
  if (!environment.uncertain) known.set(relation.oid, columns)
  return columns
}

function makeColumns(
  relation: Relation,
  environment: SqlEnvironment,
  walker: Walker,
): readonly SourceColumn[] {
  if (relation.definition !== undefined && !isOwn(relation)) {
    const view = viewOf(relation, environment, walker)
    return relation.columns.map((column, index) =>
      columnOfView(relation, column, view.columns?.[index], environment),
    )
  }
  const columns = relation.columns.map((column) => columnOfTable(relation, column, environment))
  const generated = generatedValues(relation, columns, environment, walker)
  return columns.map((column) => {
    const value = generated.get(column.name)
    if (value === undefined) return column
    const mixed = mixedWith(column.value, { ...value, bases: [] })
    return { ...column, value: mixed, reads: { columns: mixed.bases, tags: mixed.tags } }
  })
}

function columnOfTable(
  relation: Relation,
  column: Column,
  environment: SqlEnvironment,
): SourceColumn {
  const origin = originOf(relation, column)
  const bases = [origin]
  const tags = tagsOf(relation, column)
  const unknown = isSampled(relation, column.name)
  const shape = shapeOfType(environment, column.typeOid, { tags, unknown, bases })
  const value = withShape({ origin, tags, unknown, bases, ...ofType(environment, column) }, shape)
  return { name: column.name, value, reads: { columns: bases, tags } }
}

function columnOfView(
  relation: Relation,
  column: Column,
  inner: SourceColumn | undefined,
  environment: SqlEnvironment,
): SourceColumn {
  const origin = originOf(relation, column)
  const own = tagsOf(relation, column)
  const value = mixedWith(inner?.value ?? anything, { tags: own, unknown: false, bases: [] })
  const bases = value.bases.length === 0 && inner === undefined ? [origin] : value.bases
  const shape = value.shape ?? shapeOfType(environment, column.typeOid, value)
  const reads = inner?.reads ?? { columns: bases, tags: value.tags }
  const { tags, unknown } = value
  return {
    name: column.name,
    value: withShape({ origin, tags, unknown, bases, ...ofType(environment, column) }, shape),
    reads: { columns: reads.columns, tags: [...new Set([...reads.tags, ...own])] },
  }
}

const ofType = (environment: SqlEnvironment, { typeOid }: Column): { array?: true } =>
  isArrayType(environment, typeOid) ? { array: true } : {}

const originOf = (relation: Relation, column: Column): string =>
  `${relation.schema}.${relation.name}.${column.name}`

export function tagsOf(relation: Relation, column: Column): readonly TaggedColumn[] {
  if (column.tag === undefined) return noTags
  const place = column.place ?? originOf(relation, column)
  return [{ place, dataClass: column.tag }, ...(column.otherTags ?? [])]
}

const noTags: readonly TaggedColumn[] = []

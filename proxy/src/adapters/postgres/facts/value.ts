/** Where the value of an expression comes from, while a statement is walked. From expressions.ts, to lineage.ts. Pure. */
import type { TaggedColumn } from './environment.ts'
import type { OutputColumn } from './lineage.ts'

/** A Lineage, and what facts and field selection need besides. */
export type Value = {
  /** `schema.relation.column` if it is that column's, unchanged. */
  readonly origin?: string
  readonly tags: readonly TaggedColumn[]
  readonly unknown: boolean
  /** See Lineage. */
  readonly variable?: 'row' | 'any'
  /** `schema.relation.column` of tables: what it was computed from. */
  readonly bases: readonly string[]
  /** If it is a row, or an array of rows: its fields. `any`: it may be one, of fields that are not known. */
  readonly shape?: Shape
  /** Surely an array, so that unnest gives one column, or those of `shape`. */
  readonly array?: true
}

export type Shape = readonly NamedValue[] | 'any'
export type NamedValue = { readonly name: string; readonly value: Value }

/** A constant, a parameter of the client. */
export const nothing: Value = { tags: [], unknown: false, bases: [] }
/** Of a variable of a routine. */
export const variable: Value = { ...nothing, variable: 'any' }
/** Of the row that a trigger or rule stands for. */
export const changedRow: Value = { ...nothing, variable: 'row' }
export const anything: Value = { tags: [], unknown: true, bases: [], shape: 'any' }

export function isNothing(value: Value): boolean {
  return (
    !value.unknown &&
    value.tags.length === 0 &&
    value.bases.length === 0 &&
    value.variable === undefined
  )
}

/** What is computed from several values: no column's own, no row. */
export function unite(values: readonly Value[]): Value {
  let only: Value | undefined
  let several = false
  for (const value of values) {
    if (isNothing(value) || value === only) continue
    if (only !== undefined) several = true
    only = value
  }
  if (only === undefined) return nothing
  if (!several) return computed(only)
  const tags = new Map<string, TaggedColumn>()
  const bases = new Set<string>()
  let unknown = false
  let varies: Value['variable']
  for (const value of values) {
    unknown ||= value.unknown
    if (varies !== 'any') varies = value.variable ?? varies
    addTagged(tags, value.tags)
    for (const base of value.bases) bases.add(base)
  }
  return withVariable({ tags: [...tags.values()], unknown, bases: [...bases] }, varies)
}

const withVariable = (value: Value, varies: Value['variable']): Value =>
  varies === undefined ? value : { ...value, variable: varies }

/** Each of them once, by its class and place. */
export function addTagged(to: Map<string, TaggedColumn>, tags: readonly TaggedColumn[]): void {
  for (const tag of tags) to.set(`${tag.dataClass} ${tag.place}`, tag)
}

/** The same data, as an expression's and not as a column's. */
export function computed(value: Value): Value {
  if (value.origin === undefined && value.shape === undefined && value.array === undefined) {
    return value
  }
  const { tags, unknown, bases } = value
  return withVariable({ tags, unknown, bases }, value.variable)
}

/** The same data and fields, without an origin. */
export function withoutOrigin(value: Value): Value {
  if (value.origin === undefined) return value
  const { origin: _origin, ...rest } = value
  return rest
}

/** The same value, whose fields are no columns' own any more: they went through a query. */
export function passedOn(value: Value): Value {
  if (value.shape === undefined || value.shape === 'any') return value
  const shape = value.shape.map((field) => ({
    name: field.name,
    value: passedOn(withoutOrigin(field.value)),
  }))
  return { ...value, shape }
}

export function asArray(value: Value): Value {
  return { ...value, array: true }
}

export function withShape(value: Value, shape: Shape | undefined): Value {
  return shape === undefined ? value : { ...value, shape }
}

/** A row of these fields. */
export function rowOf(fields: readonly NamedValue[]): Value {
  return { ...unite(fields.map(({ value }) => value)), shape: fields }
}

/** One of these values, as of CASE: rows of the same number of fields stay rows. */
export function eitherOf(values: readonly Value[]): Value {
  const value = withShape(unite(values), shapeOfEither(values.map(({ shape }) => shape)))
  return values.some(({ array }) => array === true) ? asArray(value) : value
}

function shapeOfEither(shapes: readonly (Shape | undefined)[]): Shape | undefined {
  const rows = shapes.filter((shape) => shape !== undefined)
  const [first] = rows
  if (first === undefined || rows.length === 1) return first
  const columns: (readonly NamedValue[])[] = []
  for (const shape of rows) {
    if (shape === 'any' || shape.length !== first.length) return 'any'
    columns.push(shape)
  }
  return unitedByPosition(columns)
}

/** Lists of equal length, column by column, under the names of the first: as UNION does. */
export function unitedByPosition(lists: readonly (readonly NamedValue[])[]): NamedValue[] {
  const [first = []] = lists
  return first.map(({ name }, index) => ({
    name,
    value: eitherOf(lists.map((list) => list[index]?.value ?? anything)),
  }))
}

/** What it holds and what comes from elsewhere too. Its origin stays: it is still that column's value. */
export function mixedWith(value: Value, other: Value): Value {
  if (isNothing(other)) return value
  const { tags, unknown, bases, variable: varies } = unite([value, other])
  return withVariable({ ...value, tags, unknown, bases }, varies)
}

export function outputOf({ name, value }: NamedValue): OutputColumn {
  const { origin, tags, unknown, bases } = value
  const column = origin === undefined ? { name, tags, unknown } : { name, origin, tags, unknown }
  const isComputed = bases.length > 1 || (bases.length === 1 && bases[0] !== origin)
  const based = isComputed ? { ...column, bases } : column
  return value.variable === undefined ? based : { ...based, variable: value.variable }
}

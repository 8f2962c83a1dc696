/**
 * What to do with each column of a result, decided once per row description, so that a row costs no decision. From
 * RowDescription and the catalogue; used by row-mask.ts and row-stream.ts. Pure.
 */
import { entities } from '@gatetrail/detect'
import type { ColumnDescription } from '@gatetrail/protocols'
import type { Snapshot } from '../catalogue/snapshot.ts'
import { bareName } from './reach.ts'
import { hidesText, shapeOf, type ValueShape } from './column-types.ts'

export const columnActions = {
  pass: 0,
  /** Look for personal data in it. */
  detect: 1,
  /** Mask it whole. */
  mask: 2,
  /** Mask it whole; the type has no mask, so it becomes NULL. */
  nullify: 3,
  /** Policy lets the client see it; the record is masked. */
  reveal: 4,
  /** Passes, and is counted as uninspected. */
  hidden: 5,
} as const

export type RowPlan = {
  readonly actions: Uint8Array
  readonly shapes: readonly ValueShape[]
  readonly binary: readonly boolean[]
  /** schema.relation.column where known, else `result.<column name>`. */
  readonly places: readonly string[]
  /** The data class of a tagged column. */
  readonly dataClasses: readonly string[]
  /** Entities that policy reveals in a column that is inspected. */
  readonly revealed: readonly (ReadonlySet<string> | undefined)[]
  /** Masked because where it comes from is not known: counted as such. */
  readonly unknownLineage: readonly boolean[]
  /** No column needs a look. */
  readonly trivial: boolean
  readonly nullifies: boolean
  /** Values masked, revealed or made NULL whole, by column, since the last `takeCounts`. */
  readonly counts: Int32Array
}

export type PlanInput = {
  columns: readonly ColumnDescription[]
  /** By column; empty: all text; one: all of that format. Undefined: as the columns say. */
  formats: readonly number[] | undefined
  snapshot: Snapshot
  /** Expressions may show tagged data (reach.ts). */
  reaches: boolean
  /** Bare names of relations whose columns may just have been given tagged data (reach.ts). */
  storesInto: ReadonlySet<string>
  /** Views may have been changed by a transaction that the catalogue can't see into. */
  catalogueUncertain: boolean
  reveal(dataClass: string, column: string | undefined): boolean
}

const firstUserOid = 16_384
const textOid = 25
/** Their texts are statements of other sessions, with the values that those wrote or asked for. */
const statementRelations = new Set(['pg_catalog.pg_stat_activity', 'public.pg_stat_statements'])
/** What an expression over unknown columns is called in touches. */
export const unknownClass = 'UNKNOWN'

export function planRow(input: PlanInput): RowPlan {
  const { columns, snapshot } = input
  const actions = new Uint8Array(columns.length)
  const shapes: ValueShape[] = []
  const binary: boolean[] = []
  const places: string[] = []
  const dataClasses: string[] = []
  const revealed: (ReadonlySet<string> | undefined)[] = []
  const unknownLineage: boolean[] = []
  columns.forEach((column, index) => {
    const format = formatOf(input.formats, column, index)
    const shape = shapeOf(column.typeOid, format)
    const tag = snapshot.tagged.get(column.tableOid)?.get(column.attribute)
    const place = tag?.column ?? placeOf(column, snapshot)
    const known = place !== undefined
    const masked = tag === undefined && masksWhole(column, input)
    shapes.push(shape)
    binary.push(format !== 0)
    places.push(place ?? `result.${column.name}`)
    dataClasses.push(tag?.dataClass ?? unknownClass)
    unknownLineage.push(masked)
    revealed.push(undefined)
    if (tag !== undefined && input.reveal(tag.dataClass, tag.column)) {
      actions[index] = columnActions.reveal
    } else if (tag !== undefined || masked) {
      actions[index] =
        shape === 'opaque' || shape === 'unknown' ? columnActions.nullify : columnActions.mask
    } else if (hidesText(column.typeOid, format)) {
      actions[index] = columnActions.hidden
    } else if (shape !== 'opaque') {
      actions[index] = columnActions.detect
      const allowed = entities.filter((entity) => input.reveal(entity, known ? place : undefined))
      if (allowed.length > 0) revealed[index] = new Set(allowed)
    }
  })
  return {
    actions,
    shapes,
    binary,
    places,
    dataClasses,
    revealed,
    unknownLineage,
    trivial: actions.every((action) => action === columnActions.pass),
    nullifies: actions.includes(columnActions.nullify),
    counts: new Int32Array(columns.length),
  }
}

/**
 * Tables of this result that the snapshot doesn't know, or knows by a name that the statement doesn't say (they were
 * renamed since), and that were not asked for yet. `named`: bare names; undefined: the text doesn't tell.
 */
export function unknownTables(
  columns: readonly ColumnDescription[],
  snapshot: Snapshot,
  asked: ReadonlySet<number>,
  named: ReadonlySet<string> | undefined,
): number[] {
  const unknown: number[] = []
  for (const { tableOid } of columns) {
    if (tableOid < firstUserOid || asked.has(tableOid)) continue
    const name = snapshot.relations.get(tableOid)?.name
    if (name === undefined || named?.has(bareName(name)) === false) unknown.push(tableOid)
  }
  return unknown
}

/** Untagged, but it could show tagged data all the same. */
function masksWhole(column: ColumnDescription, input: PlanInput): boolean {
  const { snapshot } = input
  if (snapshot.tagged.size === 0) return false
  if (column.tableOid === 0) return input.reaches
  // A row as one value (select c from customers c) bears the table's OID and no attribute.
  if (column.attribute === 0) return input.reaches || snapshot.tagged.has(column.tableOid)
  if (snapshot.taintedViews.has(column.tableOid)) return true
  const relation = snapshot.relations.get(column.tableOid)
  if (relation === undefined) return column.tableOid >= firstUserOid || input.reaches
  if (statementRelations.has(relation.name) && column.typeOid === textOid) return true
  if (input.storesInto.has(bareName(relation.name))) return true
  return input.catalogueUncertain && relation.kind !== 'r' && relation.kind !== 'p'
}

function placeOf(column: ColumnDescription, snapshot: Snapshot): string | undefined {
  const relation = snapshot.relations.get(column.tableOid)
  // The result's name may be an alias; a tagged relation's columns are known by number.
  if (relation === undefined) return undefined
  return `${relation.name}.${column.name}`
}

function formatOf(
  formats: readonly number[] | undefined,
  column: ColumnDescription,
  index: number,
): number {
  if (formats === undefined) return column.format
  if (formats.length === 0) return 0
  return formats.length === 1 ? formats[0]! : (formats[index] ?? 0)
}

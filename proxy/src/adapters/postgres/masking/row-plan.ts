/**
 * What to do with each column of a result, decided once per row description, so that a row costs no decision. From
 * RowDescription, the lineage of the statement and the catalogue; used by row-mask.ts and row-stream.ts. Pure.
 */
import { wordsOfName } from '@gatetrail/detect'
import type { ColumnDescription } from '@gatetrail/protocols'
import { unreachable } from '@gatetrail/schemas'
import type { Detection } from '../../../detection/detection.ts'
import type { CatalogueModel } from '../catalogue/model.ts'
import type { Snapshot } from '../catalogue/snapshot.ts'
import type { TaggedColumn } from '../facts/environment.ts'
import { columnSource, type ColumnSource, type SourceInput } from './column-source.ts'
import { shapeOf, type ValueShape } from './column-types.ts'
import type { FindingRules } from './find-in-value.ts'
import { maskOfType } from './masks/mask-of-type.ts'
import { toNull, type ValueMask } from './masks/value-mask.ts'
import { revealsAll } from './reach-revealed.ts'
import { bareName } from './reach.ts'

export const columnActions = {
  pass: 0,
  /** Look for personal data in it. */
  detect: 1,
  /** Mask it whole. */
  mask: 2,
  /** Policy lets the client see it; the record is masked. */
  reveal: 3,
} as const

/** By column. */
export type RowPlan = {
  readonly actions: Uint8Array
  readonly shapes: readonly ValueShape[]
  readonly binary: readonly boolean[]
  /** For a value that is masked whole, for the client or in the record. */
  readonly masks: readonly ValueMask[]
  /** For a value in which personal data is looked for. */
  readonly rules: readonly FindingRules[]
  /** What a value that is masked or revealed whole counts as. */
  readonly sources: readonly (readonly TaggedColumn[])[]
  /** Masked because where it comes from is not known: counted as such. */
  readonly unknownLineage: readonly boolean[]
  /** No column needs a look. */
  readonly trivial: boolean
  /** Values masked or revealed whole since the last `takeCounts`. */
  readonly counts: Int32Array
}

export type PlanInput = SourceInput & {
  columns: readonly ColumnDescription[]
  /** By column; empty: all text; one: all of that format. Undefined: as the columns say. */
  formats: readonly number[] | undefined
  reveal(dataClass: string, column: string | undefined): boolean
  detection: Detection
}

const firstUserOid = 16_384

export function planRow(input: PlanInput): RowPlan {
  const { columns, snapshot } = input
  const { model } = snapshot
  const actions = new Uint8Array(columns.length)
  const shapes: ValueShape[] = []
  const binary: boolean[] = []
  const masks: ValueMask[] = []
  const rules: FindingRules[] = []
  const sources: (readonly TaggedColumn[])[] = []
  const unknownLineage: boolean[] = []
  columns.forEach((column, index) => {
    const format = formatOf(input.formats, column, index)
    const shape = shapeOf(column.typeOid, format, model)
    const source = columnSource(index, column, input)
    const place = placeOf(column, snapshot)
    const action = actionOf(source, shape, input)
    actions[index] = action
    shapes.push(shape)
    binary.push(format !== 0)
    const masked = action === columnActions.mask || action === columnActions.reveal
    masks.push(
      masked ? maskOfType(column.typeOid, format, model, !isOwn(source, column, model)) : toNull,
    )
    const finds = action === columnActions.detect
    const allowed = finds
      ? input.detection.entities.filter((entity) => input.reveal(entity, place))
      : []
    rules.push({
      place: place ?? `result.${column.name}`,
      revealed: allowed.length > 0 ? new Set(allowed) : undefined,
      types: model,
      detection: input.detection,
      names: finds ? wordsOfName(column.name) : [],
    })
    const tags = source.kind === 'untagged' ? [] : source.tags
    sources.push(tags.length > 0 ? tags : unknownSource(place, column))
    unknownLineage.push(source.kind === 'unknown')
  })
  return {
    actions,
    shapes,
    binary,
    masks,
    rules,
    sources,
    unknownLineage,
    trivial: actions.every((action) => action === columnActions.pass),
    counts: new Int32Array(columns.length),
  }
}

/** A value as it lies in the tagged column itself: not computed, nor put there from another column. */
function isOwn(
  source: ColumnSource,
  { tableOid, attribute }: ColumnDescription,
  { relationsByOid }: CatalogueModel,
): boolean {
  const relation = relationsByOid.get(tableOid)
  const own = relation?.columns.find((column) => column.attribute === attribute)
  if (source.kind !== 'tagged' || relation === undefined || own === undefined) return false
  const place = `${relation.schema}.${relation.name}.${own.name}`
  return relation.kind !== 'v' && source.tags.every((tag) => tag.place === place)
}

function actionOf(source: ColumnSource, shape: ValueShape, input: PlanInput): number {
  switch (source.kind) {
    case 'untagged':
      return shape === 'opaque' ? columnActions.pass : columnActions.detect
    case 'tagged':
      return source.tags.every(({ dataClass, place }) => input.reveal(dataClass, place))
        ? columnActions.reveal
        : columnActions.mask
    case 'unknown':
      return revealsAll(input) ? columnActions.reveal : columnActions.mask
    default:
      return unreachable(source)
  }
}

/** What an expression over unknown columns is called in touches. */
const unknownClass = 'UNKNOWN'

function unknownSource(place: string | undefined, { name }: ColumnDescription): TaggedColumn[] {
  return [{ place: place ?? `result.${name}`, dataClass: unknownClass }]
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

function placeOf(column: ColumnDescription, snapshot: Snapshot): string | undefined {
  const tag = snapshot.tagged.get(column.tableOid)?.get(column.attribute)
  if (tag !== undefined) return tag.column
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

/**
 * What to do with each column of a result, decided once per row description, so that a row costs no decision. From
 * RowDescription, the lineage of the statement and the catalogue; used by row-mask.ts and row-stream.ts. Pure.
 */
import { sameLength, wordsOfName, type EntityMask, type ValuesAhead } from '@gatetrail/detect'
import type { ColumnDescription } from '@gatetrail/protocols'
import { unreachable, type TouchLevel } from '@gatetrail/schemas'
import type { Detection } from '../../../detection/detection.ts'
import type { CatalogueModel } from '../catalogue/model.ts'
import type { Snapshot } from '../catalogue/snapshot.ts'
import type { TaggedColumn } from '../facts/environment.ts'
import type { Ballot, ColumnGuess } from './ballot.ts'
import { columnAt, isNumber, type ColumnKnowledge, type ResultColumn } from './column-knowledge.ts'
import {
  columnSource,
  fittingLineage,
  type ColumnSource,
  type SourceInput,
} from './column-source.ts'
import { shapeOf, type ValueShape } from './column-types.ts'
import { answersOf, type FindingRules } from './find-in-value.ts'
import { JsonFindings } from './json-findings.ts'
import { jsonValuesMask } from './masks/json-values.ts'
import { maskOfTags } from './masks/mask-of-tags.ts'
import { elementOf, maskOfType } from './masks/mask-of-type.ts'
import { toNull, type ValueMask } from './masks/value-mask.ts'
import { revealsAll } from './reach-revealed.ts'
import { bareName } from './reach.ts'
import { valueForms, type ValueForm } from './touched-values.ts'

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
  /** How sure it is that a value which is masked or revealed whole is one: `possible` where it is not known where it comes from. */
  readonly levels: readonly TouchLevel[]
  /** How a value lies there whose fingerprint is kept; undefined: it is computed from others, or of a form that is not read. */
  readonly forms: readonly (ValueForm | undefined)[]
  /** Columns whose values are still counted, to find out what they hold. Undefined: there are none. */
  readonly ballots: readonly (Ballot | undefined)[] | undefined
  /** No column needs a look. */
  readonly trivial: boolean
  /** Where personal data is looked for in more than one text: for all of a row at once then. Undefined: in fewer. */
  readonly ahead: ValuesAhead | undefined
}

export type PlanInput = SourceInput & {
  columns: readonly ColumnDescription[]
  /** By column; empty: all text; one: all of that format. Undefined: as the columns say. */
  formats: readonly number[] | undefined
  reveal(dataClass: string, column: string | undefined): boolean
  knowledge: ColumnKnowledge
  /** It may show what somebody has stored: what it says of itself, or PostgreSQL of its own, is nobody's. */
  showsStored: boolean
  /** Of columns of this statement that are none of a relation; see `ballotKey`. */
  ballots: Map<string, Ballot>
}

const firstUserOid = 16_384

export function planRow(input: PlanInput): RowPlan {
  const { columns, snapshot } = input
  const { detection } = input.knowledge
  const { model } = snapshot
  const lineage = fittingLineage(input)
  const names = columns.map(({ name }) => name)
  const actions = new Uint8Array(columns.length)
  const shapes: ValueShape[] = []
  const binary: boolean[] = []
  const masks: ValueMask[] = []
  const rules: FindingRules[] = []
  const sources: (readonly TaggedColumn[])[] = []
  const levels: TouchLevel[] = []
  const forms: (ValueForm | undefined)[] = []
  const ballots: (Ballot | undefined)[] = []
  columns.forEach((column, index) => {
    const format = formatOf(input.formats, column, index)
    const shape = shapeOf(column.typeOid, format, model)
    const source = columnSource(column, lineage?.[index], input)
    const place = placeOf(column, snapshot)
    const result = { column, output: lineage?.[index], names }
    const told = decide(source, result, index, place, input)
    const isOwn = told.kind !== 'unknown' && isOwnValue(told.tags, result, model)
    const action = actionOf(told, shape, input)
    actions[index] = action
    shapes.push(shape)
    binary.push(format !== 0)
    // What is revealed is masked in the record alone: there nothing of it stays.
    const style =
      action === columnActions.mask ? maskOfTags(detection.masking, told.tags) : undefined
    masks.push(
      maskOfGuess(told, shape, style, detection) ??
        (told.kind === 'untold'
          ? toNull
          : maskOfType(column.typeOid, format, model, !isOwn, style)),
    )
    rules.push({
      place: place ?? `result.${column.name}`,
      reveals: answersOf((entity) => input.reveal(entity, place)),
      types: model,
      detection,
      masking: column.tableOid === 0 ? detection.masking.forComputed : detection.masking,
      options: { names: input.showsStored ? namesOf(result) : [] },
    })
    sources.push(told.tags)
    levels.push(told.level)
    forms.push(isOwn || told.kind === 'guessed' ? formOf(column.typeOid, format, shape) : undefined)
    ballots.push(told.kind === 'untold' ? ballotOf(index, result, format, input) : undefined)
  })
  return {
    actions,
    shapes,
    binary,
    masks,
    rules,
    sources,
    levels,
    forms,
    ballots: ballots.some((ballot) => ballot !== undefined) ? ballots : undefined,
    trivial: actions.every((action) => action === columnActions.pass),
    ahead: detection.ahead.isOfUse && textsIn(actions, shapes) > 1 ? detection.ahead : undefined,
  }
}

/** How many texts are looked at for personal data. */
export function textsIn(actions: Uint8Array, shapes: readonly ValueShape[]): number {
  return shapes.filter((shape, column) => shape === 'text' && actions[column] === columnActions.detect).length // prettier-ignore
}

/** What a column holds as a whole. */
type Told = {
  readonly kind: 'tagged' | 'guessed' | 'unknown' | 'untold'
  readonly tags: readonly TaggedColumn[]
  readonly level: TouchLevel
  /** Some of it may be a number. */
  readonly numbers?: boolean
}

/** Of a document that may hold known columns, its form stays; undefined: of other values as of tagged ones. */
export function maskOfGuess(
  { kind, numbers = false }: Pick<Told, 'kind' | 'numbers'>,
  shape: ValueShape,
  style: EntityMask | undefined,
  detection: Detection,
): ValueMask | undefined {
  if (kind !== 'guessed' || (style !== undefined && style.style !== 'same_length')) return undefined
  if (shape !== 'json' && shape !== 'json_binary') return undefined
  const version = shape === 'json' ? 0 : 1
  const mask = jsonValuesMask(numbers, version)
  if (numbers) return mask
  // A number that is a card's is none of the known columns.
  return (bytes, start, end) => {
    const first = Math.min(start + version, end)
    const spans = detection.find(bytes, first, end)
    if (spans.length > 0) new JsonFindings(sameLength).mask(bytes, first, end, spans)
    return mask(bytes, start, end)
  }
}

/** A tag first, then what name, type and earlier values say. */
function decide(
  source: ColumnSource,
  result: ResultColumn,
  index: number,
  place: string | undefined,
  input: PlanInput,
): Told {
  switch (source.kind) {
    case 'tagged':
      return { kind: 'tagged', tags: source.tags, level: 'certain' }
    case 'unknown': {
      const tags = source.tags.length > 0 ? source.tags : unknownSource(place, result.column)
      return { kind: 'unknown', tags, level: 'possible' }
    }
    case 'untagged': {
      const guesses = guessesOf(result, index, input)
      if (guesses.length === 0) return untold
      const numbers = guesses.some(({ typeOid }) => isNumber(typeOid))
      return { kind: 'guessed', tags: guesses.map(({ tag }) => tag), level: 'likely', numbers }
    }
    default:
      return unreachable(source)
  }
}

const untold: Told = { kind: 'untold', tags: [], level: 'likely' }

function guessesOf(
  result: ResultColumn,
  index: number,
  { knowledge, snapshot, ballots, showsStored }: PlanInput,
): readonly ColumnGuess[] {
  if (!showsStored) return []
  const guesses = knowledge.ofResult(result, snapshot)
  if (guesses.length > 0) return guesses
  const decided = ballots.get(ballotKey(index, result.column))?.decided
  return decided === undefined ? [] : [decided]
}

/** bigint, in which numbers of cards and accounts may stand. */
const bigintOid = 20

/** Where the values of this column are counted; undefined: they tell nothing, or it is known what they are. */
function ballotOf(
  index: number,
  { column, output }: ResultColumn,
  format: number,
  { knowledge, snapshot, ballots, showsStored }: PlanInput,
): Ballot | undefined {
  const { detection } = knowledge
  const { model } = snapshot
  if (!showsStored || !detection.columns) return undefined
  const { tableOid, attribute, name, typeOid } = column
  const readable = shapeOf(typeOid, format, model) === 'text' && elementOf(typeOid, model) === undefined // prettier-ignore
  if (!readable && (typeOid !== bigintOid || format !== 0)) return undefined
  const relation = model.relationsByOid.get(tableOid)
  const real =
    relation === undefined
      ? output?.origin === undefined
        ? undefined
        : columnAt(output.origin, model)
      : { relation, attribute }
  let ballot = real && knowledge.ballotOf(real.relation, real.attribute, model)
  if (real === undefined && (tableOid === 0 || tableOid >= firstUserOid)) {
    const key = ballotKey(index, column)
    ballot = ballots.get(key)
    if (ballot === undefined) {
      ballot = knowledge.ballotFor({ name, typeOid, place: `result.${name}` }, model)
      ballots.set(key, ballot)
    }
  }
  return ballot?.closed === false ? ballot : undefined
}

/** The same statement may have another result later. */
function ballotKey(index: number, { name, typeOid }: ColumnDescription): string {
  return `${index} ${typeOid} ${name}`
}

/** Words of the name that the statement gives it, and of that of its column. */
function namesOf({ column, output }: ResultColumn): string[] {
  const origin = output?.origin === undefined ? '' : bareName(output.origin)
  return wordsOfName(origin === '' || origin === column.name ? column.name : `${column.name} ${origin}`) // prettier-ignore
}

/** A value as it lies in the column that told what it is: not computed, nor put there from another column. */
function isOwnValue(
  tags: readonly TaggedColumn[],
  { column: { tableOid, attribute } }: ResultColumn,
  { relationsByOid }: CatalogueModel,
): boolean {
  const relation = relationsByOid.get(tableOid)
  const own = relation?.columns.find((column) => column.attribute === attribute)
  if (tags.length === 0 || relation === undefined || own === undefined) return false
  const place = `${relation.schema}.${relation.name}.${own.name}`
  return relation.kind !== 'v' && tags.every((tag) => tag.place === place)
}

function actionOf({ kind, tags }: Told, shape: ValueShape, input: PlanInput): number {
  switch (kind) {
    case 'untold':
      return shape === 'opaque' ? columnActions.pass : columnActions.detect
    case 'tagged':
    case 'guessed':
      return tags.every(({ dataClass, place }) => input.reveal(dataClass, place))
        ? columnActions.reveal
        : columnActions.mask
    case 'unknown':
      return revealsAll(input) ? columnActions.reveal : columnActions.mask
    default:
      return unreachable(kind)
  }
}

/** smallint, integer, bigint. */
const integerOids = new Set([21, 23, 20])
const dateOid = 1082
const uuidOid = 2950

/** How a value of this type lies there, if its text is easily told. */
export function formOf(typeOid: number, format: number, shape: ValueShape): ValueForm | undefined {
  if (format === 0 || shape === 'text') return valueForms.text
  if (integerOids.has(typeOid)) return valueForms.integer
  if (typeOid === dateOid) return valueForms.date
  return typeOid === uuidOid ? valueForms.uuid : undefined
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

/** What to do with each column of a COPY, decided when it begins. From its lineage and the catalogue. Pure. */
import { sameLength, wordsOfName, type Masking } from '@gatetrail/detect'
import type { TouchLevel } from '@gatetrail/schemas'
import type { CatalogueModel, Column, Relation } from '../catalogue/model.ts'
import type { Snapshot } from '../catalogue/snapshot.ts'
import type { CopyDescription } from '../facts/copy.ts'
import type { TaggedColumn } from '../facts/environment.ts'
import type { OutputColumn } from '../facts/lineage.ts'
import type { Ballot, ColumnGuess } from './ballot.ts'
import { columnAt, isNumber, type ColumnKnowledge } from './column-knowledge.ts'
import { shapeOf, type ValueShape } from './column-types.ts'
import { copyFormat, type CopyFormat } from './copy-format.ts'
import { answersOf, type FindingRules } from './find-in-value.ts'
import { maskOfTags } from './masks/mask-of-tags.ts'
import { maskOfType } from './masks/mask-of-type.ts'
import { always, starsOnly, toNull, type ValueMask } from './masks/value-mask.ts'
import { revealsAll } from './reach-revealed.ts'
import { formOf, maskOfGuess } from './row-plan.ts'
import type { ValueForm } from './touched-values.ts'

export type CopyColumn = {
  readonly action: 'pass' | 'detect' | 'mask' | 'reveal'
  readonly mask: ValueMask
  readonly shape: ValueShape
  readonly rules: FindingRules
  readonly sources: readonly TaggedColumn[]
  readonly level: TouchLevel
  /** How a value lies there whose fingerprint is kept; undefined: it is of none. */
  readonly form: ValueForm | undefined
  /** Its values are still counted, to find out what it holds. */
  readonly ballot: Ballot | undefined
}

export type CopyPlan = {
  readonly format: CopyFormat
  readonly columns: readonly CopyColumn[]
  /** Of columns beyond those. */
  readonly further: CopyColumn
}

export type CopyPlanInput = {
  copy: CopyDescription | undefined
  /** What the target says of it as it begins. */
  response: { binary: boolean; columns: number }
  /** Undefined: can't be told. */
  lineage: readonly OutputColumn[] | undefined
  snapshot: Snapshot
  /** The statement could bring tagged data here. */
  mayHoldTagged: boolean
  reveal(dataClass: string, column: string | undefined): boolean
  knowledge: ColumnKnowledge
  /** It may show what somebody has stored. */
  showsStored: boolean
}

const textOid = 25
/** What columns are called of which nothing is known. */
const unknownClass = 'UNKNOWN'

export function copyPlan(input: CopyPlanInput): CopyPlan {
  const { copy, response, snapshot } = input
  const format = copyFormat(copy, response.binary)
  const place = `copy.${copy?.relation ?? 'query'}`
  const lineage = input.lineage ?? (copy === undefined ? undefined : columnsOfTable(copy, snapshot))
  const told = lineage?.length === response.columns ? lineage : undefined
  const tagged = snapshot.tagged.size > 0 && input.mayHoldTagged
  const unknown: OutputColumn = { name: '', tags: [], unknown: true }
  const untold: OutputColumn = { name: '', tags: [], unknown: tagged }
  const columnOf = (output: OutputColumn): CopyColumn => copyColumn(output, format, place, input)
  return {
    format,
    columns: Array.from({ length: response.columns }, (_, index) =>
      columnOf(told?.[index] ?? untold),
    ),
    further: columnOf(snapshot.tagged.size > 0 ? unknown : untold),
  }
}

function copyColumn(
  output: OutputColumn,
  format: CopyFormat,
  copyPlace: string,
  input: CopyPlanInput,
): CopyColumn {
  const { detection } = input.knowledge
  const { model } = input.snapshot
  const binary = format.format === 'binary' ? 1 : 0
  const type = output.origin === undefined ? undefined : typeAt(output.origin, model)
  const shape = type !== undefined ? shapeOf(type, binary, model) : binary === 1 ? 'bytes' : 'text'
  const place = output.origin ?? copyPlace
  const guesses = output.unknown || output.tags.length > 0 ? [] : guessesOf(output, type, input)
  const isGuessed = guesses.length > 0
  const told = {
    kind: isGuessed ? ('guessed' as const) : ('tagged' as const),
    numbers: guesses.some((guess) => isNumber(guess.typeOid)),
  }
  const tags = isGuessed ? guesses.map(({ tag }) => tag) : output.tags
  const own = tags.length > 0 && tags.every((tag) => tag.place === output.origin)
  const action = actionOf({ tags, unknown: output.unknown }, shape, input)
  const untyped = binary === 1 ? toNull : maskByLook
  const style = action === 'mask' ? maskOfTags(detection.masking, tags) : undefined
  return {
    action,
    mask: maskOfGuess(told, shape, style, detection) ?? (type === undefined ? untyped : maskOfType(type, binary, model, !own, style)), // prettier-ignore
    shape,
    rules: {
      place,
      reveals: answersOf((entity) => input.reveal(entity, output.origin)),
      types: model,
      detection,
      masking: findingMasking(format, output, detection.masking),
      options: { names: wordsOfName(output.name) },
    },
    sources: tags.length > 0 ? tags : [{ place, dataClass: unknownClass }],
    level: output.unknown ? 'possible' : isGuessed ? 'likely' : 'certain',
    form: type === undefined || !own ? undefined : formOf(type, binary, shape),
    ballot: action === 'detect' && shape === 'text' ? ballotOf(output, input) : undefined,
  }
}

/** Where one of its marks could be a character of a mask, only the length stays. */
function findingMasking(
  { delimiter, quote, escape }: CopyFormat,
  { origin }: OutputColumn,
  masking: Masking,
): Masking {
  const marks = String.fromCharCode(delimiter, quote, escape)
  if (/[\w*[\]]/.test(marks)) return sameLength
  return origin === undefined ? masking.forComputed : masking
}

function guessesOf(
  output: OutputColumn,
  typeOid: number | undefined,
  { knowledge, snapshot, showsStored }: CopyPlanInput,
): readonly ColumnGuess[] {
  if (!showsStored) return []
  const { name } = output
  const column = { name, tableOid: 0, attribute: 0, typeOid: typeOid ?? textOid, format: 0 }
  return knowledge.ofResult({ column, output, names: [] }, snapshot)
}

function ballotOf(
  { origin }: OutputColumn,
  { knowledge, snapshot: { model } }: CopyPlanInput,
): Ballot | undefined {
  const real = origin === undefined ? undefined : columnAt(origin, model)
  const ballot = real && knowledge.ballotOf(real.relation, real.attribute, model)
  return ballot?.closed === false ? ballot : undefined
}

function actionOf(
  { tags, unknown }: Pick<OutputColumn, 'tags' | 'unknown'>,
  shape: ValueShape,
  input: CopyPlanInput,
): CopyColumn['action'] {
  if (unknown) return revealsAll(input) ? 'reveal' : 'mask'
  if (tags.length === 0) return shape === 'opaque' ? 'pass' : 'detect'
  const revealed = tags.every(({ dataClass, place }) => input.reveal(dataClass, place))
  return revealed ? 'reveal' : 'mask'
}

const zero = always('0')

/** A value of which the type is not known: a number stays one. */
const maskByLook: ValueMask = (bytes, start, end) => {
  let at = bytes[start] === 0x2d ? start + 1 : start
  const first = at
  while (at < end && ((bytes[at]! >= 0x30 && bytes[at]! <= 0x39) || bytes[at] === 0x2e)) at++
  return (at === end && at > first ? zero : starsOnly)(bytes, start, end)
}

/** The columns of COPY relation [(columns)] in their order; undefined if that can't be told. */
export function columnsOfTable(
  copy: CopyDescription,
  { model }: Snapshot,
): OutputColumn[] | undefined {
  if (copy.relation === undefined) return undefined
  const relation = model.relationsByName.get(copy.relation)
  if (relation === undefined || (relation.kind !== 'r' && relation.kind !== 'p')) return undefined
  // Without a list generated columns are left out.
  const columns: (Column | undefined)[] =
    copy.columns?.map((name) => relation.columns.find((column) => column.name === name)) ??
    relation.columns.filter(({ generated }) => !generated)
  return columns.map((column) => outputOf(relation, column))
}

function outputOf({ schema, name }: Relation, column: Column | undefined): OutputColumn {
  if (column === undefined) return { name: '', tags: [], unknown: true }
  const origin = `${schema}.${name}.${column.name}`
  const { tag } = column
  const tags = tag === undefined ? [] : [{ place: column.place ?? origin, dataClass: tag }]
  return { name: column.name, origin, tags, unknown: false }
}

/** A name with dots in it finds nothing, or another's type: then the value becomes NULL or keeps its look. */
function typeAt(origin: string, model: CatalogueModel): number | undefined {
  const found = columnAt(origin, model)
  return found?.relation.columns.find(({ attribute }) => attribute === found.attribute)?.typeOid
}

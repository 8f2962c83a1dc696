/**
 * Where the values of a result's column come from: what RowDescription says of a tagged column stands; else the lineage of
 * the statement counts, if it fits; what can't be told may be anything. From row-plan.ts. Pure.
 */
import type { ColumnDescription } from '@gatetrail/protocols'
import type { Snapshot } from '../catalogue/snapshot.ts'
import type { TaggedColumn } from '../facts/environment.ts'
import type { OutputColumn } from '../facts/lineage.ts'

export type ColumnSource =
  | { readonly kind: 'untagged' }
  | { readonly kind: 'tagged'; readonly tags: readonly TaggedColumn[] }
  /** It may hold data of any column; of these for sure. */
  | { readonly kind: 'unknown'; readonly tags: readonly TaggedColumn[] }

export type SourceInput = {
  columns: readonly ColumnDescription[]
  snapshot: Snapshot
  /** Of the part of the statement that this result answers; undefined: can't be told. */
  lineage: readonly OutputColumn[] | undefined
  /** The statement changes rows: what it returns of a column may be what it has just put there. */
  writes: boolean
}

/** Tables of PostgreSQL's own hold samples and texts of others. */
const firstUserOid = 16_384
const untagged: ColumnSource = { kind: 'untagged' }
const unknown: ColumnSource = { kind: 'unknown', tags: [] }
/** `output`: the column's lineage, if that of the whole result fits ({@link fittingLineage}). */
export function columnSource(
  column: ColumnDescription,
  output: OutputColumn | undefined,
  input: SourceInput,
): ColumnSource {
  const { snapshot } = input
  const tags = tagsAt(column.tableOid, column.attribute, snapshot)
  if (tags.length > 0) return { kind: 'tagged', tags }
  if (snapshot.tagged.size === 0) return untagged
  if (output !== undefined && !output.unknown && !contradicts(output, column, snapshot)) {
    return output.tags.length === 0 ? untagged : { kind: 'tagged', tags: output.tags }
  }
  if (output !== undefined && output.tags.length > 0) return { kind: 'unknown', tags: output.tags }
  return isOfTable(column, snapshot) && !input.writes ? untagged : unknown
}

/** All tags of a column: one for itself, more for what was stored into it. */
export function tagsAt(
  tableOid: number,
  attribute: number,
  { tagged, model }: Snapshot,
): readonly TaggedColumn[] {
  const tag = tagged.get(tableOid)?.get(attribute)
  if (tag === undefined) return noTags
  const { columns = [] } = model.relationsByOid.get(tableOid) ?? {}
  const more = columns.find((column) => column.attribute === attribute)?.otherTags ?? noTags
  return [{ place: tag.column, dataClass: tag.dataClass }, ...more]
}

const noTags: readonly TaggedColumn[] = []

/** The lineage of the statement, if the answer has the columns that it tells of. */
export function fittingLineage({
  columns,
  lineage,
}: Pick<SourceInput, 'columns' | 'lineage'>): readonly OutputColumn[] | undefined {
  return fits(columns, lineage) ? lineage : undefined
}

/** Names in PostgreSQL are cut at 63 bytes. */
const nameBytesMax = 63

/** One column each, of the same name as far as we can compare: in another encoding letters are other bytes. */
function fits(
  columns: readonly ColumnDescription[],
  lineage: readonly OutputColumn[] | undefined,
): lineage is readonly OutputColumn[] {
  return (
    lineage !== undefined &&
    columns.length === lineage.length &&
    columns.every(({ name }, index) => {
      const expected = lineage[index]!.name
      if (!isAscii(expected)) return true
      // SHOW answers with a setting's own spelling: datestyle is DateStyle.
      return name.toLowerCase() === expected.slice(0, nameBytesMax).toLowerCase()
    })
  )
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false
  return true
}

/** The target answers with a column of another table than the text seemed to mean: one that was renamed since. */
function contradicts(
  { origin }: OutputColumn,
  { tableOid, attribute }: ColumnDescription,
  { model }: Snapshot,
): boolean {
  const relation = model.relationsByOid.get(tableOid)
  if (origin === undefined || (relation?.kind !== 'r' && relation?.kind !== 'p')) return false
  const column = relation.columns.find((candidate) => candidate.attribute === attribute)
  return column !== undefined && origin !== `${relation.schema}.${relation.name}.${column.name}`
}

/** The target itself says so: a plain column of a table that is known, and that no session has for itself. */
function isOfTable({ tableOid, attribute }: ColumnDescription, { model }: Snapshot): boolean {
  const relation = model.relationsByOid.get(tableOid)
  if (relation === undefined || attribute <= 0 || tableOid < firstUserOid) return false
  return relation.kind === 'r' || relation.kind === 'p'
}

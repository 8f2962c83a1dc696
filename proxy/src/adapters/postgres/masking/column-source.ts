/**
 * Where the values of a result's column come from: what RowDescription says of a tagged column stands; else the lineage of
 * the statement counts, if it fits; what can't be told may be anything. From row-plan.ts. Pure.
 */
import type { ColumnDescription } from '@gatetrail/protocols'
import type { Snapshot } from '../catalogue/snapshot.ts'
import type { TaggedColumn } from '../facts/environment.ts'
import type { OutputColumn } from '../facts/lineage.ts'
import { bareName } from './reach.ts'

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
  /** Expressions may show tagged data (reach.ts). */
  reaches: boolean
  /** Bare names of relations whose columns may just have been given tagged data (reach.ts). */
  storesInto: ReadonlySet<string>
  /** Views may have been changed by a transaction that the catalogue can't see into. */
  catalogueUncertain: boolean
}

const untagged: ColumnSource = { kind: 'untagged' }
const unknown: ColumnSource = { kind: 'unknown', tags: [] }
const firstUserOid = 16_384
const textOid = 25
/** Their texts are statements of other sessions, with the values that those wrote or asked for. */
const statementRelations = new Set(['pg_catalog.pg_stat_activity', 'public.pg_stat_statements'])

export function columnSource(
  index: number,
  column: ColumnDescription,
  input: SourceInput,
): ColumnSource {
  const { snapshot, lineage } = input
  const tag = snapshot.tagged.get(column.tableOid)?.get(column.attribute)
  if (tag !== undefined) {
    return { kind: 'tagged', tags: [{ place: tag.column, dataClass: tag.dataClass }] }
  }
  if (snapshot.tagged.size === 0) return untagged
  if (lineage === undefined) return masksWhole(column, input) ? unknown : untagged
  const output = fits(input.columns, lineage) ? lineage[index] : undefined
  if (output === undefined) return unknown
  if (output.tags.length > 0)
    return { kind: output.unknown ? 'unknown' : 'tagged', tags: output.tags }
  if (output.unknown) return unknown
  return input.catalogueUncertain && !isOfTable(column, snapshot) ? unknown : untagged
}

/** Names in PostgreSQL are cut at 63 bytes. */
const nameBytesMax = 63

/** One column each, of the same name as far as we can compare: in another encoding letters are other bytes. */
function fits(columns: readonly ColumnDescription[], lineage: readonly OutputColumn[]): boolean {
  return (
    columns.length === lineage.length &&
    columns.every(({ name }, index) => {
      const expected = lineage[index]!.name
      if (name === expected || !isAscii(expected)) return true
      return expected.length > nameBytesMax && name === expected.slice(0, nameBytesMax)
    })
  )
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false
  return true
}

/** A plain column of a table: what a definition in this transaction may have changed does not come between. */
function isOfTable(column: ColumnDescription, snapshot: Snapshot): boolean {
  const kind = snapshot.relations.get(column.tableOid)?.kind
  return column.attribute > 0 && (kind === 'r' || kind === 'p')
}

/** Untagged, but it could show tagged data all the same. */
function masksWhole(column: ColumnDescription, input: SourceInput): boolean {
  const { snapshot } = input
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

/** Which COPY can be inspected, and how. From the description of a statement and the catalogue. Pure. */
import type { CopyDescription } from '../facts/copy.ts'
import type { Snapshot } from '../catalogue/snapshot.ts'
import type { CopyColumn, CopyPlan } from './copy-out-mask.ts'
import { bareName, type TagReach } from './reach.ts'

const tab = 0x09

/**
 * Why this COPY may not pass, for the client; undefined if it may. On a connection with tagged columns, what may hold
 * tagged data must come in a format in which we know its columns.
 */
export function copyRefusal(
  copy: CopyDescription,
  snapshot: Snapshot,
  reach: TagReach,
): string | undefined {
  if (copy.direction === 'in' || copy.toProgramOrFile || snapshot.tagged.size === 0)
    return undefined
  if (copy.query) {
    return reach.reaches || reach.mentions
      ? 'COPY of a query over relations with tagged columns cannot be inspected'
      : undefined
  }
  if (!reach.mentions) return undefined
  if (copy.format !== 'text') {
    return `COPY in ${copy.format} format of a relation with tagged columns cannot be inspected`
  }
  // The target escapes a delimiter within a value: a letter would tell how often the value has it.
  const unusual =
    copy.unknownOption ||
    copy.encoding !== undefined ||
    copy.nullText !== undefined ||
    (copy.delimiter !== undefined && !/^[^A-Za-z0-9]$/.test(copy.delimiter))
  if (unusual)
    return 'COPY of a relation with tagged columns cannot be inspected with these options'
  return copyColumns(copy, snapshot) === undefined
    ? 'the columns of this COPY are not known'
    : undefined
}

export const copyHint =
  'Use COPY relation (columns) TO STDOUT in text format, or SELECT the columns.'

export function copyPlan(
  copy: CopyDescription | undefined,
  binary: boolean,
  snapshot: Snapshot,
  reveal: (dataClass: string, column: string | undefined) => boolean,
): CopyPlan {
  const columns = copy === undefined ? [] : (copyColumns(copy, snapshot) ?? [])
  return {
    columns: columns.map((column): CopyColumn =>
      column === undefined
        ? undefined
        : { ...column, shown: reveal(column.dataClass, column.place) },
    ),
    format: binary ? 'binary' : (copy?.format ?? 'text'),
    delimiter: copy?.delimiter === undefined ? tab : copy.delimiter.charCodeAt(0),
    place: `copy.${copy?.relation ?? 'query'}`,
    reveals: (entity) => reveal(entity, undefined),
  }
}

type TaggedColumn = { place: string; dataClass: string } | undefined

/** The copied columns in their order, tagged or not; empty if none is tagged; undefined if that can't be told. */
export function copyColumns(copy: CopyDescription, snapshot: Snapshot): TaggedColumn[] | undefined {
  if (copy.relation === undefined) return []
  // A materialized view, from PostgreSQL 18 on: which of its columns show a tagged one is not known.
  for (const oid of snapshot.taintedViews) {
    const view = snapshot.relations.get(oid)?.name
    if (view !== undefined && bareName(view) === bareName(copy.relation)) return undefined
  }
  const tags = new Map<string, TaggedColumn>()
  const candidates: string[] = []
  for (const [oid, columns] of snapshot.tagged) {
    const name = snapshot.relations.get(oid)?.name
    if (name === undefined || bareName(name) !== bareName(copy.relation)) continue
    candidates.push(name)
    for (const { column, dataClass } of columns.values()) {
      tags.set(bareName(column), { place: column, dataClass })
    }
  }
  if (candidates.length === 0) return []
  if (copy.columns !== undefined) return copy.columns.map((column) => tags.get(column))
  if (candidates.length > 1) return undefined
  const all = snapshot.columnsOf(candidates[0]!)
  return all.length === 0 ? undefined : all.map((column) => tags.get(column))
}

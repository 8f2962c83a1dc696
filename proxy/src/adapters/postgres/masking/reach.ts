/**
 * What a statement could bring where the result doesn't say so: into an error message, a notification, the constants of its
 * own text. From the facts' `reach` and what is known of columns. Pure.
 */
import type { Snapshot } from '../catalogue/snapshot.ts'
import type { StatementDescription } from '../facts/describe-statement.ts'
import type { TaggedColumn } from '../facts/environment.ts'
import type { ColumnKnowledge } from './column-knowledge.ts'

export type TagReach = {
  /** It reads or writes tagged data, or it can't be told: texts that quote values may quote those. */
  readonly reaches: boolean
  /** Its constants and parameters may be values of columns that are tagged or known. */
  readonly constants: boolean
  /** Tagged columns in its predicates. */
  readonly filtered: readonly TaggedColumn[]
  /** Tagged columns that it fills. */
  readonly written: readonly TaggedColumn[]
  /** Columns without a tag of which is known what they hold. */
  readonly known: KnownReach
}

export type KnownReach = {
  /** That it reads or fills: errors may quote them. */
  readonly columns: readonly TaggedColumn[]
  /** Their bare names. */
  readonly names: ReadonlySet<string>
  readonly filtered: readonly TaggedColumn[]
  readonly written: readonly TaggedColumn[]
}

export const nothingKnown: KnownReach = {
  columns: [],
  names: new Set(),
  filtered: [],
  written: [],
}

export function tagReachOf(
  statement: StatementDescription,
  snapshot: Snapshot,
  knowledge: ColumnKnowledge,
): TagReach {
  const known = knownReachOf(statement, snapshot, knowledge)
  const byKnown = known.filtered.length > 0 || known.written.length > 0
  const untagged: TagReach = {
    reaches: false,
    constants: byKnown,
    filtered: [],
    written: [],
    known,
  }
  if (snapshot.tagged.size === 0) return untagged
  const { tags, unknown, filterTags, writtenTags } = statement.reach
  const reaches = unknown || tags.length > 0 || writtenTags.length > 0
  if (!reaches) return untagged
  // GROUP BY and ORDER BY are in filterTags too.
  const filters = new Set(statement.facts.filters.map(bareName))
  return {
    reaches,
    constants: true,
    filtered: filterTags.filter(({ place }) => filters.has(bareName(place))),
    written: writtenTags,
    known,
  }
}

function knownReachOf(
  { facts, reach }: StatementDescription,
  { model }: Snapshot,
  knowledge: ColumnKnowledge,
): KnownReach {
  if (!knowledge.detection.columns) return nothingKnown
  const tagsOf = (places: readonly string[]): TaggedColumn[] =>
    knowledge.ofPlaces(places, model).map(({ tag }) => tag)
  const written = tagsOf(reach.fills)
  const read = tagsOf(facts.columns)
  if (written.length === 0 && read.length === 0) return nothingKnown
  const columns = [...read, ...written]
  return {
    columns,
    names: new Set(columns.map(({ place }) => bareName(place))),
    filtered: tagsOf(facts.filters),
    written,
  }
}

/** Whether it may show what somebody has stored, and not just what it says itself, or what PostgreSQL has of its own. */
export function showsStored({ facts, relations }: StatementDescription): boolean {
  if (!facts.complete || facts.kinds.some((kind) => kind === 'fetch' || kind === 'execute')) {
    return true
  }
  return !relations.every(isOfSystem) || !facts.functions.every(isOfSystem)
}

function isOfSystem(name: string): boolean {
  return name.startsWith('pg_catalog.') || name.startsWith('information_schema.')
}

export function bareName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

/**
 * What a statement could bring where the result doesn't say so: into an error message, a notification, the constants of its
 * own text. From the facts' `reach`, on a connection with tagged columns. Pure.
 */
import type { Snapshot } from '../catalogue/snapshot.ts'
import type { StatementDescription } from '../facts/describe-statement.ts'
import type { TaggedColumn } from '../facts/environment.ts'

export type TagReach = {
  /** It reads or writes tagged data, or it can't be told: texts that quote values may quote those. */
  readonly reaches: boolean
  /** Its constants and parameters may be values of tagged columns. */
  readonly constants: boolean
  /** Tagged columns in its predicates. */
  readonly filtered: readonly TaggedColumn[]
  /** Tagged columns that it fills. */
  readonly written: readonly TaggedColumn[]
}

const noReach: TagReach = { reaches: false, constants: false, filtered: [], written: [] }

export function tagReachOf(statement: StatementDescription, snapshot: Snapshot): TagReach {
  if (snapshot.tagged.size === 0) return noReach
  const { tags, unknown, filterTags, writtenTags } = statement.reach
  const reaches = unknown || tags.length > 0 || writtenTags.length > 0
  if (!reaches) return noReach
  // GROUP BY and ORDER BY are in filterTags too.
  const filters = new Set(statement.facts.filters.map(bareName))
  return {
    reaches,
    constants: true,
    filtered: filterTags.filter(({ place }) => filters.has(bareName(place))),
    written: writtenTags,
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

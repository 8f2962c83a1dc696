/** Where values come from: by column of a result, and by column that a statement fills. From the walk, to masking. Pure. */
import type { TaggedColumn } from './environment.ts'

/** Of one value. */
export type Lineage = {
  /** `schema.relation.column`, if the value is that column's, unchanged. */
  readonly origin?: string
  /** Tagged columns from which data may be in the value. */
  readonly tags: readonly TaggedColumn[]
  /** It can't be told: it may hold data of any column. */
  readonly unknown: boolean
  /**
   * Within a routine, trigger or rule: it may be of the row that is changed (`row`), or besides what a variable or parameter
   * holds (`any`).
   */
  readonly variable?: 'row' | 'any'
}

export type OutputColumn = Lineage & {
  readonly name: string
  /** `schema.relation.column` of tables: what it was computed from. Left out: nothing, or its origin. */
  readonly bases?: readonly string[]
}

/** A relation that a statement makes. */
export type CreatedRelation = {
  /** Undefined: the first of the search_path, or the temporary schema. */
  readonly schema?: string
  readonly name: string
  readonly temporary: boolean
  /** Undefined: can't be told. */
  readonly columns: readonly OutputColumn[] | undefined
}

/** Tagged data that a statement puts into a column which may have no tag of its own. */
export type StoredLineage = {
  /**
   * schema.relation; the schema is pg_temp for a temporary relation. `pg_catalog.pg_settings`: into a setting. `*`: into
   * a sequence, a lock or whatever a function that is not known does with it, where it can't be followed.
   */
  readonly relation: string
  /** Undefined: of any of its columns. */
  readonly column: string | undefined
  readonly lineage: Lineage
}

export const noLineage: Lineage = { tags: [], unknown: false }
export const unknownLineage: Lineage = { tags: [], unknown: true }

/** What tagged data a statement can bring where. Part of its description. */
export type StatementReach = {
  /** Tagged columns that it reads, in predicates too: its errors, notices and notifications may quote them. */
  readonly tags: readonly TaggedColumn[]
  /** It may read any column: what it runs is not known. */
  readonly unknown: boolean
  /** Tagged columns that decide which rows there are, or their order: WHERE, ON, USING, HAVING, FILTER, GROUP BY, ORDER BY, DISTINCT. */
  readonly filterTags: readonly TaggedColumn[]
  /** Tagged columns that it assigns: its constants and parameters may be their values. */
  readonly writtenTags: readonly TaggedColumn[]
  /** `schema.relation.column` of what its own text fills. */
  readonly fills: readonly string[]
  /** Columns that it fills with data of tagged ones. */
  readonly stores: readonly StoredLineage[]
  readonly creates: readonly CreatedRelation[]
}

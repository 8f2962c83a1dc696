/**
 * What the meaning of a text depends on besides the text: the target's catalogue and the session's SQL state. Made by the
 * relay's session tracker, one object for as long as nothing changes; sessions in the same state share one. Pure.
 */
import { emptyModel, type CatalogueModel } from '../catalogue/model.ts'

/** A column of a temporary relation of this session. */
export type TemporaryColumn = { readonly name: string; readonly tags: readonly TaggedColumn[] }

/** A tagged column of the catalogue, or what was copied from it. */
export type TaggedColumn = {
  /** schema.relation.column */
  readonly place: string
  readonly dataClass: string
}

export type TemporaryRelation = {
  readonly name: string
  /** Undefined: its columns can't be told: any of them may hold anything. */
  readonly columns: readonly TemporaryColumn[] | undefined
}

export type SqlEnvironment = {
  /** Small, unique in this process: the same id, the same meaning of every text. */
  readonly id: number
  readonly model: CatalogueModel
  /** As SHOW search_path would list it, `$user` replaced; pg_catalog and pg_temp implicitly first. Undefined: not known. */
  readonly searchPath: readonly string[] | undefined
  /**
   * By name. A transaction may have been rolled back since: a name that is here may mean the temporary relation or the
   * one that it hides, and both count.
   */
  readonly temporary: ReadonlyMap<string, TemporaryRelation>
  /** The session made functions, types or operators that the catalogue does not show yet. */
  readonly uncertain: boolean
  /**
   * An earlier statement of the session may have put data of columns into settings: what SHOW, current_setting and
   * pg_settings say can't be told then. Left out: no.
   */
  readonly settingsHoldData?: boolean
}

let lastId = 0

/** A new environment. Callers keep it, and make another one only when something changes. */
export function createEnvironment(state: Omit<SqlEnvironment, 'id'>): SqlEnvironment {
  return { id: ++lastId, ...state }
}

/** Nothing known: for tests, and for texts of our own. */
export const emptyEnvironment: SqlEnvironment = createEnvironment({
  model: emptyModel,
  searchPath: ['public'],
  temporary: new Map(),
  uncertain: false,
})

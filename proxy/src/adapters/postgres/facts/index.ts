/** What a statement will do: from its text, by PostgreSQL's own grammar. See describe-statement.ts. */
export type { CopyDescription } from './copy.ts'
export { nextDescriptionId, type StatementDescription } from './describe-statement.ts'
export {
  createEnvironment,
  type SqlEnvironment,
  type TaggedColumn,
  type TemporaryColumn,
  type TemporaryRelation,
} from './environment.ts'
export { createFactsCache, type FactsCache, type FactsCacheOptions } from './facts-cache.ts'
export type {
  CreatedRelation,
  Lineage,
  OutputColumn,
  StatementReach,
  StoredLineage,
} from './lineage.ts'
export { loadParser, type ParseError } from './parser.ts'
export type { Setting } from './settings.ts'
export type { Outputs, StatementPart } from './statements.ts'

/**
 * What a statement does that its text does not show: by the functions, operators and casts that it uses, by triggers, rules,
 * defaults, checks and policies of the relations that it touches. From the walk over the parse tree, which merges it into
 * the facts; back to describe-statement.ts for the bodies of SQL functions (given as an argument, so that nothing imports
 * in a circle).
 */
import type { SqlEffect, SqlFacts } from '@gatetrail/schemas'
import type { TriggerEvent } from '../../catalogue/model.ts'
import type { SqlEnvironment } from '../environment.ts'
import type { Lineage, OutputColumn, StatementReach } from '../lineage.ts'
import type { Node } from '../node.ts'

/** What comes on top of what the text says. Empty lists and `complete: true`: nothing. */
export type HiddenFacts = {
  /** `schema.name`: all that is called, at any depth. */
  readonly functions: readonly string[]
  readonly kinds: readonly string[]
  readonly effects: readonly SqlEffect[]
  readonly reads: readonly string[]
  readonly writes: readonly string[]
  readonly columns: readonly string[]
  readonly filters: readonly string[]
  /** False: it can't be told what happens, or not all of it. */
  readonly complete: boolean
  /** Tagged data that it reads, may quote in errors and notices, or stores: to be added to the statement's reach. */
  readonly reach: StatementReach
}

export type CallFacts = HiddenFacts & {
  /** The catalogue has a routine of this name for this number of arguments. */
  readonly found: boolean
  /** What its value, or any of its columns, may hold beyond its arguments' lineage. */
  readonly result: Lineage
  /** Names of its output columns, with what each may hold beyond the arguments; empty: one value without a name of its own. */
  readonly outputs: readonly OutputColumn[]
  /** Of an aggregate; window functions are not. */
  readonly aggregate: boolean
  /** Its value shows nothing of its arguments' values: count, pg_typeof, … Their tags are not the value's. */
  readonly hidesArguments: boolean
  /** Takes a row of any type as its only argument: `t.name` and `name(t)` may mean it. */
  readonly takesWholeRow: boolean
  /** Keeps its arguments where a later statement can read them: incomplete if they hold data of columns. */
  readonly keepsArguments: boolean
  /** pg_catalog.set_config: see settingsOfCall. */
  readonly setsConfiguration: boolean
}

export type OperatorFacts = HiddenFacts & {
  readonly found: boolean
  /** What its value may hold beyond its operands' lineage. */
  readonly result: Lineage
}

/** What the hidden parts need to know of a description. A StatementDescription is one. */
export type BodyFacts = {
  readonly facts: SqlFacts
  readonly parts: readonly { readonly columns?: readonly OutputColumn[] }[]
  readonly reach: StatementReach
  readonly setsReadOnlyOff: boolean
}

/**
 * Describes the text of a SQL body or expression (`SELECT <expression> FROM (VALUES …) AS relation(column, …)`). Names that
 * resolve to no column are parameters of the routine: they carry nothing and don't make it incomplete. Never throws.
 */
export type DescribeBody = (text: string, environment: SqlEnvironment) => BodyFacts

/** All answers are kept per environment: to be called freely. */
export type HiddenEffects = {
  /** A call by its possibly qualified name. Also CALL, and FunctionCall by name. All overloads that may be meant count. */
  callOf(environment: SqlEnvironment, names: readonly string[], argumentCount: number): CallFacts
  /** By possibly qualified name, of an A_Expr, SubLink or useOp: keyword operators (BETWEEN, <>) included. */
  operatorOf(environment: SqlEnvironment, names: readonly string[]): OperatorFacts
  /** A TypeName node of a cast: conversions to it, checks of its domain. Its result holds nothing beyond its argument. */
  castOf(environment: SqlEnvironment, typeName: Node): HiddenFacts
  /**
   * Reading `schema.relation`: row security policies, foreign tables (external), files behind views of pg_catalog. Not the
   * definition of a view: that is followed by the walk. A relation that is not known is incomplete.
   */
  readOf(environment: SqlEnvironment, relation: string): HiddenFacts
  /**
   * Changing `schema.relation`: triggers, rules, defaults, checks, index expressions, foreign key actions, partitions, the
   * tables beneath a view. `columns`: those assigned; undefined: any of them. Does not include the write itself.
   */
  writeOf(
    environment: SqlEnvironment,
    relation: string,
    event: TriggerEvent,
    columns?: readonly string[],
  ): HiddenFacts
  /** DDL of any kind: the functions of event triggers. */
  definitionOf(environment: SqlEnvironment): HiddenFacts
  /** Once for every statement that has an expression: conversions between PostgreSQL's own types that somebody replaced. */
  everyStatement(environment: SqlEnvironment): HiddenFacts
}

export const nothingHidden: HiddenFacts = {
  functions: [],
  kinds: [],
  effects: [],
  reads: [],
  writes: [],
  columns: [],
  filters: [],
  complete: true,
  reach: { tags: [], unknown: false, filterTags: [], writtenTags: [], stores: [], creates: [] },
}

/** It may do anything, and read anything. */
export const anythingHidden: HiddenFacts = {
  ...nothingHidden,
  complete: false,
  reach: { ...nothingHidden.reach, unknown: true },
}

export function createHiddenEffects(_describeBody: DescribeBody): HiddenEffects {
  const unknownValue = { tags: [], unknown: true }
  return {
    callOf: (_environment, names) => ({
      ...anythingHidden,
      functions: [names.join('.')],
      found: false,
      result: unknownValue,
      outputs: [],
      aggregate: false,
      hidesArguments: false,
      takesWholeRow: false,
      keepsArguments: true,
      setsConfiguration: false,
    }),
    operatorOf: () => ({ ...anythingHidden, found: false, result: unknownValue }),
    castOf: () => anythingHidden,
    readOf: () => anythingHidden,
    writeOf: () => anythingHidden,
    definitionOf: () => anythingHidden,
    everyStatement: () => anythingHidden,
  }
}

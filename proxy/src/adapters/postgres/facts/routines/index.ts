/**
 * What a statement does that its text does not show: by the functions, operators and casts that it uses, by triggers, rules,
 * defaults, checks and policies of the relations that it touches. From the walk over the parse tree, which merges it into
 * the facts; back to describe-statement.ts for the bodies of SQL functions (given as an argument, so that nothing imports
 * in a circle).
 */
import type { TriggerEvent } from '../../catalogue/model.ts'
import { isCatalogueRelation } from '../catalogue.ts'
import type { SqlEnvironment } from '../environment.ts'
import { fileRelations } from '../function-effects.ts'
import type { Lineage, OutputColumn } from '../lineage.ts'
import type { Node } from '../node.ts'
import { CallReader } from './calls.ts'
import { ConversionReader } from './conversions.ts'
import {
  anythingHidden,
  nothingHidden,
  type DescribeBody,
  type HiddenFacts,
} from './hidden-facts.ts'
import { firstNormalObjectId } from './lookup.ts'
import { Bodies, joined } from './memory.ts'
import { RelationReader } from './relation-facts.ts'
import { RoutineReader } from './routine-facts.ts'
import type { Workshop } from './workshop.ts'

export { anythingHidden, type BodyFacts, type HiddenFacts } from './hidden-facts.ts'

export type CallFacts = HiddenFacts & {
  /** The catalogue has a routine of this name for this number of arguments. */
  readonly found: boolean
  /** What its value, or any of its columns, may hold beyond its arguments' lineage. */
  readonly result: Lineage
  /** Names of its output columns, with what each may hold beyond the arguments; empty: one value without a name of its own. */
  readonly outputs: readonly OutputColumn[]
  /** All that may be meant have these: how many columns it has in FROM is certain. */
  readonly outputsAgree: boolean
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

export function createHiddenEffects(describeBody: DescribeBody): HiddenEffects {
  const workshop: Workshop = {
    bodies: new Bodies(describeBody),
    routine: (environment, routine, rowsOf) => routines.of(environment, routine, rowsOf),
    routineByOid(environment, oid, rowsOf) {
      if (oid < firstNormalObjectId && !environment.model.routinesByOid.has(oid)) {
        return nothingHidden
      }
      const routine = environment.model.routinesByOid.get(oid)
      return routine === undefined
        ? anythingHidden
        : routines.of(environment, routine, rowsOf).hidden
    },
    read: (environment, relation) => relations.read(environment, relation),
    write: (environment, relation, event) => relations.write(environment, relation, event),
    typeInUse: (environment, oid) => conversions.typeInUse(environment, oid),
    castNamed: (environment, names) => conversions.castNamed(environment, names),
    conversionTo: (environment, oid) => conversions.conversionTo(environment, oid),
  }
  const routines = new RoutineReader(workshop)
  const relations = new RelationReader(workshop)
  const conversions = new ConversionReader(workshop)
  const calls = new CallReader(workshop)
  return {
    callOf(environment, names, argumentCount) {
      conversions.prepare(environment)
      return calls.of(environment, names, argumentCount)
    },
    operatorOf: (environment, names) => conversions.operator(environment, names),
    castOf: (environment, typeName) => conversions.cast(environment, typeName),
    readOf(environment, place) {
      const relation = environment.model.relationsByName.get(place)
      if (fileRelations.has(place)) return { ...nothingHidden, effects: ['external'] }
      return relation === undefined
        ? unlisted(environment, place)
        : workshop.read(environment, relation)
    },
    writeOf(environment, place, event) {
      const own = changeOfOwn(place)
      if (own !== undefined) return own
      const relation = environment.model.relationsByName.get(place)
      if (relation === undefined) return unlisted(environment, place)
      const hidden = workshop.write(environment, relation, event)
      return environment.uncertain ? joined([hidden, anythingHidden]) : hidden
    },
    definitionOf(environment) {
      const { model } = environment
      return model.eventTriggerRoutines.length === 0
        ? nothingHidden
        : joined(model.eventTriggerRoutines.map((oid) => workshop.routineByOid(environment, oid)))
    },
    everyStatement: (environment) => conversions.everyStatement(environment),
  }
}

/** A relation that the model does not have: PostgreSQL's own, or a temporary one of this session. */
function unlisted({ temporary, uncertain }: SqlEnvironment, place: string): HiddenFacts {
  const dot = place.indexOf('.')
  const [schema, name] = [place.slice(0, dot), place.slice(dot + 1)]
  if (schema === 'pg_catalog' && isCatalogueRelation(name)) return nothingHidden
  // What the session made itself, it made with statements that were decided on.
  if (schema === 'pg_temp' && temporary.has(name) && !uncertain) return nothingHidden
  return anythingHidden
}

/** PostgreSQL's own tables hold definitions; an UPDATE of pg_settings is a SET. */
function changeOfOwn(place: string): HiddenFacts | undefined {
  if (place === 'pg_catalog.pg_settings') return anythingHidden
  return /^(?:pg_catalog|information_schema)\./.test(place)
    ? { ...nothingHidden, effects: ['schema'] }
    : undefined
}

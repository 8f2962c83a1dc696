/** What the files of this folder need of each other: made once, in index.ts, for they go round in circles. Types only. */
import type { Relation, Routine, TriggerEvent } from '../../catalogue/model.ts'
import type { SqlEnvironment } from '../environment.ts'
import type { Lineage, OutputColumn } from '../lineage.ts'
import type { HiddenFacts } from './hidden-facts.ts'
import type { Bodies } from './memory.ts'

export type RoutineFacts = {
  readonly hidden: HiddenFacts
  /** What its value may hold beyond its arguments' lineage. */
  readonly result: Lineage
  readonly outputs: readonly OutputColumn[]
}

export type Workshop = {
  readonly bodies: Bodies
  /** `rowsOf`: as a trigger of this relation. */
  routine(environment: SqlEnvironment, routine: Routine, rowsOf?: Relation): RoutineFacts
  /** PostgreSQL's own do nothing where they are called by OID: in triggers, casts, operators. */
  routineByOid(environment: SqlEnvironment, oid: number, rowsOf?: Relation): HiddenFacts
  read(environment: SqlEnvironment, relation: Relation): HiddenFacts
  write(environment: SqlEnvironment, relation: Relation, event: TriggerEvent): HiddenFacts
  /** What happens to values of this type without being asked for, where that is more than reading. */
  typeInUse(environment: SqlEnvironment, oid: number): HiddenFacts
  /** `name(x)` as a cast to a type of this name, if there is one. */
  castNamed(environment: SqlEnvironment, names: readonly string[]): HiddenFacts | undefined
  /** Conversion to this type: checks of domains, functions that make it. */
  conversionTo(environment: SqlEnvironment, oid: number): HiddenFacts
}

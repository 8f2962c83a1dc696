/** Which objects of the catalogue a name may mean, by PostgreSQL's search_path. Where types would decide, all count. Pure. */
import type { CatalogueModel, Operator, Relation, Routine, Type } from '../../catalogue/model.ts'
import { createEnvironment, type SqlEnvironment } from '../environment.ts'

/** Objects of PostgreSQL itself have smaller OIDs (FirstNormalObjectId, access/transam.h). */
export const firstNormalObjectId = 16_384

const plainEnvironments = new WeakMap<
  CatalogueModel,
  { certain: SqlEnvironment; uncertain: SqlEnvironment }
>()

/**
 * In which what the catalogue prints means what it says: all names but PostgreSQL's own are qualified there. One for all
 * sessions, so that its answers are kept for all.
 */
export function printedIn({ model, uncertain }: SqlEnvironment): SqlEnvironment {
  let made = plainEnvironments.get(model)
  if (made === undefined) {
    const state = { model, searchPath: ['pg_catalog'], temporary: new Map() }
    made = {
      certain: createEnvironment({ ...state, uncertain: false }),
      uncertain: createEnvironment({ ...state, uncertain: true }),
    }
    plainEnvironments.set(model, made)
  }
  return uncertain ? made.uncertain : made.certain
}

const anywhereEnvironments = new WeakMap<SqlEnvironment, SqlEnvironment>()

/**
 * For the body of a routine that is called by what the catalogue prints: its own names are not qualified, and mean what the
 * path of the session says, which is not known here. Any other environment is given back as it is.
 */
export function calledIn(environment: SqlEnvironment): SqlEnvironment {
  const { searchPath } = environment
  if (searchPath === undefined || searchPath.some((schema) => schema !== 'pg_catalog')) {
    return environment
  }
  let made = anywhereEnvironments.get(environment)
  if (made === undefined) {
    const { id: _id, ...state } = environment
    made = createEnvironment({ ...state, searchPath: undefined })
    anywhereEnvironments.set(environment, made)
  }
  return made
}

/** Whether an unqualified name may mean an object of this schema. Functions and operators are never looked for in pg_temp. */
export function isSearched(environment: SqlEnvironment, schema: string): boolean {
  const { searchPath } = environment
  return schema === 'pg_catalog' || searchPath === undefined || searchPath.includes(schema)
}

/** `s.f` or `f`; three parts name the database first, which can only be this one. Undefined: no name. */
export function partsOf(
  names: readonly string[],
): { schema: string | undefined; name: string } | undefined {
  const name = names.at(-1)
  return name === undefined || names.length > 3 ? undefined : { schema: names.at(-2), name }
}

function visible<Found extends { readonly schema: string }>(
  environment: SqlEnvironment,
  all: readonly Found[] | undefined,
  schema: string | undefined,
): readonly Found[] {
  if (all === undefined) return none
  return all.filter((found) =>
    schema === undefined ? isSearched(environment, found.schema) : found.schema === schema,
  )
}

const none: readonly never[] = []

/** Routines that are not PostgreSQL's own, for this number of arguments (undefined: any). */
export function findRoutines(
  environment: SqlEnvironment,
  names: readonly string[],
  argumentCount: number | undefined,
): readonly Routine[] {
  const parts = partsOf(names)
  if (parts === undefined) return none
  const all = environment.model.routinesByName.get(parts.name)
  const found = visible(environment, all, parts.schema)
  if (argumentCount === undefined) return found
  return found.filter(
    ({ argumentsMin, argumentsMax }) =>
      argumentCount >= argumentsMin && argumentCount <= argumentsMax,
  )
}

export function findOperators(
  environment: SqlEnvironment,
  names: readonly string[],
): readonly Operator[] {
  const parts = partsOf(names)
  if (parts === undefined) return none
  return visible(environment, environment.model.operatorsByName.get(parts.name), parts.schema)
}

/** Types; of relations too. Unlike functions, types are looked for in pg_temp: those are not in the model. */
export function findTypes(environment: SqlEnvironment, names: readonly string[]): readonly Type[] {
  const parts = partsOf(names)
  if (parts === undefined) return none
  return visible(environment, environment.model.typesByName.get(parts.name), parts.schema)
}

const relationIndexes = new WeakMap<CatalogueModel, ReadonlyMap<string, readonly Relation[]>>()

/** Relations with this bare name, in all schemas. */
export function relationsNamed(model: CatalogueModel, name: string): readonly Relation[] {
  let index = relationIndexes.get(model)
  if (index === undefined) {
    const made = new Map<string, Relation[]>()
    for (const relation of model.relationsByOid.values()) {
      const same = made.get(relation.name)
      if (same === undefined) made.set(relation.name, [relation])
      else same.push(relation)
    }
    relationIndexes.set(model, (index = made))
  }
  return index.get(name) ?? none
}

/** `schema.relation`, as facts name it. */
export function placeOf({ schema, name }: Relation): string {
  return `${schema}.${name}`
}

/** An identifier in double quotes. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The fields of a type: of a composite, of an array or a domain of one. Pure. */
import type { Type } from '../catalogue/model.ts'
import type { SqlEnvironment } from './environment.ts'
import { listOf, namesOf, type Node } from './node.ts'
import type { Shape, Value } from './value.ts'

/** Types that only lead to others: a domain of an array of a domain of a composite. */
const stepsMax = 16
const firstUserOid = 16_384
/** record, record[]: rows of fields that are not known. */
const records: ReadonlySet<number> = new Set([2249, 2287])

/** The fields of a value of this type, each of which may hold what the value holds. Undefined: it has none. */
export function shapeOfType(
  { model }: SqlEnvironment,
  typeOid: number,
  value: Value,
): Shape | undefined {
  let oid = typeOid
  for (let step = 0; step < stepsMax; step++) {
    if (records.has(oid)) return 'any'
    const type = model.typesByOid.get(oid)
    if (type === undefined) return oid >= firstUserOid ? 'any' : undefined
    if (type.kind === 'composite')
      return fieldsOf(model.relationsByOid.get(type.relationOid), value)
    const next = type.kind === 'domain' ? type.baseOid : type.elementOid
    if (next === 0) return undefined
    oid = next
  }
  return 'any'
}

function fieldsOf(
  relation: { readonly columns: readonly { readonly name: string }[] } | undefined,
  { tags, unknown, bases }: Value,
): Shape {
  const field = { tags, unknown, bases }
  return relation?.columns.map(({ name }) => ({ name, value: field })) ?? 'any'
}

/** The fields of what a TypeName names. */
export function shapeOfTypeName(
  environment: SqlEnvironment,
  typeName: Node,
  value: Value,
): Shape | undefined {
  const names = namesOf(listOf(typeName, 'names'))
  if (names.length > 1 && names.at(-2) === 'pg_catalog') {
    return names.at(-1) === 'record' ? 'any' : undefined
  }
  const type = typeOfName(environment, names)
  return type === undefined ? 'any' : shapeOfType(environment, type.oid, value)
}

/** Whether values of the type are surely arrays or multiranges. */
export function isArrayTypeName(environment: SqlEnvironment, typeName: Node): boolean {
  if (listOf(typeName, 'arrayBounds').length > 0) return true
  const type = typeOfName(environment, namesOf(listOf(typeName, 'names')))
  return type !== undefined && isArrayType(environment, type.oid)
}

export function isArrayType({ model }: SqlEnvironment, typeOid: number): boolean {
  let type = model.typesByOid.get(typeOid)
  for (let step = 0; step < stepsMax && type?.kind === 'domain'; step++) {
    type = model.typesByOid.get(type.baseOid)
  }
  return type?.isArray === true || type?.kind === 'multirange'
}

function typeOfName(environment: SqlEnvironment, names: readonly string[]): Type | undefined {
  const name = names.at(-1) ?? ''
  const schema = names.at(-2)
  const candidates = (environment.model.typesByName.get(name) ?? []).filter(
    (type) => schema === undefined || type.schema === schema,
  )
  // A row type of this session's own relation is none of the catalogue's.
  if (schema === undefined && environment.temporary.has(name)) return undefined
  const path = environment.searchPath
  if (schema === undefined && path !== undefined) return nearest(candidates, path)
  return candidates.length === 1 ? candidates[0] : undefined
}

function nearest(candidates: readonly Type[], path: readonly string[]): Type | undefined {
  const searched = path.includes('pg_catalog') ? path : ['pg_catalog', ...path]
  for (const schema of searched) {
    const found = candidates.find((type) => type.schema === schema)
    if (found !== undefined) return found
  }
  return undefined
}

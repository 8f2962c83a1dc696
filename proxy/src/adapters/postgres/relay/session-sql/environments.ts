/** The environments in which texts are described (facts/environment.ts): one for all sessions in the same state. From session-sql.ts. */
import type { CatalogueModel } from '../../catalogue/model.ts'
import {
  createEnvironment,
  type SqlEnvironment,
  type TemporaryRelation,
} from '../../facts/index.ts'

/** More search paths than this on one connection, and sessions no longer share. */
const sharedMax = 256

const none: ReadonlyMap<string, TemporaryRelation> = new Map()
const shared = new WeakMap<CatalogueModel, Map<string, SqlEnvironment>>()
const systemModels = new WeakMap<CatalogueModel, CatalogueModel>()
const systemSchemas = new Set(['pg_catalog', 'information_schema'])

/** Of a session without relations of its own. */
export function sharedEnvironment(
  model: CatalogueModel,
  searchPath: readonly string[] | undefined,
): SqlEnvironment {
  let byPath = shared.get(model)
  if (byPath === undefined) {
    byPath = new Map()
    shared.set(model, byPath)
  }
  const key = JSON.stringify(searchPath ?? null)
  const known = byPath.get(key)
  if (known !== undefined) return known
  const { uncertain } = model
  const environment = createEnvironment({ model, searchPath, temporary: none, uncertain })
  if (byPath.size < sharedMax) byPath.set(key, environment)
  return environment
}

/** What is left to be sure of when definitions were changed and the catalogue can't show them yet: PostgreSQL's own. */
export function systemModelOf(model: CatalogueModel): CatalogueModel {
  const known = systemModels.get(model)
  if (known !== undefined) return known
  const own = [...model.relationsByOid].filter(([, { schema }]) => systemSchemas.has(schema))
  const system: CatalogueModel = {
    ...model,
    relationsByOid: new Map(own),
    relationsByName: new Map(own.map(([, item]) => [`${item.schema}.${item.name}`, item])),
    uncertain: true,
  }
  systemModels.set(model, system)
  return system
}

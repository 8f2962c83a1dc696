/** What the relay knows of the target's catalogue. Made by load-snapshot.ts; read for every result, so it is never changed in place. */
import { emptyModel, type CatalogueModel } from './model.ts'

export type Snapshot = {
  /** The same object as long as nothing in it has changed. Without temporary relations. */
  model: CatalogueModel
  /** OID → schema.relation; temporary relations of all sessions too. */
  relations: Map<number, { name: string; kind: string }>
  /** Table OID → attribute number → the tagged column. */
  tagged: Map<number, Map<number, { column: string; dataClass: string; typeOid: number }>>
  /** Views that show a tagged column, or may, and the tables of statistics with samples of values. */
  taintedViews: Set<number>
  /** The columns of a tagged relation in their order; of others: none. */
  columnsOf(name: string): string[]
  taggedRelationNames: Set<string>
  taggedColumnNames: Set<string>
}

/** Samples of column values lie there in clear. */
const statisticsRelations = [
  'pg_catalog.pg_statistic',
  'pg_catalog.pg_stats',
  'pg_catalog.pg_statistic_ext_data',
  'pg_catalog.pg_stats_ext',
  'pg_catalog.pg_stats_ext_exprs',
]

/** `configured`: schema.relation.column → data class; what the target doesn't have may still come. */
export function snapshotOf(
  model: CatalogueModel,
  temporary: ReadonlyMap<number, { name: string; kind: string }>,
  views: ReadonlySet<number>,
  configured: Readonly<Record<string, string>>,
): Snapshot {
  const relations = new Map(temporary)
  const tagged: Snapshot['tagged'] = new Map()
  const places = Object.keys(configured)
  const relationOf = (place: string): string => place.slice(0, place.lastIndexOf('.'))
  const taggedRelationNames = new Set(places.map(relationOf))
  const taggedColumnNames = new Set(places.map((place) => place.slice(place.lastIndexOf('.') + 1)))
  for (const { oid, schema, name, kind, columns } of model.relationsByOid.values()) {
    const relationName = `${schema}.${name}`
    relations.set(oid, { name: relationName, kind })
    for (const { attribute, name: columnName, tag, place, typeOid } of columns) {
      if (tag === undefined || place === undefined) continue
      const inRelation = tagged.get(oid) ?? new Map()
      tagged.set(oid, inRelation)
      inRelation.set(attribute, { column: place, dataClass: tag, typeOid })
      taggedRelationNames.add(relationName)
      taggedColumnNames.add(columnName)
    }
  }
  const taintedViews = new Set(views)
  if (tagged.size > 0 || places.length > 0) {
    for (const name of statisticsRelations) {
      const statistics = model.relationsByName.get(name)
      if (statistics !== undefined) taintedViews.add(statistics.oid)
    }
  }
  return {
    model,
    relations,
    tagged,
    taintedViews,
    columnsOf(name) {
      // COPY without a list of columns leaves generated ones out.
      if (!taggedRelationNames.has(name)) return []
      const columns = model.relationsByName.get(name)?.columns ?? []
      return columns.filter(({ generated }) => !generated).map((column) => column.name)
    },
    taggedRelationNames,
    taggedColumnNames,
  }
}

/** The same target with further tags. */
export function withModel(snapshot: Snapshot, model: CatalogueModel): Snapshot {
  if (snapshot.model === model) return snapshot
  const { relations, taintedViews, taggedRelationNames, taggedColumnNames } = snapshot
  const next = snapshotOf(model, relations, taintedViews, {})
  for (const name of taggedRelationNames) next.taggedRelationNames.add(name)
  for (const name of taggedColumnNames) next.taggedColumnNames.add(name)
  return next
}

export function emptySnapshot(): Snapshot {
  return snapshotOf(emptyModel, new Map(), new Set(), {})
}

/** What the relay knows of the target's catalogue. Made by load-snapshot.ts; read for every result, so it is never changed in place. */
import { emptyModel, type CatalogueModel } from './model.ts'

export type Snapshot = {
  /** The same object as long as nothing in it has changed. Without temporary relations. */
  model: CatalogueModel
  /** OID → schema.relation; temporary relations of all sessions too. */
  relations: Map<number, { name: string; kind: string }>
  /** Table OID → attribute number → the tagged column. */
  tagged: Map<number, Map<number, { column: string; dataClass: string; typeOid: number }>>
}

export function snapshotOf(
  model: CatalogueModel,
  temporary: ReadonlyMap<number, { name: string; kind: string }>,
): Snapshot {
  const relations = new Map(temporary)
  const tagged: Snapshot['tagged'] = new Map()
  for (const { oid, schema, name, kind, columns } of model.relationsByOid.values()) {
    relations.set(oid, { name: `${schema}.${name}`, kind })
    for (const { attribute, tag, place, typeOid } of columns) {
      if (tag === undefined || place === undefined) continue
      const inRelation = tagged.get(oid) ?? new Map()
      tagged.set(oid, inRelation)
      inRelation.set(attribute, { column: place, dataClass: tag, typeOid })
    }
  }
  return { model, relations, tagged }
}

/** The same target with further tags. */
export function withModel(snapshot: Snapshot, model: CatalogueModel): Snapshot {
  return snapshot.model === model ? snapshot : snapshotOf(model, snapshot.relations)
}

/** Of the temporary relations of all sessions, without their schema. */
export function* temporaryNames({ relations }: Snapshot): Generator<string> {
  for (const { name } of relations.values()) {
    if (name.startsWith('pg_temp_')) yield name.slice(name.indexOf('.') + 1)
  }
}

export function emptySnapshot(): Snapshot {
  return snapshotOf(emptyModel, new Map())
}

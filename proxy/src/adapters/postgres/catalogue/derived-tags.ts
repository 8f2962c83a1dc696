/**
 * Columns that hold tagged data because a statement stored it there: tagged for everybody on this connection, as long as this
 * process lives. Known by name until the catalogue shows the relation, from then on by OID, so that a rename doesn't lose
 * them. From the relay, to catalogue.ts.
 */
import { limits } from '@gatetrail/schemas'
import type { TaggedColumn } from '../facts/environment.ts'
import { nextVersion } from './load-snapshot.ts'
import type { CatalogueModel, Relation } from './model.ts'
import { placeTags, withTags, type TagRoot } from './tags.ts'

type DerivedColumn = {
  /** schema.relation */
  relation: string
  /** Undefined: all of them. */
  column: string | undefined
  tags: TaggedColumn[]
  /** Once the catalogue has shown it. */
  found?: { oid: number; attribute: number | undefined }
}

const tagsPerColumnMax = 16

export type DerivedTags = {
  /** False: there are too many, and the statement that would store more must not run. */
  add(relation: string, column: string | undefined, tags: readonly TaggedColumn[]): boolean
  /** The model with the tags of this process. The same object for the same model, as long as there is nothing new. */
  complete(stated: CatalogueModel): CatalogueModel
}

export function createDerivedTags(): DerivedTags {
  const derived = new Map<string, DerivedColumn>()
  let changes = 0
  let last: { stated: CatalogueModel; changes: number; model: CatalogueModel } | undefined

  return {
    add(relation, column, tags) {
      const key = JSON.stringify([relation, column])
      let entry = derived.get(key)
      if (entry === undefined) {
        if (derived.size >= limits.catalogue.derivedTagsMax) return false
        entry = { relation, column, tags: [] }
        derived.set(key, entry)
      }
      for (const { place, dataClass } of tags) {
        if (entry.tags.some((t) => t.place === place && t.dataClass === dataClass)) continue
        if (entry.tags.length >= tagsPerColumnMax) return false
        entry.tags.push({ place, dataClass })
        changes++
      }
      return true
    },
    complete(stated) {
      if (last?.stated === stated && last.changes === changes) return last.model
      const roots = [...derived].flatMap(([key, entry]) => locate(stated, key, entry))
      const model = tagged(stated, roots)
      last = { stated, changes, model }
      return model
    },
  }

  /** A relation that was there and is gone takes its tags with it; one that was never seen may not be committed yet. */
  function locate(stated: CatalogueModel, key: string, entry: DerivedColumn): TagRoot[] {
    const relation =
      entry.found === undefined
        ? stated.relationsByName.get(entry.relation)
        : stated.relationsByOid.get(entry.found.oid)
    const columns = (relation?.columns ?? []).filter(({ attribute, name }) => {
      if (entry.column === undefined) return true
      return entry.found === undefined ? name === entry.column : attribute === entry.found.attribute
    })
    const [first] = columns
    if (relation === undefined || first === undefined) {
      if (entry.found !== undefined) derived.delete(key)
      return []
    }
    entry.found = {
      oid: relation.oid,
      attribute: entry.column === undefined ? undefined : first.attribute,
    }
    return columns.flatMap(({ attribute }) =>
      entry.tags.map((tag) => ({ relationOid: relation.oid, attribute, tag })),
    )
  }
}

function tagged(stated: CatalogueModel, roots: readonly TagRoot[]): CatalogueModel {
  if (roots.length === 0) return stated
  const relationsByOid = new Map(stated.relationsByOid)
  const relationsByName = new Map(stated.relationsByName)
  for (const [oid, columns] of placeTags(stated.relationsByOid, roots)) {
    const relation = stated.relationsByOid.get(oid)
    if (relation === undefined) continue
    const copy: Relation = {
      ...relation,
      columns: relation.columns.map((column) =>
        withTags(column, columns.get(column.attribute) ?? []),
      ),
    }
    relationsByOid.set(oid, copy)
    relationsByName.set(`${copy.schema}.${copy.name}`, copy)
  }
  return { ...stated, version: nextVersion(), relationsByOid, relationsByName }
}

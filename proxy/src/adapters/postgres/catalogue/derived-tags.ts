/**
 * Columns that hold tagged data because a statement stored it there: tagged for everybody on this connection, as long as this
 * process lives. Kept by name, since a relation that is being made is not in the catalogue yet, and by OID once it is, so
 * that a rename doesn't lose them. From the relay, to catalogue.ts.
 */
import { limits } from '@gatetrail/schemas'
import type { TaggedColumn } from '../facts/environment.ts'
import { nextVersion } from './load-snapshot.ts'
import type { CatalogueModel, Relation } from './model.ts'
import { placeTags, withTags, type TagRoot } from './tags.ts'

type NamedColumn = {
  /** schema.relation */
  relation: string
  /** Undefined: all of them. */
  column: string | undefined
  tags: TaggedColumn[]
  /** The moment of the last statement that stored there, and its wall clock. */
  addedAt: number
  addedAtMs: number
  /** A catalogue that was read after that showed it. */
  seen: boolean
}

const tagsPerColumnMax = 16
/** What was never seen for so long was rolled back, and makes room where room is short. */
const unseenMsMax = 24 * 3_600_000

export type DerivedTags = {
  /** False: there are too many, and the statement that would store more must not run. */
  add(relation: string, column: string | undefined, tags: readonly TaggedColumn[]): boolean
  /** A moment: what is read from now on shows what was committed before it. */
  mark(): number
  /**
   * The model with the tags of this process; the same object for the same model, as long as there is nothing new. `mark`: of
   * when the target was read for it; left out: it was not read for this.
   */
  complete(stated: CatalogueModel, mark?: number): CatalogueModel
}

export function createDerivedTags(now: () => number = () => performance.now()): DerivedTags {
  const named = new Map<string, NamedColumn>()
  /** OID → attribute → tags. */
  const found = new Map<number, Map<number, TaggedColumn[]>>()
  let moments = 0
  let changes = 0
  let last: { stated: CatalogueModel; changes: number; model: CatalogueModel } | undefined

  return {
    add(relation, column, tags) {
      const key = JSON.stringify([relation, column])
      let entry = named.get(key)
      if (entry === undefined) {
        if (named.size >= limits.catalogue.derivedTagsMax && !makeRoom()) return false
        entry = { relation, column, tags: [], addedAt: 0, addedAtMs: 0, seen: false }
        named.set(key, entry)
      }
      entry.addedAt = ++moments
      entry.addedAtMs = now()
      entry.seen = false
      return merge(entry.tags, tags)
    },
    mark: () => ++moments,
    complete(stated, mark = 0) {
      for (const [key, entry] of named) locate(stated, key, entry, mark)
      for (const oid of found.keys()) {
        // A catalogue that is older than the relation doesn't take its tags away; by name they would come again.
        if (stated.relationsByOid.has(oid) || mark === 0) continue
        found.delete(oid)
        changes++
      }
      if (last?.stated !== stated || last.changes !== changes) {
        last = { stated, changes, model: tagged(stated, rootsOf(found, stated)) }
      }
      return last.model
    },
  }

  /**
   * A relation that was there after the last store and is gone takes its tags with it. One that was not seen since may be in
   * a transaction that is still open, and keeps them.
   */
  function locate(stated: CatalogueModel, key: string, entry: NamedColumn, mark: number): void {
    const relation = stated.relationsByName.get(entry.relation)
    const columns = (relation?.columns ?? []).filter(
      ({ name }) => entry.column === undefined || name === entry.column,
    )
    if (relation === undefined || columns.length === 0) {
      if (entry.seen && entry.addedAt < mark) named.delete(key)
      return
    }
    if (entry.addedAt < mark) entry.seen = true
    const ofRelation = found.get(relation.oid) ?? new Map<number, TaggedColumn[]>()
    found.set(relation.oid, ofRelation)
    for (const { attribute } of columns) {
      const tags = ofRelation.get(attribute) ?? []
      ofRelation.set(attribute, tags)
      merge(tags, entry.tags)
    }
  }

  function merge(into: TaggedColumn[], tags: readonly TaggedColumn[]): boolean {
    for (const { place, dataClass } of tags) {
      if (into.some((tag) => tag.place === place && tag.dataClass === dataClass)) continue
      if (into.length >= tagsPerColumnMax) return false
      into.push({ place, dataClass })
      changes++
    }
    return true
  }

  function makeRoom(): boolean {
    for (const [key, { seen, addedAtMs }] of named) {
      if (!seen && now() - addedAtMs > unseenMsMax) named.delete(key)
    }
    return named.size < limits.catalogue.derivedTagsMax
  }
}

function rootsOf(
  found: ReadonlyMap<number, ReadonlyMap<number, readonly TaggedColumn[]>>,
  stated: CatalogueModel,
): TagRoot[] {
  const roots: TagRoot[] = []
  for (const [relationOid, columns] of found) {
    if (!stated.relationsByOid.has(relationOid)) continue
    for (const [attribute, tags] of columns) {
      for (const tag of tags) roots.push({ relationOid, attribute, tag })
    }
  }
  return roots
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

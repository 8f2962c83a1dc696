/**
 * Where the tags are: which columns hold which data class, by configuration, COMMENT or SECURITY LABEL, by their type, by
 * inheritance, and by what was stored into them. From load-model.ts. Pure.
 */
import type { TaggedColumn } from '../facts/environment.ts'
import type { Column, Relation, Type } from './model.ts'
import type { Row } from './query-client.ts'
import { cell, numberCell, type DraftRelation } from './topics/topic.ts'

/** Text of comments and labels, with the object: 'column' (relation, attribute) or 'type'. */
export const tagTextsSql = `
select kind, oid, attribute, text, source from (
  select case when d.classoid = 'pg_class'::regclass then 'column' else 'type' end as kind,
    d.objoid as oid, d.objsubid as attribute, d.description as text, 'comment' as source
  from pg_description d
  -- In this order: most comments are on PostgreSQL's own functions, and to search a text takes longer than all else.
  where case when (d.classoid = 'pg_class'::regclass and d.objsubid > 0) or d.classoid = 'pg_type'::regclass
    then d.description ~ 'gatetrail:[A-Z]' end
  union all
  select case when l.classoid = 'pg_class'::regclass then 'column' else 'type' end,
    l.objoid, l.objsubid, l.label, 'label'
  from pg_seclabel l
  where l.provider = 'gatetrail'
    and ((l.classoid = 'pg_class'::regclass and l.objsubid > 0) or l.classoid = 'pg_type'::regclass)
) as texts order by kind, oid, attribute, source`

/** A tag where it was put; inheritance carries it on. */
export type TagRoot = { relationOid: number; attribute: number; tag: TaggedColumn }

/** Of a type: without a place, it is that of the column which has the type. */
type TypeTag = { readonly dataClass: string; readonly place?: string }

type Relations = ReadonlyMap<number, Pick<Relation, 'columns' | 'parents' | 'children'>>
/** Relation → attribute → tags, the column's own first. */
type Placement = Map<number, Map<number, TaggedColumn[]>>

const typeDepthMax = 8
const tagsPerColumnMax = 16

/** The data class that a comment or a label names: the configuration's words, after `gatetrail:` (a label may leave that out). */
function dataClassOf(text: string, source: string): string | undefined {
  const named = /(?:^|[^A-Za-z0-9_])gatetrail:([A-Z][A-Z0-9_]*)/.exec(text)?.[1]
  if (named !== undefined || source !== 'label') return named
  return /^[A-Z][A-Z0-9_]*$/.test(text) ? text : undefined
}

/**
 * What configuration, comments and labels say; the configuration has the last word on a column. `unmatched`: places of the
 * configuration that no relation has.
 */
export function statedTags(
  relations: ReadonlyMap<number, DraftRelation>,
  types: ReadonlyMap<number, Type>,
  configured: Readonly<Record<string, string>>,
  texts: readonly Row[],
): { roots: TagRoot[]; unmatched: string[] } {
  const stated = new Map<string, TagRoot[]>()
  const unmatched = new Set(Object.keys(configured))
  const typeTags = new Map<number, TypeTag[]>()
  for (const text of texts) {
    const dataClass = dataClassOf(cell(text, 3), cell(text, 4))
    if (dataClass === undefined) continue
    const oid = numberCell(text, 1)
    if (cell(text, 0) === 'type') {
      typeTags.set(oid, [{ dataClass }])
      continue
    }
    const relation = relations.get(oid)
    const column = relation?.columns.find(({ attribute }) => attribute === numberCell(text, 2))
    // A comment stands before a label.
    if (relation === undefined || column === undefined || stated.has(keyOf(relation, column)))
      continue
    state(relation, column, { dataClass })
  }
  const named = new Set([...unmatched].map((place) => place.slice(0, place.lastIndexOf('.'))))
  for (const relation of named.size === 0 ? [] : relations.values()) {
    if (!named.has(`${relation.schema}.${relation.name}`)) continue
    for (const column of relation.columns) {
      const place = placeOf(relation, column)
      const dataClass = Object.hasOwn(configured, place) ? configured[place] : undefined
      if (dataClass === undefined) continue
      unmatched.delete(place)
      stated.delete(keyOf(relation, column))
      state(relation, column, { dataClass })
    }
  }
  stateByType()
  return { roots: [...stated.values()].flat(), unmatched: [...unmatched] }

  function state(relation: DraftRelation, column: Column, type: TypeTag): boolean {
    const tags = stated.get(keyOf(relation, column)) ?? []
    stated.set(keyOf(relation, column), tags)
    const tag = { place: type.place ?? placeOf(relation, column), dataClass: type.dataClass }
    const present = tags.some((other) => other.tag.dataClass === tag.dataClass)
    if (present || tags.length >= tagsPerColumnMax) return false
    tags.push({ relationOid: relation.oid, attribute: column.attribute, tag })
    return true
  }

  /** A column is tagged by its type too: a tagged domain, an array of it, or a row type with tagged columns. */
  function stateByType(): void {
    const rowTypes = new Map<number, number>()
    for (const { relationOid, oid } of types.values())
      if (relationOid !== 0) rowTypes.set(relationOid, oid)
    for (let depth = 0; depth < typeDepthMax; depth++) {
      let news = false
      for (const { relationOid, tag } of [...stated.values()].flat()) {
        const rowType = rowTypes.get(relationOid)
        if (rowType !== undefined) news = addTypeTag(rowType, tag) || news
      }
      if (typeTags.size === 0) return
      for (const { oid, elementOid, baseOid } of types.values()) {
        for (const inner of [elementOid, baseOid]) {
          for (const tag of inner === 0 ? [] : (typeTags.get(inner) ?? []))
            news = addTypeTag(oid, tag) || news
        }
      }
      for (const relation of relations.values()) {
        for (const column of relation.columns) {
          for (const tag of typeTags.get(column.typeOid) ?? [])
            news = state(relation, column, tag) || news
        }
      }
      if (!news) return
    }
  }

  function addTypeTag(oid: number, tag: TypeTag): boolean {
    const tags = typeTags.get(oid) ?? []
    typeTags.set(oid, tags)
    const present = tags.some(({ dataClass }) => dataClass === tag.dataClass)
    if (present || tags.length >= tagsPerColumnMax) return false
    tags.push(tag)
    return true
  }
}

function keyOf(relation: DraftRelation, column: Column): string {
  return `${relation.oid}.${column.attribute}`
}

function placeOf(relation: DraftRelation, column: Column): string {
  return `${relation.schema}.${relation.name}.${column.name}`
}

/**
 * Over inheritance and partitions: to children, since a query may name them, and to parents, since a result then names
 * those. A column that has a tag of this class keeps its own.
 */
export function placeTags(relations: Relations, roots: readonly TagRoot[]): Placement {
  const placement: Placement = new Map()
  for (const { relationOid, attribute, tag } of roots) put(relationOid, attribute, tag)
  for (const { relationOid, attribute, tag } of roots) {
    const name = nameOf(relationOid, attribute)
    for (const oid of familyOf(relations, relationOid)) {
      const column = relations.get(oid)?.columns.find((candidate) => candidate.name === name)
      if (column === undefined) continue
      const present = placement.get(oid)?.get(column.attribute) ?? []
      if (!present.some(({ dataClass }) => dataClass === tag.dataClass)) {
        put(oid, column.attribute, tag)
      }
    }
  }
  return placement

  function nameOf(oid: number, attribute: number): string | undefined {
    return relations.get(oid)?.columns.find((column) => column.attribute === attribute)?.name
  }

  function put(oid: number, attribute: number, tag: TaggedColumn): void {
    const columns = placement.get(oid) ?? new Map<number, TaggedColumn[]>()
    placement.set(oid, columns)
    const tags = columns.get(attribute) ?? []
    columns.set(attribute, tags)
    const same = (other: TaggedColumn): boolean =>
      other.place === tag.place && other.dataClass === tag.dataClass
    if (tags.length < tagsPerColumnMax && !tags.some(same)) tags.push(tag)
  }
}

/** Those below and those above, not itself. */
function familyOf(relations: Relations, start: number): Set<number> {
  const family = new Set<number>()
  for (const direction of ['children', 'parents'] as const) {
    const seen = new Set([start])
    for (const oid of seen) for (const next of relations.get(oid)?.[direction] ?? []) seen.add(next)
    for (const oid of seen) family.add(oid)
  }
  family.delete(start)
  return family
}

/** The column with these tags after those that it has. */
export function withTags(column: Column, tags: readonly TaggedColumn[]): Column {
  const all = [...tagsOf(column)]
  for (const tag of tags) {
    const same = (other: TaggedColumn): boolean =>
      other.place === tag.place && other.dataClass === tag.dataClass
    if (all.length < tagsPerColumnMax && !all.some(same)) all.push(tag)
  }
  const [first, ...others] = all
  if (first === undefined) return column
  return {
    ...column,
    tag: first.dataClass,
    place: first.place,
    ...(others.length === 0 ? {} : { otherTags: others }),
  }
}

/** All tags of a column; none: it is not tagged. */
export function tagsOf(column: Column): readonly TaggedColumn[] {
  if (column.tag === undefined || column.place === undefined) return []
  return [{ place: column.place, dataClass: column.tag }, ...(column.otherTags ?? [])]
}

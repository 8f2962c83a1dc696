/**
 * Relations that a session made and the catalogue does not show: temporary ones, and those of a transaction that is still
 * open. A name is kept although the relation may be gone again: then it counts together with what it hides. From session-sql.ts.
 */
import type {
  CreatedRelation,
  OutputColumn,
  TaggedColumn,
  TemporaryColumn,
  TemporaryRelation,
} from '../../facts/index.ts'

const relationsMax = 1_000
const tagsMax = 64

export class SessionRelations {
  #temporary = new Map<string, TemporaryRelation>()
  #fresh = new Map<string, TemporaryRelation>()
  /** There were too many: any name may mean anything. */
  overflowed = false

  get all(): ReadonlyMap<string, TemporaryRelation> {
    if (this.#fresh.size === 0) return this.#temporary
    const all = new Map(this.#temporary)
    for (const [name, relation] of this.#fresh) all.set(name, joined(all.get(name), relation))
    return all
  }

  get empty(): boolean {
    return this.#temporary.size === 0 && this.#fresh.size === 0
  }

  /** True: something is new in it. */
  add(created: CreatedRelation): boolean {
    const relations = created.temporary ? this.#temporary : this.#fresh
    const known = relations.get(created.name)
    if (known === undefined && relations.size >= relationsMax) {
      this.overflowed = true
      return true
    }
    const relation = joined(known, { name: created.name, columns: columnsOf(created) })
    if (relation === known) return false
    // Not in place: an environment holds the map.
    const copy = new Map(relations).set(created.name, relation)
    if (created.temporary) this.#temporary = copy
    else this.#fresh = copy
    return true
  }

  /** Tagged data is stored in a temporary relation. `column` undefined: in any. True: something is new. */
  store(name: string, column: string | undefined, tags: readonly TaggedColumn[]): boolean {
    const known = this.#temporary.get(name)
    if (known?.columns === undefined) return false
    const columns = known.columns.map((item) =>
      column === undefined || item.name === column ? withTags(item, tags) : item,
    )
    if (columns.every((item, index) => item === known.columns?.[index])) return false
    this.#temporary = new Map(this.#temporary).set(name, { name, columns })
    return true
  }

  /** There may be a temporary relation of this name, with any data. */
  doubt(name: string): void {
    this.add({ name, temporary: true, columns: undefined })
  }

  /** The catalogue shows them now. */
  forgetFresh(): void {
    if (this.#fresh.size > 0) this.#fresh = new Map()
  }

  /** DISCARD TEMP. */
  clear(): void {
    this.#temporary = new Map()
    this.overflowed = false
  }
}

function columnsOf({ columns }: CreatedRelation): readonly TemporaryColumn[] | undefined {
  // Of a column whose data can't be told, nothing of the relation can.
  if (columns === undefined || columns.some(({ unknown }) => unknown)) return undefined
  return columns.map(({ name, tags }: OutputColumn) => ({ name, tags }))
}

/** Either of two that had the same name. */
function joined(known: TemporaryRelation | undefined, next: TemporaryRelation): TemporaryRelation {
  if (known === undefined) return next
  if (known.columns === undefined) return known
  if (next.columns === undefined) return next
  const byName = new Map(known.columns.map((column) => [column.name, column]))
  let changed = false
  for (const column of next.columns) {
    const before = byName.get(column.name)
    const after = before === undefined ? column : withTags(before, column.tags)
    if (after === before) continue
    byName.set(column.name, after)
    changed = true
  }
  return changed ? { name: next.name, columns: [...byName.values()] } : known
}

function withTags(column: TemporaryColumn, tags: readonly TaggedColumn[]): TemporaryColumn {
  const added = tags.filter(
    ({ place, dataClass }) =>
      !column.tags.some((tag) => tag.place === place && tag.dataClass === dataClass),
  )
  if (added.length === 0 || column.tags.length >= tagsMax) return column
  return { name: column.name, tags: [...column.tags, ...added] }
}

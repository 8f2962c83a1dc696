/**
 * Makes the model from the rows of a target's catalogue. From load-model.ts, to load-snapshot.ts. Pure, but for the turns of
 * the event loop that it leaves to sessions.
 */
import { setImmediate as turn } from 'node:timers/promises'
import type { CatalogueModel, Relation } from './model.ts'
import type { CatalogueRows } from './read-rows.ts'
import { parseSearchPath } from './search-path.ts'
import { placeTags, statedTags, withTags } from './tags.ts'
import { cell, emptyDraft, type ModelDraft, type PrintedTexts } from './topics/topic.ts'

const sliceMsMax = 4

export type LoadedModel = {
  model: Omit<CatalogueModel, 'version'>
  /** Tags of the configuration that fit no column of the target. */
  unmatched: string[]
  /** What the account may not read. */
  unreadable: string[]
}

export async function buildModel(
  { account, serverVersion, schemas, topics, tagTexts }: CatalogueRows,
  texts: PrintedTexts,
  configured: Readonly<Record<string, string>>,
  unreadable: string[],
): Promise<LoadedModel> {
  const draft = emptyDraft()
  for (const [topic, { rows }] of topics)
    await inSlices(rows, (row) => topic.take(row, draft, texts))
  const { roots, unmatched } = statedTags(draft.relations, draft.types, configured, tagTexts)
  linkChildren(draft)
  for (const [oid, columns] of placeTags(draft.relations, roots)) {
    const relation = draft.relations.get(oid)
    if (relation === undefined) continue
    relation.columns = relation.columns.map((column) =>
      withTags(column, columns.get(column.attribute) ?? []),
    )
  }
  return {
    model: {
      serverVersion,
      ...(await indexed(draft)),
      casts: draft.casts,
      schemas: new Set(schemas.map((row) => cell(row, 0))),
      doubtfulSchemas: new Set(
        schemas.filter((row) => cell(row, 1) !== 'true').map((row) => cell(row, 0)),
      ),
      eventTriggerRoutines: draft.eventTriggerRoutines,
      defaultSearchPath: parseSearchPath(cell(account, 0)),
      user: cell(account, 1),
      uncertain: unreadable.length > 0,
    },
    unmatched,
    unreadable,
  }
}

async function indexed(
  draft: ModelDraft,
): Promise<
  Pick<
    CatalogueModel,
    | 'relationsByOid'
    | 'relationsByName'
    | 'routinesByName'
    | 'routinesByOid'
    | 'operatorsByName'
    | 'typesByOid'
    | 'typesByName'
  >
> {
  const relationsByName = new Map<string, Relation>()
  await inSlices([...draft.relations.values()], (relation) => {
    relationsByName.set(`${relation.schema}.${relation.name}`, relation)
  })
  return {
    relationsByOid: draft.relations,
    relationsByName,
    routinesByName: byName(draft.routines.values()),
    routinesByOid: draft.routines,
    operatorsByName: byName(draft.operators),
    typesByOid: draft.types,
    typesByName: byName(draft.types.values()),
  }
}

function byName<Named extends { readonly name: string }>(
  things: Iterable<Named>,
): Map<string, Named[]> {
  const index = new Map<string, Named[]>()
  for (const thing of things) {
    const same = index.get(thing.name)
    if (same === undefined) index.set(thing.name, [thing])
    else same.push(thing)
  }
  return index
}

function linkChildren({ relations: all }: ModelDraft): void {
  for (const { oid, parents } of all.values()) {
    for (const parent of parents) all.get(parent)?.children.push(oid)
  }
}

/** Sessions go on between the slices. */
export async function inSlices<Item>(
  items: readonly Item[],
  take: (item: Item) => unknown,
): Promise<void> {
  let until = performance.now() + sliceMsMax
  for (const item of items) {
    take(item)
    if (performance.now() > until) {
      await turn()
      until = performance.now() + sliceMsMax
    }
  }
}

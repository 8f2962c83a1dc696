/**
 * Reads from the target what facts and masking must know of it: its whole catalogue, and which (table OID, attribute) is a
 * tagged column. From load-model.ts, to catalogue.ts.
 */
import assert from 'node:assert/strict'
import type { LoadedModel } from './build-model.ts'
import { loadModel, type KnownModel } from './load-model.ts'
import type { CatalogueModel } from './model.ts'
import type { QueryClient } from './query-client.ts'
import type { Temporary } from './read-rows.ts'
import { snapshotOf, type Snapshot } from './snapshot.ts'

export type LoadedSnapshot = {
  snapshot: Snapshot
  temporary: Temporary
  /** The model as the target says it, without what was stored during this process. */
  stated: CatalogueModel
  /** Tags of the configuration that fit no column of the target. */
  unmatched: string[]
  /** Topics that the account may not read. */
  unreadable: string[]
  known: KnownModel
}

let lastVersion = 0

/** Models are told apart by their version. */
export function nextVersion(): number {
  return ++lastVersion
}

/**
 * `columns`: schema.relation.column → data class, as configured. `readOnlyUser`: another login of the connection. Where nothing has changed since `previous`, the model is the
 * same object, so that what was made of it stays. `complete` adds to it what only this process knows.
 * @throws GatetrailError UPSTREAM_UNAVAILABLE, UPSTREAM_PROTOCOL_VIOLATION
 */
export async function loadSnapshot(
  client: QueryClient,
  columns: Readonly<Record<string, string>>,
  readOnlyUser?: string,
  previous?: LoadedSnapshot,
  complete: (stated: CatalogueModel) => CatalogueModel = (stated) => stated,
): Promise<LoadedSnapshot> {
  const { loaded, temporary, known } = await loadModel(
    client,
    columns,
    readOnlyUser,
    previous?.known,
  )
  const same = loaded === undefined ? previous : undefined
  const { stated, unmatched, unreadable } =
    same ?? statedBy(loaded ?? assert.fail('no load before this one'))
  const model = complete(stated)
  if (same?.snapshot.model === model && sameTemporary(same.temporary, temporary)) {
    return { ...same, known }
  }
  const snapshot = snapshotOf(model, temporary)
  return { snapshot, temporary, stated, unmatched, unreadable, known }
}

function sameTemporary(before: Temporary, after: Temporary): boolean {
  if (before.size !== after.size) return false
  for (const [oid, { name }] of after) if (before.get(oid)?.name !== name) return false
  return true
}

function statedBy(loaded: LoadedModel): Omit<LoadedSnapshot, 'snapshot' | 'temporary' | 'known'> {
  const { model, ...others } = loaded
  return { stated: { ...model, version: nextVersion() }, ...others }
}

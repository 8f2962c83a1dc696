/** Ingest and the store that it writes, from whatever source into whatever store is configured. For the roles audit and ingest. */
import { join } from 'node:path'
import type { Journal, RoleMetrics } from '@gatetrail/eventlog'
import {
  openEmbeddedStore,
  startIngest,
  type Ingest,
  type IngestStatus,
  type Store,
} from '@gatetrail/ingest'
import { dataFiles } from '@gatetrail/schemas'
import { ingestMetrics } from './ingest-metrics.ts'
import type { Opened } from './opened.ts'
import type { RoleContext } from './run-role.ts'

export type OpenIngest = {
  ingest: Ingest
  store: Store
  /** Why records do not get into the store, if they do not. */
  readiness(): { ready: boolean; notes: string[] }
  /** Prometheus. */
  text(): Promise<string>
}

/** @throws GatetrailError as of the store, the source and their settings */
export async function openIngest(
  context: RoleContext,
  journal: Journal,
  metrics: RoleMetrics,
  opened: Opened,
): Promise<OpenIngest> {
  const { configuration, log } = context
  const store = opened.keep(await openStore(context))
  const ingest = opened.keep(await startIngest({ configuration, store, journal, log }))
  return {
    ingest,
    store,
    readiness: () => readinessOf(ingest.status()),
    text: async () => (await metrics.text()) + ingestMetrics(ingest.status()),
  }
}

async function openStore({ configuration }: RoleContext): Promise<Store> {
  return openEmbeddedStore(join(configuration.dataDir, dataFiles.store))
}

function readinessOf({ storeError }: IngestStatus): { ready: boolean; notes: string[] } {
  const notes = storeError === undefined ? [] : [storeError]
  return { ready: notes.length === 0, notes }
}

/** Ingest and the store that it writes, from whatever source into whatever store is configured. For the roles audit and ingest. */
import { dirname, join } from 'node:path'
import {
  openDeadLetterTopic,
  openGroupProgress,
  openRecordConsumer,
  type Journal,
  type RoleMetrics,
} from '@gatetrail/eventlog'
import {
  openEmbeddedStore,
  openServerStore,
  startIngest,
  type IngestStatus,
  type IngestWithScan,
  type KafkaLog,
  type Store,
} from '@gatetrail/ingest'
import { dataFiles } from '@gatetrail/schemas'
import { readKafkaSettings } from '../configuration/kafka-settings.ts'
import { readStoreSettings, retentionDaysOf } from '../configuration/store-settings.ts'
import { observeEndToEnd, readIngestMetrics } from './ingest-metrics.ts'
import type { Opened } from './opened.ts'
import type { RoleContext } from './run-role.ts'
import { scanRules } from './scan-rules.ts'

export type OpenIngest = {
  ingest: IngestWithScan
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
  const kafka = await openKafkaLog(context, opened)
  const ingest = opened.keep(
    await startIngest({
      configuration,
      store,
      journal,
      log,
      observe: observeEndToEnd(metrics),
      onStopped: context.fail,
      scan: await scanRules(context),
      ...(kafka && { kafka }),
    }),
  )
  readIngestMetrics(metrics, () => ingest.status())
  return {
    ingest,
    store,
    readiness: () => readinessOf(ingest.status()),
    text: () => metrics.text(),
  }
}

/** chDB in dataDir, or the server of `store`. @throws GatetrailError as of the store and its settings */
export async function openStore({
  configuration,
  configurationFile,
  environment,
}: Pick<RoleContext, 'configuration' | 'configurationFile' | 'environment'>): Promise<Store> {
  const { dataDir, store, retention } = configuration
  if (store === undefined) {
    const retentionDays = retentionDaysOf(retention)
    return openEmbeddedStore(join(dataDir, dataFiles.store), { retentionDays })
  }
  const sources = { environment, configurationDirectory: dirname(configurationFile) }
  return openServerStore(await readStoreSettings(store, retention, sources, 'writer'))
}

/** Undefined: the journals of this machine are the log. */
async function openKafkaLog(context: RoleContext, opened: Opened): Promise<KafkaLog | undefined> {
  const { configuration, configurationFile, environment, log } = context
  const kafka = configuration.log?.kafka
  if (kafka === undefined) return undefined
  const sources = { environment, configurationDirectory: dirname(configurationFile) }
  const settings = await readKafkaSettings(kafka, sources)
  return {
    consumer: openRecordConsumer(settings, log),
    progress: openGroupProgress(settings, log),
    deadLetters: opened.keep(openDeadLetterTopic(settings, log)),
  }
}

/** From here on somebody wants to know, long before brokers remove what was not taken. */
const lagMsTold = 60_000

function readinessOf({ storeError, partitions, lagMs, lagMessages, lagBytes }: IngestStatus): {
  ready: boolean
  notes: string[]
} {
  const reasons = storeError === undefined ? [] : [storeError]
  // More processes than partitions: the others have nothing to do, which is no fault; but nobody may rely on them.
  if (partitions?.length === 0) reasons.push('no partition of the log is assigned to this process')
  const waiting = partitions === undefined ? `${lagBytes} bytes` : `${lagMessages} messages`
  const lag =
    lagMs < lagMsTold ? [] : [`${waiting} wait, the oldest for ${Math.round(lagMs / 1000)} s`]
  return { ready: reasons.length === 0, notes: [...reasons, ...lag] }
}

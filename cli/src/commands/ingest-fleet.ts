/** What `gatetrail ingest rebuild` and `redrive` do for a fleet: with the configuration of an ingest process, in this one. */
import { dirname } from 'node:path'
import { openRecordSender } from '@gatetrail/eventlog'
import {
  rebuildDerived,
  redriveFleet,
  type RebuildProgress,
  type RedriveOptions,
  type RedriveProgress,
  type Store,
} from '@gatetrail/ingest'
import type { Configuration } from '@gatetrail/schemas'
import { readKafkaSettings } from '../configuration/kafka-settings.ts'
import { loadConfiguration } from '../configuration/load.ts'
import { openStore } from '../roles/open-ingest.ts'
import type { CommandContext } from './context.ts'

/** How long ingest processes may take to insert what they had shaped when the tables were exchanged. */
const othersMs = 30_000

export type Fleet = {
  configuration: Configuration & { store: NonNullable<Configuration['store']> }
  file: string
}

/** Undefined: one machine with a store of its own, which its audit process has open; the API is asked. */
export async function fleetOf(
  context: CommandContext,
  config: string | undefined,
): Promise<Fleet | undefined> {
  if (config === undefined) return undefined
  const { configuration, file } = await loadConfiguration(config, context.workingDirectory)
  const { store, log } = configuration
  if (store === undefined || log === undefined) return undefined
  return { configuration: { ...configuration, store }, file }
}

export function rebuildFleet(
  context: CommandContext,
  fleet: Fleet,
  onProgress: (progress: RebuildProgress) => void,
): Promise<RebuildProgress> {
  return withStore(context, fleet, (store) => rebuildDerived({ store }, { onProgress, othersMs }))
}

export function redriveOfFleet(
  context: CommandContext,
  fleet: Fleet,
  options: RedriveOptions,
  onProgress: (progress: RedriveProgress) => void,
): Promise<RedriveProgress> {
  return withStore(context, fleet, async (store) => {
    const { configuration, file } = fleet
    const sources = { environment: context.environment, configurationDirectory: dirname(file) }
    const kafka = configuration.log?.kafka
    if (kafka === undefined) throw new Error('a fleet has Kafka')
    const sender = openRecordSender(await readKafkaSettings(kafka, sources))
    try {
      const { tenant } = configuration
      return await redriveFleet({ ...options, store, sender, tenant }, onProgress)
    } finally {
      await sender.close()
    }
  })
}

async function withStore<Result>(
  { environment }: CommandContext,
  { configuration, file }: Fleet,
  work: (store: Store) => Promise<Result>,
): Promise<Result> {
  const store = await openStore({ configuration, configurationFile: file, environment })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

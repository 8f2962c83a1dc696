/** Starts ingest: the journals of this machine, or the partitions of Kafka that are this member's, into the store. */
import { join } from 'node:path'
import type { Journal, RecordConsumer } from '@gatetrail/eventlog'
import { dataFiles, type Configuration } from '@gatetrail/schemas'
import type { Logger } from 'pino'
import { createPipeline } from './pipeline.ts'
import { createReports, type DeadLetterSink } from './reports.ts'
import { runIngest, type Ingest } from './run-ingest.ts'
import { openJournalSource } from './steps/read-batch.ts'
import { openLogSource } from './steps/read-log.ts'
import { migrate } from './store/migrate.ts'
import type { Store } from './store/store.ts'

export type StartIngestOptions = {
  /** Without `consumer`: the journals are below its dataDir, and so are the cursors. */
  configuration: {
    dataDir: Configuration['dataDir']
    tenant: Configuration['tenant']
    journal: Pick<Configuration['journal'], 'keepHours'>
  }
  /** Stays open when ingest closes: it belongs to the caller. */
  store: Store
  /** Of this process: gaps and the like are reported in its system session. Left out: in the log and the status only. */
  journal?: Journal
  /** Left out: the journals of this machine are the log. Closed with ingest. */
  consumer?: RecordConsumer
  /** Where dead letters go besides the store. Stays open. */
  deadLetters?: DeadLetterSink
  log: Logger
}

/**
 * Brings the store to the current schema and begins to follow the log.
 * @throws GatetrailError STORE_MIGRATION_FAILED, STORE_UNAVAILABLE, DIRECTORY_IN_USE if another ingest follows the journals.
 */
export async function startIngest(options: StartIngestOptions): Promise<Ingest> {
  const { configuration, store, journal, consumer, deadLetters, log } = options
  const applied = await migrate(store.write)
  if (applied.length > 0) log.info({ applied }, 'the event store was brought to the current schema')
  const reports = await createReports({
    client: store.write,
    log,
    ...(journal !== undefined && { journal }),
    ...(deadLetters !== undefined && { sink: deadLetters }),
  })
  const source =
    consumer !== undefined
      ? openLogSource(consumer, log)
      : await openJournalSource({
          directory: join(configuration.dataDir, dataFiles.journal),
          positionsDirectory: join(configuration.dataDir, dataFiles.ingest),
          keepHours: configuration.journal.keepHours,
          log,
        })
  const stopping = new AbortController()
  const pipeline = createPipeline({
    store,
    tenant: configuration.tenant,
    reports,
    nowMs: Date.now,
    signal: stopping.signal,
    onRetry: (error, attempt) =>
      log.error({ error: error.message, attempt }, 'ingest waits, and tries again'),
  })
  return runIngest(source, pipeline, stopping, log)
}

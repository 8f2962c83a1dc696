/** Starts ingest in the audit process: the journals of this machine into the store. */
import { join } from 'node:path'
import type { Journal } from '@gatetrail/eventlog'
import { dataFiles, type Configuration } from '@gatetrail/schemas'
import type { Logger } from 'pino'
import { createPipeline } from './pipeline.ts'
import { runIngest, type Ingest } from './run-ingest.ts'
import { openJournalSource } from './steps/read-batch.ts'
import { createGapReporter } from './steps/report-gaps.ts'
import { migrate } from './store/migrate.ts'
import type { Store } from './store/store.ts'

export type StartIngestOptions = {
  /** The journals are below its dataDir, and so are the cursors. */
  configuration: {
    dataDir: Configuration['dataDir']
    tenant: Configuration['tenant']
    journal: Pick<Configuration['journal'], 'keepHours'>
  }
  /** Stays open when ingest closes: it belongs to the caller. */
  store: Store
  /** Of role audit: gaps are reported in its system session. Left out: in the log and the status only. */
  journal?: Journal
  log: Logger
}

/**
 * Brings the store to the current schema and begins to follow the journals.
 * @throws GatetrailError STORE_MIGRATION_FAILED, STORE_UNAVAILABLE, DIRECTORY_IN_USE if another ingest follows them.
 */
export async function startIngest(options: StartIngestOptions): Promise<Ingest> {
  const { configuration, store, journal, log } = options
  const applied = await migrate(store.write)
  if (applied.length > 0) log.info({ applied }, 'the event store was brought to the current schema')
  const gapReporter = await createGapReporter(store.write, journal, log)
  const source = await openJournalSource({
    directory: join(configuration.dataDir, dataFiles.journal),
    positionsDirectory: join(configuration.dataDir, dataFiles.ingest),
    keepHours: configuration.journal.keepHours,
    log,
  })
  const stopping = new AbortController()
  const pipeline = createPipeline({
    store,
    tenant: configuration.tenant,
    gapReporter,
    nowMs: Date.now,
    signal: stopping.signal,
    onRetry: (error, attempt) =>
      log.error({ error: error.message, attempt }, 'the event store does not answer: trying again'),
  })
  return runIngest(source, pipeline, stopping, log)
}

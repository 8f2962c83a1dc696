/** Starts ingest: the journals of this machine, or the partitions of Kafka that are this member's, into the store. */
import { join } from 'node:path'
import type { GroupProgress, Journal, RecordConsumer } from '@gatetrail/eventlog'
import { dataFiles, GatetrailError, type Configuration } from '@gatetrail/schemas'
import type { Logger } from 'pino'
import { createPipeline } from './pipeline.ts'
import { createReports, type DeadLetterSink } from './reports.ts'
import { runIngest, type Ingest, type ObserveStored } from './run-ingest.ts'
import type { ScanRules } from './scan/find-in-session.ts'
import { startLateMasking } from './scan/keep-late-masked.ts'
import { runScan, type ScanOptions, type ScanProgress } from './scan/run-scan.ts'
import { openJournalSource } from './steps/read-batch.ts'
import { openLogSource } from './steps/read-log.ts'
import { startHolding } from './store/keep-holds.ts'
import { prepareStore } from './store/prepare-store.ts'
import type { Store } from './store/store.ts'
import { createWriterKeeper, type KeeperWaits } from './writers/keep-writers.ts'

export type StartIngestOptions = {
  /** Without `kafka`: the journals are below its dataDir, and so are the cursors. */
  configuration: {
    dataDir: Configuration['dataDir']
    tenant: Configuration['tenant']
    journal: Pick<Configuration['journal'], 'keepHours'>
  }
  /** Stays open when ingest closes: it belongs to the caller. */
  store: Store
  /** Of this process: gaps and the like are reported in its system session. Left out: in the log and the status only. */
  journal?: Journal
  /** Left out: the journals of this machine are the log. */
  kafka?: KafkaLog
  /** With what recorded sessions are scanned when somebody asks. Left out: they are not. */
  scan?: ScanRules
  /** For metrics. */
  observe?: ObserveStored
  /** Ingest can't go on: whoever runs it must end and start anew, so that another takes over what it had. */
  onStopped?: (error: unknown) => void
  log: Logger
}

export type IngestWithScan = Ingest & {
  /** Masks late findings of ended sessions in the record, as it is done every 30 s. Returns how many records were redacted. */
  redactLate(): Promise<number>
  /** One at a time. `signal` ends it after what is in hand. @throws GatetrailError REQUEST_INVALID, and those of run-scan.ts */
  scan(
    options: ScanOptions,
    onProgress: (progress: ScanProgress) => void,
    signal: AbortSignal,
  ): Promise<ScanProgress>
}

export type KafkaLog = {
  /** Closed with ingest. */
  consumer: RecordConsumer
  /** Of the group that the consumer is in. Closed with ingest. */
  progress: GroupProgress
  /** Where dead letters go besides the store. Stays open. */
  deadLetters?: DeadLetterSink
  /** Left out: those of schemas/src/limits.ts. */
  waits?: KeeperWaits
}

/**
 * Brings the store to the current schema and begins to follow the log.
 * @throws GatetrailError STORE_MIGRATION_FAILED, STORE_UNAVAILABLE, DIRECTORY_IN_USE if another ingest follows the journals.
 */
export async function startIngest(options: StartIngestOptions): Promise<IngestWithScan> {
  const { configuration, store, journal, kafka, log } = options
  await prepareStore(store, log)
  const reports = await createReports({
    client: store.write,
    log,
    ...(journal !== undefined && { journal }),
    ...(kafka?.deadLetters !== undefined && { sink: kafka.deadLetters }),
  })
  const source =
    kafka !== undefined
      ? openLogSource(kafka, log)
      : await openJournalSource({
          directory: join(configuration.dataDir, dataFiles.journal),
          positionsDirectory: join(configuration.dataDir, dataFiles.ingest),
          keepHours: configuration.journal.keepHours,
          log,
        })
  const keeper =
    kafka &&
    createWriterKeeper({
      client: store.write,
      tenant: configuration.tenant,
      progress: kafka.progress,
      reports,
      log,
      ...(journal !== undefined && { journal }),
      ...(kafka.waits !== undefined && { waits: kafka.waits }),
    })
  const holding = startHolding(store, configuration.tenant, log)
  const stopping = new AbortController()
  const pipeline = createPipeline({
    store,
    tenant: configuration.tenant,
    reports,
    ...(keeper !== undefined && { keeper }),
    nowMs: Date.now,
    signal: stopping.signal,
    onRetry: (error, attempt) =>
      log.error({ error: error.message, attempt }, 'ingest waits, and tries again'),
  })
  const ingest = runIngest(source, pipeline, stopping, log, options)
  const closing = new AbortController()
  const parts = journal &&
    options.scan && {
      ...{ store, journal, rules: options.scan, tenant: configuration.tenant },
      directory: join(configuration.dataDir, dataFiles.scans),
      exclusively: ingest.exclusively,
      signal: closing.signal,
    }
  // Of a fleet, whoever has the first partition.
  const isOurs = () => ingest.status().partitions?.includes(0) ?? kafka === undefined
  const late = parts && startLateMasking(parts, isOurs, log)
  let scanning: Promise<unknown> | undefined
  return {
    ...ingest,
    redactLate: () => late?.round() ?? Promise.resolve(0),
    async scan(what, onProgress, signal) {
      if (parts === undefined)
        throw new GatetrailError('REQUEST_INVALID', 'this process is not set up to scan')
      if (scanning !== undefined)
        throw new GatetrailError('REQUEST_INVALID', 'a scan is running already', {
          hint: 'Wait for its end, or end it: what it has done stays done.',
        })
      const ended = AbortSignal.any([closing.signal, signal])
      const running = runScan({ ...parts, signal: ended }, what, onProgress)
      scanning = running.catch(() => undefined) // The caller gets the error.
      try {
        return await running
      } finally {
        scanning = undefined
      }
    },
    async close() {
      closing.abort()
      await scanning
      await late?.stop()
      await holding.stop()
      await ingest.close()
    },
  }
}

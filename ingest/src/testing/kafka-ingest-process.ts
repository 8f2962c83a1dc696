/**
 * For tests: a member of the consumer group as a process of its own, to be killed and stopped. `node kafka-ingest-process.js
 * <json>`; says `ready`, then its status as a line of JSON every 100 ms. It ends in order on SIGTERM.
 */
import { openGroupProgress, openRecordConsumer, type KafkaSettings } from '@gatetrail/eventlog'
import { pino } from 'pino'
import { startIngest } from '../start-ingest.ts'
import { openServerStore, type ServerStoreSettings } from '../store/server-store.ts'
import type { KeeperWaits } from '../writers/keep-writers.ts'

export type KafkaIngestArguments = {
  kafka: KafkaSettings
  store: ServerStoreSettings
  waits: KeeperWaits
  sessionTimeoutMs: number
}

const statusIntervalMs = 100

const { kafka, store, waits, sessionTimeoutMs } = JSON.parse(
  process.argv[2] ?? '',
) as KafkaIngestArguments
const log = pino({ level: 'fatal' }, pino.destination(2))
const opened = await openServerStore(store)
const timings = { sessionTimeoutMs, heartbeatIntervalMs: 500, rebalanceTimeoutMs: 10_000 }
const ingest = await startIngest({
  configuration: { dataDir: '', tenant: 'default', journal: { keepHours: 24 } },
  store: opened,
  kafka: {
    consumer: openRecordConsumer(kafka, log, timings),
    progress: openGroupProgress(kafka, log),
    waits,
  },
  log,
})
process.stdout.write('ready\n')
const timer = setInterval(
  () => process.stdout.write(`${JSON.stringify(ingest.status())}\n`),
  statusIntervalMs,
)
process.once('SIGTERM', () => {
  clearInterval(timer)
  void ingest
    .close()
    .then(() => opened.close())
    .then(() => process.exit(0))
})

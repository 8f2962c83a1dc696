/** @gatetrail/ingest: journals → ClickHouse, and the embedded store. */
export { deadLetterReasons, type DeadLetterReason } from './batch.ts'
export type { RebuildProgress } from './rebuild.ts'
export type { Ingest, IngestStatus } from './run-ingest.ts'
export { startIngest, type StartIngestOptions } from './start-ingest.ts'
export { openEmbeddedStore } from './store/embedded-store.ts'
export { migrate } from './store/migrate.ts'
export type { Store } from './store/store.ts'

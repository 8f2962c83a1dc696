/** @gatetrail/ingest: journals or Kafka → ClickHouse, and the embedded store. */
export {
  startStoreEndpoint,
  type StoreEndpoint,
  type StoreEndpointOptions,
} from './endpoint/store-endpoint.ts'
export { rebuildDerived, type RebuildProgress } from './rebuild.ts'
export type { RedriveOptions, RedriveProgress } from './redrive.ts'
export { redriveFleet, type FleetRedriveOptions } from './redrive-fleet.ts'
export type { DeadLetterSink } from './reports.ts'
export type { Ingest, IngestStatus } from './run-ingest.ts'
export type { ScanRules } from './scan/find-in-session.ts'
export { runScan, type ScanOptions, type ScanProgress } from './scan/run-scan.ts'
export {
  startIngest,
  type IngestWithScan,
  type KafkaLog,
  type StartIngestOptions,
} from './start-ingest.ts'
export {
  deployStatements,
  deployStore,
  type DeployStoreOptions,
  type DeployStoreReport,
  type StoreUser,
} from './store/deploy-store.ts'
export { openEmbeddedStore } from './store/embedded-store.ts'
export {
  openReadStore,
  openServerStore,
  type ReadStore,
  type ServerStoreSettings,
} from './store/server-store.ts'
export { migrate } from './store/migrate.ts'
export type { Store } from './store/store.ts'
export {
  simulate,
  simulatedDaysMax,
  simulatedRecordsMax,
  type SimulationSummary,
} from './simulate/simulate.ts'
export { simulatedPolicySet, simulatedTenant } from './simulate/simulated-year.ts'
export {
  simulateRows,
  simulateStatements,
  simulateTerminal,
  type Recorder,
} from './simulate/long-sessions.ts'

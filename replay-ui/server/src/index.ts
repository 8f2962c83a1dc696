/** @gatetrail/replay-server: the API over the audit data, and the only one that answers questions from ClickHouse. */
export type { IngestPort, ReplayOptions, TokenVerifier } from './options.ts'
export { startReplay, type ReplayServer } from './start-replay.ts'

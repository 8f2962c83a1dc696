/** Every bound that more than one part relies on, in one place. Units stand in the names. See docs/ARCHITECTURE.md. */

export const KiB = 1024
export const MiB = 1024 * KiB

/** Before a caller is authenticated (design §8). */
export const beforeAuthentication = {
  postgresBytesMax: 64 * KiB,
  timeoutMs: 15_000,
  connectionsMax: 200,
  connectionsPerAddressMax: 20,
  rejectionWindowMs: 10_000,
} as const

/** Held for one session between the socket it came from and the one that it goes to. */
export const session = {
  bufferedBytesMax: 1 * MiB,
  inspectedFrameBytesMax: 16 * MiB,
  inspectedFramePoolBytesMax: 64 * MiB,
  statementBytesMax: 1 * MiB,
  preparedStatementsMax: 4096,
  portalsMax: 4096,
  pipelinedMessagesMax: 65_536,
} as const

export const chunkBytesMax = 64 * KiB
export const eventTextBytesMax = 64 * KiB
/** A record never exceeds a chunk with its index; a reader refuses a longer one as corrupt. */
export const recordBytesMax = 1 * MiB

export const journal = {
  segmentBytesMax: 64 * MiB,
  heartbeatIntervalMs: 5_000,
  freeBytesMin: 500 * MiB,
  freeFractionMin: 0.05,
  /** `durability: fsync`: output of one session that may be unsynced (design §1). */
  unsyncedOutputBytesMax: 256 * KiB,
  unsyncedOutputMsMax: 10,
  /** Waiting in one turn of the event loop: from here on it is written before the turn ends. */
  turnBytesMax: 1 * MiB,
  /** Written and not yet hashed, and waiting, together: the memory of a writer. */
  bufferBytes: 4 * MiB,
  /** Open sessions listed in a segment header; with more, recovery reads one segment further back. */
  openSessionsListedMax: 8_000,
  /** How often a writer that could not write tries again, with a fresh segment. */
  retryIntervalMs: 1_000,
  spaceCheckIntervalMs: 2_000,
  backlogCheckIntervalMs: 500,
  deadWriterCheckIntervalMs: 10_000,
  pauseMsMax: 1_000,
  /** What a reader holds at once; more than one record of the longest kind. */
  batchBytesMax: 4 * MiB,
  batchRecordsMax: 20_000,
  /** A live writer's frame that does not check is looked at again after this before it counts as damage. */
  suspectFrameMs: 50,
  pollIntervalMs: 25,
  removalIntervalMs: 60_000,
} as const

export const ingest = {
  batchRecordsMax: 25_000,
  batchBytesMax: 12 * MiB,
  /** Of one batch set aside because the store refuses them; more are no poison but a store that is not as it should be. */
  refusedRecordsMax: 1_000,
  /** How long records that a heartbeat covers may be on their way, once ingest has read on so far. */
  recordsAwaitedMs: 60_000,
  /** Heartbeats that a writer may miss before its sessions are reported as aborted. */
  heartbeatsMissedMax: 4,
  /** Records of one writer that are checked at once. */
  checkedRecordsMax: 500_000,
  duplicatesReportIntervalMs: 60_000,
} as const

/** What is kept of a target's catalogue; a larger one is refused. */
export const catalogue = {
  bytesMax: 256 * MiB,
  relationsMax: 200_000,
  routinesMax: 100_000,
  typesMax: 400_000,
  derivedTagsMax: 10_000,
} as const

export const jwks = {
  refetchUnknownKidMs: 30_000,
  staleMsMax: 600_000,
  bytesMax: 256 * KiB,
  timeoutMs: 5_000,
} as const

export const token = {
  bytesMax: 16 * KiB,
  clockToleranceSeconds: 60,
} as const

export const statements = { pageRowsMax: 1000, replayRowsPerPage: 200 } as const

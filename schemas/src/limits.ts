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

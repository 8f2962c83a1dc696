/** Bounds of the HTTP interface over chDB. */
import { limits } from '@gatetrail/schemas'

const { MiB } = limits

export const connectionsMax = 200
export const headersTimeoutMs = 15_000
/** Statements that run at once, and those that wait for one of them to end. */
export const statementsAtOnceMax = 8
export const statementsWaitingMax = 64
/** As max_query_size of a server. */
export const statementBytesMax = 256 * 1024
/** Of the body of an INSERT, unpacked; it goes to a file. */
export const insertBytesMax = 2_048 * MiB
/** A client that does not take its answer for so long has gone away. */
export const slowReaderMs = 60_000
export const bodyTimeoutMs = 300_000
/** Beside ingest: as few threads of its process as may be. */
export const readerStatementsAtOnceMax = 2

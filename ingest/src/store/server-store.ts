/**
 * The event store on a ClickHouse server or cluster, by HTTP(S). The same tables and the same SQL as embedded. Inserts are
 * RowBinary, one block each; nothing relies on the server to drop a block that comes twice (docs/clickhouse.md).
 */
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client'
import {
  clusterTarget,
  GatetrailError,
  retentionDaysDefault,
  singleTarget,
  type RetentionDays,
} from '@gatetrail/schemas'
import { storeError } from './store-error.ts'
import type { Store } from './store.ts'
import type { RowBatch } from './table.ts'

export type ServerStoreSettings = {
  url: string
  user: string
  /** Resolved; empty: the user has none. */
  password: string
  database: string
  /** For questions; left out: `user` asks them. */
  reader?: { user: string; password: string }
  /** PEM bundle; left out: the system roots. */
  caFile?: string
  /** Tables are replicated and distributed there. */
  cluster?: string
  retentionDays?: RetentionDays
  /** Default: 120 s for writing, 60 s for questions. */
  requestTimeoutMs?: number
}

/** For questions alone: what the replay role has. */
export type ReadStore = Pick<Store, 'read' | 'close'>

/**
 * Connects when it is first used: a server that is away is found out then, and asked again.
 * @throws GatetrailError STORE_UNAVAILABLE if `caFile` cannot be read
 */
export async function openServerStore(settings: ServerStoreSettings): Promise<Store> {
  const { cluster, retentionDays = retentionDaysDefault } = settings
  const tls = await tlsOf(settings)
  const write = connect(settings, settings, tls, requestTimeoutMsWriting)
  const read = connect(settings, settings.reader ?? settings, tls, requestTimeoutMsReading)
  return {
    write,
    read,
    target:
      cluster === undefined ? singleTarget(retentionDays) : clusterTarget(cluster, retentionDays),
    insert: (batch) => insertRows(write, batch),
    async close() {
      await write.close()
      await read.close()
    },
  }
}

/** As `openServerStore`; the user who writes is never used. */
export async function openReadStore(settings: ServerStoreSettings): Promise<ReadStore> {
  const tls = await tlsOf(settings)
  const read = connect(settings, settings.reader ?? settings, tls, requestTimeoutMsReading)
  return { read, close: () => read.close() }
}

const requestTimeoutMsWriting = 120_000
const requestTimeoutMsReading = 60_000
const connectionsMax = 10
/** Less than any server keeps a connection that is not used (3 s before 23.11): none is taken that is being closed. */
const idleSocketMsMax = 2_500

type Tls = { ca_cert: Buffer } | undefined

function connect(
  { url, database, cluster, requestTimeoutMs }: ServerStoreSettings,
  { user, password }: { user: string; password: string },
  tls: Tls,
  timeoutMs: number,
): ClickHouseClient {
  return createClient({
    url,
    username: user,
    password,
    database,
    application: 'gatetrail',
    request_timeout: requestTimeoutMs ?? timeoutMs,
    max_open_connections: connectionsMax,
    keep_alive: {
      enabled: true,
      idle_socket_ttl: idleSocketMsMax,
      eagerly_destroy_stale_sockets: true,
    },
    // Its errors are ours to tell; what it logs holds whole statements.
    log: { level: ClickHouseLogLevel.OFF },
    ...(tls && { tls }),
    // A question may hold an IN over a table of the cluster: it is asked once, and sent to all shards.
    clickhouse_settings: cluster === undefined ? {} : { distributed_product_mode: 'global' },
  })
}

async function tlsOf({ caFile }: ServerStoreSettings): Promise<Tls> {
  if (caFile === undefined) return undefined
  try {
    return { ca_cert: await readFile(caFile) }
  } catch (cause) {
    throw new GatetrailError('STORE_UNAVAILABLE', `store.caFile ${caFile} cannot be read`, {
      hint: 'Check the path and who may read it.',
      cause,
    })
  }
}

/**
 * One block, so that the rows of a session become visible together. In a cluster a block is split by shard, and a session lies in one;
 * it counts as stored when a majority of the replicas has it.
 */
async function insertRows(client: ClickHouseClient, batch: RowBatch): Promise<void> {
  try {
    const { stream } = await client.exec({
      query: `INSERT INTO ${batch.table} (${batch.names.join(', ')}) FORMAT RowBinary`,
      values: Readable.from(batch.parts(), { objectMode: false }),
      clickhouse_settings: {
        async_insert: 0,
        insert_deduplicate: 0,
        optimize_on_insert: 0,
        max_threads: 1,
        max_insert_threads: '1',
        throw_on_max_partitions_per_insert_block: 0,
        max_insert_block_size: '1000000',
        min_insert_block_size_rows: '1000000',
        min_insert_block_size_bytes: '1000000000',
        distributed_foreground_insert: 1,
        insert_quorum: 'auto',
      },
    })
    await finished(stream.resume())
  } catch (cause) {
    throw storeError(cause, `did not take ${batch.rows} rows of ${batch.table}`)
  }
}

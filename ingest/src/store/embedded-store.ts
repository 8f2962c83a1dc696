/**
 * The event store of one machine: chDB, ClickHouse's engine in this process, behind the same client as a server. One
 * process may open a directory. Calls on one connection run one after the other, so writing and reading have their own.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  createClient,
  type ClickHouseClient,
  type ClickHouseClientConfigOptions,
} from '@clickhouse/client'
import { lockDirectory } from '@gatetrail/eventlog'
import {
  GatetrailError,
  isGatetrailError,
  retentionDaysDefault,
  singleTarget,
  type RetentionDays,
} from '@gatetrail/schemas'
import { createChdbConnection } from 'chdb/connection'
import { openReadConnections, type ReadConnections } from './read-connections.ts'
import { storeError } from './store-error.ts'
import { literal, type Store } from './store.ts'
import type { RowBatch } from './table.ts'

/**
 * Opens the store in `directory`, which is made if it does not exist. Close it before the process ends.
 * @throws GatetrailError STORE_IN_USE if another process has it open, STORE_UNAVAILABLE if it cannot be opened.
 */
export async function openEmbeddedStore(
  directory: string,
  { retentionDays = retentionDaysDefault }: { retentionDays?: RetentionDays } = {},
): Promise<Store> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const lock = await lockStore(directory)
  const clients: ClickHouseClient[] = []
  let closed: Promise<void> | undefined
  const close = () => (closed ??= closeAll())
  async function closeAll(): Promise<void> {
    for (const client of clients) await client.close()
    await lock.release()
  }
  try {
    const incoming = join(directory, 'incoming')
    await rm(incoming, { recursive: true, force: true }) // What a killed process left.
    await mkdir(incoming, { mode: 0o700 })
    const write = connect(createChdbConnection({ path: directory }))
    clients.push(write)
    const read = connect(openReadConnections(directory))
    clients.push(read)
    await write.command({ query: 'SELECT 1' })
    return {
      write,
      read,
      target: singleTarget(retentionDays),
      insert: (batch) => insertFromFile(write, incoming, batch),
      close,
    }
  } catch (cause) {
    await close()
    throw new GatetrailError('STORE_UNAVAILABLE', `the event store in ${directory} does not open`, {
      cause,
      hint: 'Look for a full disk or missing permissions; the journals hold every record.',
    })
  }
}

function connect(connection: ReadConnections): ClickHouseClient {
  // chdb is typed by @clickhouse/client-common, the client by its own copy of it: the same classes under two names.
  type Connection = NonNullable<ClickHouseClientConfigOptions['connection']>
  return createClient({ connection: connection as unknown as Connection })
}

async function lockStore(directory: string) {
  try {
    return await lockDirectory(directory)
  } catch (cause) {
    if (!isGatetrailError(cause) || cause.code !== 'DIRECTORY_IN_USE') throw cause
    throw new GatetrailError(
      'STORE_IN_USE',
      `another process has the event store in ${directory} open`,
      { cause, hint: 'Stop the other `gatetrail up`, or ask your question through its API.' },
    )
  }
}

/**
 * chDB takes binary rows from a file only: its client makes text of every body. The page cache is all that this costs.
 * One thread and one block: the rows of a session become visible together. Without optimize_on_insert, which would
 * merge the block before it is written: four times the work for rows that are distinct already.
 */
async function insertFromFile(
  client: ClickHouseClient,
  incoming: string,
  batch: RowBatch,
): Promise<void> {
  const path = join(incoming, `${batch.table}.rows`)
  const names = batch.names.join(', ')
  try {
    await writeFile(path, batch.parts(), { mode: 0o600 })
    await client.command({
      query: `INSERT INTO ${batch.table} (${names})
        SELECT ${names} FROM file(${literal(path)}, 'RowBinary', ${literal(batch.structure)})
        SETTINGS optimize_on_insert = 0, max_threads = 1, max_insert_threads = 1, throw_on_max_partitions_per_insert_block = 0,
          min_insert_block_size_rows = 1000000, min_insert_block_size_bytes = 1000000000`,
    })
  } catch (cause) {
    throw storeError(cause, `did not take ${batch.rows} rows of ${batch.table}`)
  } finally {
    await rm(path, { force: true })
  }
}

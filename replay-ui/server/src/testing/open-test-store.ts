/** ClickHouse's engine in the process of a test, with the tables of ours. */
import {
  createClient,
  type ClickHouseClient,
  type ClickHouseClientConfigOptions,
} from '@clickhouse/client'
import { migrations, singleTarget, type Migration } from '@gatetrail/schemas'
import { createChdbConnection } from 'chdb/connection'

/** `wanted`: those that are applied. Close it before the test ends. */
export async function openTestStore(
  path: string,
  wanted: readonly Migration[] = migrations,
): Promise<ClickHouseClient> {
  const connection: unknown = createChdbConnection({ path })
  // chdb is typed by @clickhouse/client-common, the client by its own copy of it: the same classes under two names.
  const client = createClient({
    connection: connection as NonNullable<ClickHouseClientConfigOptions['connection']>,
  })
  await applyMigrations(client, wanted)
  return client
}

export async function applyMigrations(
  client: ClickHouseClient,
  wanted: readonly Migration[],
): Promise<void> {
  for (const migration of wanted)
    for (const query of migration.statements(singleTarget())) await client.command({ query })
}

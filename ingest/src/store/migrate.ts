/** Brings a store to the current schema: every migration that it does not have yet, in order. Forward only. */
import { createHash } from 'node:crypto'
import type { ClickHouseClient } from '@clickhouse/client'
import {
  GatetrailError,
  migrations,
  singleTarget,
  type ClickHouseTarget,
  type Migration,
} from '@gatetrail/schemas'
import { literal, selectRows } from './store.ts'

/**
 * Applies what is missing and returns the ids of what it applied.
 * @throws GatetrailError STORE_MIGRATION_FAILED if a statement fails, if an applied migration was edited afterwards, or if
 *   a newer release has changed the store.
 */
export async function migrate(
  client: ClickHouseClient,
  target: ClickHouseTarget = singleTarget(),
  wanted: readonly Migration[] = migrations,
): Promise<string[]> {
  const applied = await appliedMigrations(client, target)
  const unknown = [...applied.keys()].filter(
    (id) => !wanted.some((migration) => migration.id === id),
  )
  if (unknown.length > 0) {
    throw new GatetrailError(
      'STORE_MIGRATION_FAILED',
      `the event store was changed by a newer release (${unknown.join(', ')})`,
      {
        hint: 'Use that release, or a new data directory: the store can be rebuilt from journals.',
      },
    )
  }
  const made: string[] = []
  for (const migration of wanted) {
    const checksum = checksumOf(migration)
    const before = applied.get(migration.id)
    if (before !== undefined) {
      if (before !== checksum) {
        throw new GatetrailError(
          'STORE_MIGRATION_FAILED',
          `migration ${migration.id} is not the one that was applied to the event store`,
        )
      }
      continue
    }
    await apply(client, target, migration)
    await client.command({
      query: `INSERT INTO schema_migrations (id, checksum) VALUES (${literal(migration.id)}, ${literal(checksum)})`,
    })
    made.push(migration.id)
  }
  return made
}

async function apply(
  client: ClickHouseClient,
  target: ClickHouseTarget,
  migration: Migration,
): Promise<void> {
  for (const query of migration.statements(target)) {
    try {
      await client.command({ query })
    } catch (cause) {
      throw new GatetrailError(
        'STORE_MIGRATION_FAILED',
        `migration ${migration.id} failed: ${cause instanceof Error ? cause.message : 'unknown error'}`,
        { cause },
      )
    }
  }
}

async function appliedMigrations(
  client: ClickHouseClient,
  target: ClickHouseTarget,
): Promise<Map<string, string>> {
  await client.command({
    query: `CREATE TABLE IF NOT EXISTS schema_migrations${target.onCluster} (
      id String, checksum String, applied DateTime('UTC') DEFAULT now()
    ) ENGINE = ${target.appending('schema_migrations')} ORDER BY id`,
  })
  const rows = await selectRows(
    client,
    'SELECT id, any(checksum) AS checksum FROM schema_migrations GROUP BY id',
  )
  return new Map(rows.map(({ id, checksum }) => [String(id), String(checksum)]))
}

/** Over the text for one server, so that it is the same wherever it is applied and whatever is retained. */
function checksumOf(migration: Migration): string {
  return createHash('sha256').update(migration.statements(singleTarget()).join(';\n')).digest('hex')
}

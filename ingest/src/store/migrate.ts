/**
 * Brings a store to the current schema: every migration that it does not have yet, in order; then the retention that is
 * configured. Forward only. A user who may not change tables finds out here, if anything is to be changed.
 */
import { createHash } from 'node:crypto'
import type { ClickHouseClient } from '@clickhouse/client'
import {
  GatetrailError,
  isGatetrailError,
  migrations,
  singleTarget,
  statementsFor,
  type ClickHouseTarget,
  type Migration,
} from '@gatetrail/schemas'
import { literal, runCommand, selectRows } from './store.ts'

/**
 * Applies what is missing and returns the ids of what it applied.
 * @throws GatetrailError STORE_MIGRATION_FAILED if a statement fails, if an applied migration was edited afterwards, or if
 *   a newer release has changed the store; STORE_UNAVAILABLE, STORE_REFUSED.
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
    await client.command({ query: noteOf(migration) })
    made.push(migration.id)
  }
  return made
}

/** All that `migrate` would run on an empty store. */
export function migrationStatements(
  target: ClickHouseTarget,
  wanted: readonly Migration[] = migrations,
): string[] {
  return [
    createMigrations(target),
    ...wanted.flatMap((migration) => [...statementsFor(migration, target), noteOf(migration)]),
  ]
}

async function apply(
  client: ClickHouseClient,
  target: ClickHouseTarget,
  migration: Migration,
): Promise<void> {
  for (const query of statementsFor(migration, target)) {
    try {
      await runCommand(client, query)
    } catch (cause) {
      throw failed(`migration ${migration.id} failed`, cause)
    }
  }
}

async function appliedMigrations(
  client: ClickHouseClient,
  target: ClickHouseTarget,
): Promise<Map<string, string>> {
  const query = 'SELECT id, any(checksum) AS checksum FROM schema_migrations GROUP BY id'
  const [exists] = await selectRows(
    client,
    "SELECT count() AS tables FROM system.tables WHERE database = currentDatabase() AND name = 'schema_migrations'",
  )
  if (Number(exists?.['tables']) === 0) {
    try {
      await runCommand(client, createMigrations(target))
    } catch (cause) {
      throw failed('the event store has no tables', cause)
    }
  }
  const rows = await selectRows(client, query)
  return new Map(rows.map(({ id, checksum }) => [String(id), String(checksum)]))
}

/** A server that is away is asked again; whoever may not change the schema is told who may. */
function failed(what: string, cause: unknown): Error {
  if (isGatetrailError(cause) && cause.code === 'STORE_UNAVAILABLE') return cause
  const message = cause instanceof Error ? cause.message : 'unknown error'
  return new GatetrailError('STORE_MIGRATION_FAILED', `${what}: ${message}`, {
    hint: 'Run `gatetrail deploy clickhouse` as a user who may change tables.',
    cause,
  })
}

function createMigrations(target: ClickHouseTarget): string {
  return `CREATE TABLE IF NOT EXISTS schema_migrations${target.onCluster} (
      id String, checksum String, applied DateTime('UTC') DEFAULT now()
    ) ENGINE = ${target.appending('schema_migrations')} ORDER BY id`
}

function noteOf(migration: Migration): string {
  return `INSERT INTO schema_migrations (id, checksum) VALUES (${literal(migration.id)}, ${literal(checksumOf(migration))})`
}

/** Over the text for one server, so that it is the same wherever it is applied and whatever is retained. */
function checksumOf(migration: Migration): string {
  return createHash('sha256').update(migration.statements(singleTarget()).join(';\n')).digest('hex')
}

/** What a store needs before ingest begins: the current schema, and the retention that is configured. */
import { isGatetrailError } from '@gatetrail/schemas'
import type { Logger } from 'pino'
import { migrate } from './migrate.ts'
import { applyRetention } from './retention.ts'
import type { Store } from './store.ts'

/** @throws GatetrailError STORE_MIGRATION_FAILED, STORE_UNAVAILABLE, STORE_REFUSED */
export async function prepareStore({ write, target }: Store, log: Logger): Promise<void> {
  const applied = await migrate(write, target)
  if (applied.length > 0) log.info({ applied }, 'the event store was brought to the current schema')
  try {
    const changes = await applyRetention(write, target)
    if (changes.length > 0) log.info({ changes }, 'the event store keeps rows for other times now')
  } catch (error) {
    if (!isGatetrailError(error) || error.code !== 'STORE_REFUSED') throw error
    // Ingest may not change tables on a server: what is kept longer or shorter than configured harms no record.
    log.warn(
      { error: error.message },
      'retention is not as configured: gatetrail deploy clickhouse',
    )
  }
}

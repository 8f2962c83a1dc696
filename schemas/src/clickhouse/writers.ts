/**
 * `writers`: one row per process run whose heartbeats came by Kafka: how far its positions and its chain have been checked
 * in `records`, and whether it still lives. Ingest's own bookkeeping, so that whoever takes a partition over goes on.
 */
import type { Migration } from './migration.ts'

export const createWriters: Migration = {
  id: '0008-writers',
  statements: ({ onCluster, replacing, retentionDays }) => [
    `CREATE TABLE IF NOT EXISTS writers_rows${onCluster} (
      tenant LowCardinality(String),
      writer UUID,
      system_session UUID,
      log_partition UInt32 COMMENT 'of the log, in which its system session lies',
      role LowCardinality(String),
      instance LowCardinality(String),
      host LowCardinality(String),
      public_key String COMMENT 'base64url',
      started DateTime64(6, 'UTC'),
      heartbeat DateTime64(6, 'UTC') COMMENT 'the last one, by its own clock',
      last_seq UInt32 COMMENT 'of the system session, as far as this row knows it',
      checked_next UInt64 COMMENT 'positions before it have been checked',
      checked_head String COMMENT 'of the chain there, hex',
      state LowCardinality(String) COMMENT 'running, stopped (in order), missed (its heartbeats ended)',
      stored DateTime('UTC'),
      row_version UInt64
    ) ENGINE = ${replacing('writers_rows')}
    ORDER BY (tenant, writer)
    TTL stored + INTERVAL ${retentionDays.statements} DAY`,
    `CREATE VIEW IF NOT EXISTS writers${onCluster} AS
    SELECT * EXCEPT (row_version) FROM writers_rows FINAL`,
  ],
}

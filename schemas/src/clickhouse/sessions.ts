/** `sessions`: one row per session of a caller. Writers' system sessions are only in `records` and `events`. */
import type { Migration } from './migration.ts'
import { principalColumns } from './principal-columns.ts'

export const createSessions: Migration = {
  id: '0004-sessions',
  statements: ({ onCluster, replacing, retentionDays }) => [
    `CREATE TABLE IF NOT EXISTS sessions_rows${onCluster} (
      tenant LowCardinality(String),
      session UUID,
      writer UUID,
      state LowCardinality(String) COMMENT 'open, closed, aborted (its writer died), refused',
      time DateTime64(6, 'UTC') COMMENT 'of its first record',
      ended Nullable(DateTime64(6, 'UTC')),${principalColumns},
      groups Array(LowCardinality(String)),
      protocol LowCardinality(String),
      client_address String,
      client_tls Bool,
      requested_user String COMMENT 'named by the client; it authorises nothing',
      application_name String,
      policy_set String,
      policies Array(LowCardinality(String)) COMMENT 'that allowed the connect',
      target_user LowCardinality(String),
      target_address LowCardinality(String),
      reason LowCardinality(String) COMMENT 'of the end',
      error LowCardinality(String) COMMENT 'a stable code',
      message String,
      duration_micros UInt64,
      statements UInt64,
      denied UInt64,
      rows UInt64,
      bytes_from_client UInt64 COMMENT 'known at the end',
      bytes_to_client UInt64 COMMENT 'known at the end',
      inspected_bytes UInt64,
      uninspected_bytes UInt64,
      uninspected Map(LowCardinality(String), UInt64) COMMENT 'bytes by reason',
      touched_values UInt64,
      entities Array(LowCardinality(String)) COMMENT 'touched',
      last_seq UInt32 COMMENT 'of what this row covers',
      last_time DateTime64(6, 'UTC'),
      stored DateTime('UTC'),
      row_version UInt64,
      INDEX session_index session TYPE bloom_filter(0.01) GRANULARITY 1,
      INDEX time_index time TYPE minmax GRANULARITY 1,
      INDEX run_index run_id TYPE bloom_filter(0.01) GRANULARITY 1,
      INDEX principal_index principal TYPE bloom_filter(0.01) GRANULARITY 1
    ) ENGINE = ${replacing('sessions_rows')}
    PARTITION BY toYYYYMM(UUIDv7ToDateTime(session, 'UTC'))
    ORDER BY (tenant, UUIDv7ToDateTime(session, 'UTC'), session)
    TTL stored + INTERVAL ${retentionDays.statements} DAY`,
    `CREATE VIEW IF NOT EXISTS sessions${onCluster} AS
    SELECT * EXCEPT (row_version) FROM sessions_rows FINAL
    SETTINGS do_not_merge_across_partitions_select_final = 1`,
  ],
}

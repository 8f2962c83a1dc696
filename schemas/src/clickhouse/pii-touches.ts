/**
 * `pii_touches`: one row per touch, with everything that the answer to "which job touched PII on that day" shows. Sorted by
 * the hour, so that a day in any time zone reads that day only. Kept longest: no TTL.
 */
import type { Migration } from './migration.ts'
import { principalColumns } from './principal-columns.ts'

export const createPiiTouches: Migration = {
  id: '0006-pii-touches',
  statements: ({ onCluster, replacing }) => [
    `CREATE TABLE IF NOT EXISTS pii_touches_rows${onCluster} (
      tenant LowCardinality(String),
      session UUID,
      seq UInt32 COMMENT 'of pii.touched',
      ordinal UInt16 COMMENT 'of the touch in that record',
      statement Nullable(UInt32) COMMENT 'seq of statement.decided',
      time DateTime64(6, 'UTC') COMMENT 'of the decision' CODEC(Delta, ZSTD(1)),
      offset_micros UInt64 COMMENT 'of pii.touched in the session' CODEC(ZSTD(1)),${principalColumns},
      place LowCardinality(String),
      entity LowCardinality(String),
      outcome LowCardinality(String),
      level LowCardinality(String),
      count UInt64,
      ruleset LowCardinality(String),
      row_version UInt64,
      INDEX session_index session TYPE bloom_filter(0.01) GRANULARITY 1,
      INDEX run_index run_id TYPE bloom_filter(0.01) GRANULARITY 1,
      INDEX principal_index principal TYPE bloom_filter(0.01) GRANULARITY 1,
      INDEX place_index place TYPE bloom_filter(0.01) GRANULARITY 1,
      INDEX entity_index entity TYPE set(64) GRANULARITY 1
    ) ENGINE = ${replacing('pii_touches_rows')}
    PARTITION BY toYYYYMM(time)
    ORDER BY (tenant, toStartOfHour(time), session, seq, ordinal)`,
    `CREATE VIEW IF NOT EXISTS pii_touches${onCluster} AS
    SELECT * EXCEPT (row_version) FROM pii_touches_rows FINAL
    SETTINGS do_not_merge_across_partitions_select_final = 1`,
  ],
}

/**
 * `records`: the source of truth, one row per record. And `dead_letters`: what could not be read.
 *
 * Keys begin with the tenant and the time in the session id (UUIDv7), so that old parts and new ones do not overlap and
 * reading deduplicated costs little. Partitions follow the same time: all rows of a session lie in one partition, so one
 * insert shows all of its rows or none, and the sequence of a session is dense at every moment.
 */
import type { Migration } from './migration.ts'

export const createRecords: Migration = {
  id: '0001-records',
  statements: ({ onCluster, replacing, appending, retentionDays }) => [
    `CREATE TABLE IF NOT EXISTS records_rows${onCluster} (
      tenant LowCardinality(String),
      session UUID,
      seq UInt32 CODEC(Delta, ZSTD(1)),
      writer UUID,
      position UInt64 CODEC(Delta, ZSTD(1)),
      kind LowCardinality(String) COMMENT 'unknown:<code> for a kind of a newer release',
      kind_code UInt16,
      version UInt8 COMMENT 'of the body',
      time DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
      offset_micros UInt64 COMMENT 'monotonic, since the start of the session' CODEC(Delta, ZSTD(1)),
      leaf_hash FixedString(32) COMMENT 'SHA-256(0x00 || bytes as they were written)',
      length UInt32 COMMENT 'of the bytes as they were written',
      stored DateTime('UTC') CODEC(Delta, ZSTD(1)),
      bytes String CODEC(ZSTD(1)) TTL stored + INTERVAL ${retentionDays.records} DAY,
      row_version UInt64,
      INDEX session_index session TYPE bloom_filter(0.01) GRANULARITY 1,
      INDEX writer_index writer TYPE bloom_filter(0.01) GRANULARITY 1,
      INDEX position_index position TYPE minmax GRANULARITY 1,
      INDEX time_index time TYPE minmax GRANULARITY 1
    ) ENGINE = ${replacing('records_rows')}
    PARTITION BY toYYYYMM(UUIDv7ToDateTime(session, 'UTC'))
    ORDER BY (tenant, UUIDv7ToDateTime(session, 'UTC'), session, seq)
    SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480`,
    `CREATE VIEW IF NOT EXISTS records${onCluster} AS
    SELECT * EXCEPT (row_version) FROM records_rows FINAL
    SETTINGS do_not_merge_across_partitions_select_final = 1`,
    `CREATE TABLE IF NOT EXISTS dead_letters_rows${onCluster} (
      tenant LowCardinality(String),
      writer UUID,
      position UInt64,
      reason LowCardinality(String),
      message String,
      time DateTime64(6, 'UTC') COMMENT 'when ingest met it',
      bytes String CODEC(ZSTD(1))
    ) ENGINE = ${appending('dead_letters_rows')}
    ORDER BY (tenant, writer, position, reason)`,
    `CREATE VIEW IF NOT EXISTS dead_letters${onCluster} AS
    SELECT * FROM dead_letters_rows LIMIT 1 BY tenant, writer, position, reason`,
  ],
}

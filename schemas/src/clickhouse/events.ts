/** `events`: one row per event, system sessions included, with the JSON body and what is common to many kinds. */
import type { Migration } from './migration.ts'

export const createEvents: Migration = {
  id: '0002-events',
  statements: ({ onCluster, replacing, retentionDays }) => [
    `CREATE TABLE IF NOT EXISTS events_rows${onCluster} (
      tenant LowCardinality(String),
      session UUID,
      seq UInt32 CODEC(Delta, ZSTD(1)),
      writer UUID,
      position UInt64 CODEC(Delta, ZSTD(1)),
      kind LowCardinality(String),
      version UInt8,
      time DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
      offset_micros UInt64 CODEC(Delta, ZSTD(1)),
      principal LowCardinality(String) COMMENT 'issuer#subject where the body names one',
      connection LowCardinality(String) COMMENT 'where the body names one',
      statement Nullable(UInt32) COMMENT 'seq of the statement.decided that the body refers to',
      description String COMMENT 'keyed hash of the statement, where the body has one',
      body String COMMENT 'JSON' CODEC(ZSTD(3)),
      stored DateTime('UTC') CODEC(Delta, ZSTD(1)),
      row_version UInt64,
      INDEX session_index session TYPE bloom_filter(0.01) GRANULARITY 1,
      INDEX kind_index kind TYPE set(64) GRANULARITY 1,
      INDEX time_index time TYPE minmax GRANULARITY 1,
      INDEX description_index description TYPE bloom_filter(0.01) GRANULARITY 4
    ) ENGINE = ${replacing('events_rows')}
    PARTITION BY toYYYYMM(UUIDv7ToDateTime(session, 'UTC'))
    ORDER BY (tenant, UUIDv7ToDateTime(session, 'UTC'), session, seq)
    TTL stored + INTERVAL ${retentionDays.contents} DAY`,
    `CREATE VIEW IF NOT EXISTS events${onCluster} AS
    SELECT * EXCEPT (row_version) FROM events_rows FINAL
    SETTINGS do_not_merge_across_partitions_select_final = 1`,
  ],
}

/** `chunks`: one row per chunk of frames, an array element per fragment; and `frames`, which explodes it. */
import type { Migration } from './migration.ts'

export const createChunks: Migration = {
  id: '0003-chunks',
  statements: ({ onCluster, replacing, retentionDays }) => [
    `CREATE TABLE IF NOT EXISTS chunks_rows${onCluster} (
      tenant LowCardinality(String),
      session UUID,
      seq UInt32 CODEC(Delta, ZSTD(1)),
      writer UUID,
      protocol LowCardinality(String),
      time DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
      offset_micros UInt64 COMMENT 'of the record in the session' CODEC(Delta, ZSTD(1)),
      offsets Array(UInt64) COMMENT 'of each fragment in the session, in microseconds' CODEC(ZSTD(1)),
      directions Array(Enum8('to_target' = 0, 'to_client' = 1)) CODEC(ZSTD(1)),
      types Array(UInt8) CODEC(ZSTD(1)),
      first Array(Bool) CODEC(ZSTD(1)),
      last Array(Bool) CODEC(ZSTD(1)),
      masked Array(Bool) CODEC(ZSTD(1)),
      withheld Array(Bool) CODEC(ZSTD(1)),
      total_lengths Array(UInt64) COMMENT 'of the whole frame, header included' CODEC(ZSTD(1)),
      lengths Array(UInt32) COMMENT 'of the fragment; withheld: 0' CODEC(ZSTD(1)),
      payload String COMMENT 'the bytes of all fragments, one after the other' CODEC(ZSTD(1)),
      stored DateTime('UTC') CODEC(Delta, ZSTD(1)),
      row_version UInt64,
      INDEX session_index session TYPE bloom_filter(0.01) GRANULARITY 1,
      INDEX time_index time TYPE minmax GRANULARITY 1
    ) ENGINE = ${replacing('chunks_rows')}
    PARTITION BY toYYYYMM(UUIDv7ToDateTime(session, 'UTC'))
    ORDER BY (tenant, UUIDv7ToDateTime(session, 'UTC'), session, seq)
    TTL stored + INTERVAL ${retentionDays.contents} DAY
    SETTINGS index_granularity = 1024`,
    `CREATE VIEW IF NOT EXISTS chunks${onCluster} AS
    SELECT * EXCEPT (row_version) FROM chunks_rows FINAL
    SETTINGS do_not_merge_across_partitions_select_final = 1`,
    `CREATE VIEW IF NOT EXISTS frames${onCluster} AS
    SELECT
      tenant, session, seq, fragment, protocol, time,
      offset AS offset_micros, direction, char(type) AS type, is_first AS first, is_last AS last,
      is_masked AS masked, is_withheld AS withheld, total_length, length,
      substring(payload, end - length + 1, length) AS bytes
    FROM chunks
    ARRAY JOIN
      arrayEnumerate(lengths) AS fragment, offsets AS offset, directions AS direction, types AS type, first AS is_first,
      last AS is_last, masked AS is_masked, withheld AS is_withheld, total_lengths AS total_length, lengths AS length,
      arrayCumSum(lengths) AS end`,
  ],
}

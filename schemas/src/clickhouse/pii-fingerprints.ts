/**
 * `pii_fingerprints`: one row per fingerprint of a touch, sorted by it, so that one value is found among all years. Who it was
 * stands in `pii_touches`, under the same time, session, seq and ordinal. Kept as long: no TTL.
 */
import type { Migration } from './migration.ts'

export const createPiiFingerprints: Migration = {
  id: '0011-pii-fingerprints',
  statements: ({ onCluster, replacing }) => [
    `CREATE TABLE IF NOT EXISTS pii_fingerprints_rows${onCluster} (
      tenant LowCardinality(String),
      fingerprint FixedString(12),
      key_id LowCardinality(String) COMMENT 'of the key that made it',
      entity LowCardinality(String),
      time DateTime64(6, 'UTC') COMMENT 'of the decision' CODEC(Delta, ZSTD(1)),
      session UUID,
      seq UInt32 COMMENT 'as in pii_touches',
      ordinal UInt16,
      scan UUID COMMENT 'as in pii_touches',
      row_version UInt64,
      INDEX session_index session TYPE bloom_filter(0.01) GRANULARITY 1
    ) ENGINE = ${replacing('pii_fingerprints_rows')}
    PARTITION BY toYYYYMM(time)
    ORDER BY (tenant, fingerprint, toStartOfHour(time), session, seq, ordinal, scan)`,
    `CREATE VIEW IF NOT EXISTS pii_fingerprints${onCluster} AS
    SELECT * EXCEPT (row_version) FROM pii_fingerprints_rows FINAL
    SETTINGS do_not_merge_across_partitions_select_final = 1`,
  ],
}

/** `statements`: one row per statement.decided, completed by what is known later. */
import type { Migration } from './migration.ts'
import { principalColumns } from './principal-columns.ts'

export const createStatements: Migration = {
  id: '0005-statements',
  statements: ({ onCluster, replacing, retentionDays }) => [
    `CREATE TABLE IF NOT EXISTS statements_rows${onCluster} (
      tenant LowCardinality(String),
      session UUID,
      seq UInt32 COMMENT 'of statement.decided' CODEC(Delta, ZSTD(1)),
      writer UUID,
      time DateTime64(6, 'UTC') COMMENT 'of the decision' CODEC(Delta, ZSTD(1)),
      offset_micros UInt64 COMMENT 'of the decision in the session: where a replay jumps to' CODEC(Delta, ZSTD(1)),${principalColumns},
      description String COMMENT 'keyed hash of the statement',
      text String COMMENT 'as recorded: personal data masked, cut at 64 KiB' CODEC(ZSTD(3)),
      text_bytes UInt64 COMMENT 'of the whole text',
      path LowCardinality(String),
      verdict LowCardinality(String),
      policies Array(LowCardinality(String)),
      policy_set LowCardinality(String),
      code LowCardinality(String) COMMENT 'why refused, a stable code',
      reason String COMMENT 'what the client was told',
      approval_groups Array(LowCardinality(String)),
      kinds Array(LowCardinality(String)),
      effects Array(LowCardinality(String)),
      reads Array(LowCardinality(String)),
      writes Array(LowCardinality(String)),
      complete Bool COMMENT 'whether the text tells what will happen',
      completed Bool COMMENT 'whether it was answered; rows to error_message hold from then on',
      rows UInt64,
      bytes UInt64,
      duration_micros UInt64,
      command LowCardinality(String),
      error_sqlstate LowCardinality(String),
      error_message String,
      touches String COMMENT 'JSON array of touches' CODEC(ZSTD(1)),
      touched_values UInt64,
      entities Array(LowCardinality(String)),
      stored DateTime('UTC') CODEC(Delta, ZSTD(1)),
      row_version UInt64 COMMENT 'seq of the last record that it covers, plus 1',
      INDEX session_index session TYPE bloom_filter(0.01) GRANULARITY 1,
      INDEX time_index time TYPE minmax GRANULARITY 1,
      INDEX run_index run_id TYPE bloom_filter(0.01) GRANULARITY 1,
      INDEX principal_index principal TYPE bloom_filter(0.01) GRANULARITY 1,
      INDEX verdict_index verdict TYPE set(8) GRANULARITY 1,
      INDEX text_index text TYPE text(tokenizer = 'splitByNonAlpha', preprocessor = lower(text))
    ) ENGINE = ${replacing('statements_rows')}
    PARTITION BY toYYYYMM(UUIDv7ToDateTime(session, 'UTC'))
    ORDER BY (tenant, UUIDv7ToDateTime(session, 'UTC'), session, seq)
    TTL stored + INTERVAL ${retentionDays.statements} DAY`,
    `CREATE VIEW IF NOT EXISTS statements${onCluster} AS
    SELECT * EXCEPT (row_version) FROM statements_rows FINAL
    SETTINGS do_not_merge_across_partitions_select_final = 1`,
  ],
}

/** `redriven_letters`: dead letters that were taken again; and `dead_letters`, which says of each whether it is still open. */
import type { Migration } from './migration.ts'

export const createRedrivenLetters: Migration = {
  id: '0009-redriven-letters',
  statements: ({ onCluster, replacing }) => [
    `CREATE TABLE IF NOT EXISTS redriven_letters_rows${onCluster} (
      tenant LowCardinality(String),
      writer UUID,
      position UInt64,
      reason LowCardinality(String),
      time DateTime64(6, 'UTC') COMMENT 'when it was taken again',
      row_version UInt64
    ) ENGINE = ${replacing('redriven_letters_rows')}
    ORDER BY (tenant, writer, position, reason)`,
    `CREATE OR REPLACE VIEW dead_letters${onCluster} AS
    SELECT tenant, writer, position, reason, message, time, bytes, redriven < time AS open
    FROM (
      SELECT tenant, writer, position, reason, message, time, bytes FROM dead_letters_rows
      ORDER BY time DESC LIMIT 1 BY tenant, writer, position, reason
    ) AS letters
    LEFT ANY JOIN (
      SELECT tenant, writer, position, reason, time AS redriven FROM redriven_letters_rows FINAL
    ) AS taken USING (tenant, writer, position, reason)
    SETTINGS join_use_nulls = 0`,
  ],
}

/**
 * `session_aborts`: who reported that a session's writer died, the report that knows most per session. A table of its own,
 * because the report and the session lie in different partitions of the log, so that different ingest processes shape
 * them: neither may write the other's row. `sessions` brings both together: a session that nobody closed is aborted where
 * the report covers all that is stored of it, and open again if its writer has gone on since.
 */
import type { Migration } from './migration.ts'

export const createSessionAborts: Migration = {
  id: '0007-session-aborts',
  statements: ({ onCluster, replacing, retentionDays }) => [
    `CREATE TABLE IF NOT EXISTS session_aborts_rows${onCluster} (
      tenant LowCardinality(String),
      session UUID COMMENT 'that was open',
      writer UUID COMMENT 'that died',
      last_seq UInt32 COMMENT 'of the last record of the session, as the report knew it',
      last_time DateTime64(6, 'UTC') COMMENT 'of that record',
      reason LowCardinality(String) COMMENT 'crash, heartbeat_missed',
      reported_in UUID COMMENT 'the system session with the report',
      reported_seq UInt32,
      stored DateTime('UTC'),
      row_version UInt64
    ) ENGINE = ${replacing('session_aborts_rows')}
    PARTITION BY toYYYYMM(UUIDv7ToDateTime(session, 'UTC'))
    ORDER BY (tenant, UUIDv7ToDateTime(session, 'UTC'), session)
    TTL stored + INTERVAL ${retentionDays.statements} DAY`,
    `CREATE VIEW IF NOT EXISTS session_aborts${onCluster} AS
    SELECT * EXCEPT (row_version) FROM session_aborts_rows FINAL
    SETTINGS do_not_merge_across_partitions_select_final = 1`,
    `CREATE OR REPLACE VIEW sessions${onCluster} AS
    SELECT * EXCEPT (row_version, abort_session, abort_seq, abort_time, abort_reason, abort_version) REPLACE (
      if(state = 'open' AND abort_version > 0 AND abort_seq >= last_seq, 'aborted', state) AS state,
      if(state = 'open' AND abort_version > 0 AND abort_seq >= last_seq, abort_time, ended) AS ended,
      if(state = 'open' AND abort_version > 0 AND abort_seq >= last_seq, abort_reason, reason) AS reason
    )
    FROM (SELECT * FROM sessions_rows FINAL) AS folded
    LEFT ANY JOIN (
      SELECT session AS abort_session, last_seq AS abort_seq, last_time AS abort_time, reason AS abort_reason,
        row_version AS abort_version
      FROM session_aborts_rows FINAL
    ) AS aborts ON session = abort_session
    SETTINGS do_not_merge_across_partitions_select_final = 1, join_use_nulls = 0`,
  ],
}

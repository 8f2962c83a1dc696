/**
 * What a migration is. The same migrations serve chDB, a ClickHouse server and a cluster: what differs between them is a
 * `ClickHouseTarget`. Forward only: a released migration is never edited; a change is a new one at the end of the list.
 */

/** Days after which a payload is dropped. Counted from when ingest stored the row, so that a wrong clock cannot expire it. */
export type RetentionDays = {
  /** `bytes` of records: the row with its leaf hash stays. */
  records: number
  /** Whole rows of chunks and events: what a replay shows. */
  contents: number
  /** Whole rows of statements and sessions. */
  statements: number
}

export type ClickHouseTarget = {
  /** ` ON CLUSTER name`, or nothing. */
  onCluster: string
  /** The engine of tables in which the highest `row_version` of a key wins. */
  replacing(table: string): string
  /** The engine of tables that only grow. */
  appending(table: string): string
  retentionDays: RetentionDays
}

export type Migration = {
  /** `NNNN-name`, ascending. */
  id: string
  /** Each can be run again: a crash between two of them is repaired by the next start. */
  statements(target: ClickHouseTarget): string[]
}

export const retentionDaysDefault: RetentionDays = {
  records: 1_100,
  contents: 1_100,
  statements: 2_200,
}

/** chDB, and one ClickHouse server. */
export function singleTarget(retentionDays = retentionDaysDefault): ClickHouseTarget {
  return {
    onCluster: '',
    replacing: () => 'ReplacingMergeTree(row_version)',
    appending: () => 'MergeTree',
    retentionDays,
  }
}

/** A cluster with `{shard}` and `{replica}` macros; `cluster` is an identifier of its configuration. */
export function clusterTarget(
  cluster: string,
  retentionDays = retentionDaysDefault,
): ClickHouseTarget {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(cluster))
    throw new Error('the name of a cluster is an identifier')
  const path = (table: string) => `'/clickhouse/tables/{shard}/{database}/${table}', '{replica}'`
  return {
    onCluster: ` ON CLUSTER ${cluster}`,
    replacing: (table) => `ReplicatedReplacingMergeTree(${path(table)}, row_version)`,
    appending: (table) => `ReplicatedMergeTree(${path(table)})`,
    retentionDays,
  }
}

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
  /** The name of the cluster, where there is one. */
  cluster: string | undefined
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
    cluster: undefined,
    replacing: () => 'ReplacingMergeTree(row_version)',
    appending: () => 'MergeTree',
    retentionDays,
  }
}

/**
 * A cluster with `{shard}` and `{replica}` macros; `cluster` is an identifier of its configuration. The path in Keeper has the
 * table's UUID, so that a table that is rebuilt beside another one may change places with it.
 */
export function clusterTarget(
  cluster: string,
  retentionDays = retentionDaysDefault,
): ClickHouseTarget {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(cluster))
    throw new Error('the name of a cluster is an identifier')
  // Every node reads which migrations there are: one set of replicas, over all shards.
  const path = (table: string) =>
    table === 'schema_migrations'
      ? `'/clickhouse/tables/{uuid}/all', '{shard}-{replica}'`
      : `'/clickhouse/tables/{uuid}/{shard}', '{replica}'`
  return {
    onCluster: ` ON CLUSTER ${cluster}`,
    cluster,
    replacing: (table) => `ReplicatedReplacingMergeTree(${path(table)}, row_version)`,
    appending: (table) => `ReplicatedMergeTree(${path(table)})`,
    retentionDays,
  }
}

/** Where the rows of a table are: in a cluster, the table itself only knows on which shard. */
export function localTable(table: string, { cluster }: ClickHouseTarget): string {
  return cluster === undefined ? table : `${table}_local`
}

/** Engines wait for what rewrites stored rows, by default: of a full store that takes hours, and nothing depends on it. */
export function inBackground(alter: string): string {
  return `${alter} SETTINGS mutations_sync = 0`
}

/** By session, so that all of its rows lie on one shard, and reading deduplicated is a matter of each shard alone. */
export function distributedTable(
  table: string,
  { cluster, onCluster }: ClickHouseTarget,
  key: string,
): string {
  return `CREATE TABLE IF NOT EXISTS ${table}${onCluster} AS ${table}_local
    ENGINE = Distributed(${cluster ?? ''}, currentDatabase(), ${table}_local, cityHash64(${key}))`
}

/**
 * What a migration does to a target. In a cluster each table becomes two: `x_rows_local` on every node, with the rows of its shard,
 * and `x_rows`, by which everything reads and writes.
 */
export function statementsFor(migration: Migration, target: ClickHouseTarget): string[] {
  const statements = migration.statements(target)
  if (target.cluster === undefined) return statements
  return statements.flatMap((statement) => {
    const table = /^\s*CREATE TABLE IF NOT EXISTS (\w+_rows) /.exec(statement)?.[1]
    if (table === undefined) return [statement]
    const local = statement.replace(` ${table} `, ` ${table}_local `)
    const key = /^\s+session UUID/m.test(statement) ? 'session' : 'writer'
    return [local, distributedTable(table, target, key)]
  })
}

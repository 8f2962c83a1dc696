/**
 * Makes what Gatetrail needs on a ClickHouse server or cluster: the database, the tables, retention, and two roles with no more
 * than ingest and replay use. Every statement can be run again.
 */
import { createHash } from 'node:crypto'
import {
  clusterTarget,
  localTable,
  retentionDaysDefault,
  singleTarget,
  type ClickHouseTarget,
} from '@gatetrail/schemas'
import { migrate, migrationStatements } from './migrate.ts'
import { redactedTables } from './redacted-tables.ts'
import { applyRetention, expiring, type RetentionChange } from './retention.ts'
import { openServerStore, type ServerStoreSettings } from './server-store.ts'
import { literal, runCommand } from './store.ts'

/** Who has a role. With a password the user is made, without one it must be there. */
export type StoreUser = { name: string; password?: string }

export type DeployStoreOptions = {
  /** `user` is an administrator: it may create databases, roles and users. */
  settings: ServerStoreSettings
  ingest?: StoreUser
  replay?: StoreUser
}

export type DeployStoreReport = {
  migrations: string[]
  retention: RetentionChange[]
  roles: string[]
}

/** All that would be run on an empty server. Passwords, and what is made of them, are not in it. */
export function deployStatements(options: DeployStoreOptions): string[] {
  const target = targetOf(options.settings)
  return [
    createDatabase(options.settings, target),
    `USE ${options.settings.database}`,
    ...migrationStatements(target).map((statement) => statement.trim()),
    ...accessStatements(options, target).map(({ shown }) => shown),
  ]
}

/** @throws GatetrailError STORE_UNAVAILABLE, STORE_REFUSED (no right to do so), STORE_MIGRATION_FAILED */
export async function deployStore(options: DeployStoreOptions): Promise<DeployStoreReport> {
  const { settings } = options
  const target = targetOf(settings)
  const first = await openServerStore({ ...settings, database: 'default' })
  try {
    await runCommand(first.write, createDatabase(settings, target))
  } finally {
    await first.close()
  }
  const store = await openServerStore(settings)
  try {
    const migrations = await migrate(store.write, target)
    const retention = await applyRetention(store.write, target)
    for (const { statement } of accessStatements(options, target))
      await runCommand(store.write, statement)
    return { migrations, retention, roles: Object.values(roles) }
  } finally {
    await store.close()
  }
}

export const roles = { ingest: 'gatetrail_ingest', replay: 'gatetrail_replay' } as const

/** What replay sets with a question: a user with `readonly = 1` may change nothing else. */
const changeableByReplay = [
  'output_format_json_quote_64bit_integers',
  'output_format_json_named_tuples_as_objects',
  'distributed_product_mode',
  'max_rows_to_read',
  // What a caller may see: web.scopes.
  'additional_table_filters',
] as const

const replaySecondsMax = 60

type AccessStatement = { statement: string; shown: string }

function accessStatements(
  { settings, ingest, replay }: DeployStoreOptions,
  target: ClickHouseTarget,
): AccessStatement[] {
  const { onCluster } = target
  const same = (statement: string) => ({ statement, shown: statement })
  const grant = (role: keyof typeof roles) =>
    same(
      `GRANT${onCluster} ${grantsOf(role, settings.database, target).join(', ')} TO ${roles[role]} WITH REPLACE OPTION`,
    )
  const changeable = changeableByReplay.map((name) => `${name} CHANGEABLE_IN_READONLY`)
  return [
    same(`CREATE ROLE IF NOT EXISTS ${roles.ingest}${onCluster}`),
    grant('ingest'),
    same(`CREATE ROLE IF NOT EXISTS ${roles.replay}${onCluster}`),
    same(
      `ALTER ROLE ${roles.replay}${onCluster} SETTINGS readonly = 1, max_execution_time = ${replaySecondsMax} MIN 0 MAX ${replaySecondsMax} CHANGEABLE_IN_READONLY, ${changeable.join(', ')}`,
    ),
    grant('replay'),
    ...userStatements(ingest, roles.ingest, onCluster),
    ...userStatements(replay, roles.replay, onCluster),
  ]
}

function userStatements(
  user: StoreUser | undefined,
  role: string,
  onCluster: string,
): AccessStatement[] {
  if (user === undefined) return []
  const name = identifier(user.name)
  const given = `GRANT${onCluster} ${role} TO ${name}`
  const byDefault = `ALTER USER ${name}${onCluster} DEFAULT ROLE ${role}`
  const statements = [given, byDefault].map((statement) => ({ statement, shown: statement }))
  if (user.password === undefined) return statements
  // A hash: what reaches the server's own log is not the password.
  const hash = createHash('sha256').update(user.password).digest('hex')
  const withHash = (verb: string, shownHash: string) =>
    `${verb} ${name}${onCluster} IDENTIFIED WITH sha256_hash BY ${literal(shownHash)}`
  return [
    ...['CREATE USER IF NOT EXISTS', 'ALTER USER'].map((verb) => ({
      statement: withHash(verb, hash),
      shown: withHash(verb, '***'),
    })),
    ...statements,
  ]
}

/** `SELECT ON database.table`, for each table and view. Nothing is granted on what a later migration adds, until it is deployed. */
export function grantsOf(
  role: keyof typeof roles,
  database: string,
  target: ClickHouseTarget,
): string[] {
  const names = migrationStatements(target).flatMap((statement) => {
    const found = /^\s*CREATE (?:OR REPLACE )?(TABLE|VIEW) (?:IF NOT EXISTS )?(\w+)/.exec(statement)
    return found === null ? [] : [{ kind: found[1] ?? '', name: found[2] ?? '' }]
  })
  const all = new Map(names.map(({ kind, name }) => [name, kind]))
  const grants = Array.from(all.keys(), (name) => `SELECT ON ${database}.${name}`)
  if (role === 'replay') return grants
  const written = [...all].filter(
    ([name, kind]) => kind === 'TABLE' && name !== 'schema_migrations',
  )
  return [
    ...grants,
    ...written.map(([name]) => `INSERT ON ${database}.${name}`),
    // So that what a scan has masked leaves the disk.
    ...redactedTables.map((table) => `OPTIMIZE ON ${database}.${localTable(table, target)}`),
    // Legal holds, and of no table another column.
    ...expiring.map(
      (table) => `ALTER UPDATE(held_until) ON ${database}.${localTable(table, target)}`,
    ),
  ]
}

function createDatabase(
  { database }: ServerStoreSettings,
  { onCluster }: ClickHouseTarget,
): string {
  return `CREATE DATABASE IF NOT EXISTS ${database}${onCluster}`
}

function targetOf({ cluster, retentionDays = retentionDaysDefault }: ServerStoreSettings) {
  return cluster === undefined ? singleTarget(retentionDays) : clusterTarget(cluster, retentionDays)
}

function identifier(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}

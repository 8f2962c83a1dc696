/**
 * What a caller sees whose right to read ends at some connections (`web.scopes`): of every table a condition, which ClickHouse puts
 * below the views, subqueries and joins of whatever is asked. A table that is not named here shows nothing. Pure.
 */
import { migrations, singleTarget } from '@gatetrail/schemas'

/** Tables whose every row says which connection it is about. */
const byConnection = ['sessions_rows', 'statements_rows', 'pii_touches_rows']
/** Tables whose rows belong to a session, and are seen with it. Writers' own sessions belong to no connection. */
const bySession = [
  'records_rows',
  'events_rows',
  'chunks_rows',
  'session_aborts_rows',
  'pii_fingerprints_rows',
]
/** Events about no connection that everybody needs who reads: what may be missing, and the policies that decided. */
const kindsForAll = ['gatetrail.gap.found', 'gatetrail.policy.loaded']

export const tablesInScope: readonly string[] = [...byConnection, ...bySession]

/** Every table of the store, the one of migrations itself too. */
const tables = [
  ...new Set([
    'schema_migrations',
    ...migrations
      .flatMap((migration) => migration.statements(singleTarget()))
      .map((statement) => /^\s*CREATE TABLE IF NOT EXISTS (\w+)/.exec(statement)?.[1])
      .filter((table) => table !== undefined),
  ]),
]

export type Scope = {
  tenant: string
  connections: readonly string[]
  /** The question is about this session alone, which is known to be of these connections: nothing else need be looked up. */
  session?: string
}

/** A SETTINGS clause's part. It goes with the one question: a setting of the connection would stay with chDB for the next. */
export function scopeSetting(scope: Scope): string {
  const filters = tables.map((table) => `'${table}':'${conditionOf(table, scope)}'`)
  // In a cluster: the same table where its rows are.
  const local = tables.map((table) => `'${table}_local':'${conditionOf(table, scope)}'`)
  return `additional_table_filters = {${[...filters, ...local].join(', ')}}`
}

function conditionOf(table: string, scope: Scope): string {
  const ofConnections = `connection IN (${scope.connections.map(textOf).join(', ')})`
  if (scope.connections.length === 0) return '0'
  if (byConnection.includes(table)) return ofConnections
  if (!bySession.includes(table)) return '0'
  const ofSessions =
    scope.session === undefined
      ? `session GLOBAL IN (SELECT session FROM sessions_rows WHERE tenant = ${textOf(scope.tenant)} AND ${ofConnections})`
      : `session = toUUID(${textOf(scope.session)})`
  if (table !== 'events_rows') return ofSessions
  return `(${ofSessions} OR kind IN (${kindsForAll.map(textOf).join(', ')}))`
}

/** As bytes: neither quotes nor anything else of a text reaches the query, whichever way it takes to the engine. */
function textOf(text: string): string {
  return `char(${[...Buffer.from(text)].join(',')})`
}

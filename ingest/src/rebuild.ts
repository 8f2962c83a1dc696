/**
 * Makes the derived tables anew from `records.bytes`, beside the old ones, and then exchanges each for its old one in one
 * step: a question never meets a half-made table. Sessions with a record whose bytes have expired keep their old rows.
 * Other ingest processes may go on meanwhile: what they stored since is derived once more when the tables are in place.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { expiringTables, localTable, ofScan, type ExpiringTable } from '@gatetrail/schemas'
import { derivePages, isIntact, sessionSizes } from './derive-sessions.ts'
import { keepHeld } from './store/holds.ts'
import { createShadow, exchangeShadow, shadowSuffix } from './store/shadow-table.ts'
import { runCommand, selectRows, type Store } from './store/store.ts'

export type RebuildProgress = {
  records: number
  recordsTotal: number
  /** Sessions whose rows were kept as they are, because bytes of theirs have expired. */
  sessionsKept: number
}

export type RebuildOptions = {
  onProgress?: (progress: RebuildProgress) => void
  /** How long others may take to insert a batch; left out: nobody else writes. */
  othersMs?: number
}

/** By which the clocks of ingest processes may differ. */
const clocksSeconds = 600

const derivedTables = [
  'events_rows',
  'chunks_rows',
  'statements_rows',
  'pii_touches_rows',
  'pii_fingerprints_rows',
  'session_aborts_rows',
  'sessions_rows',
] as const

/** Sessions of which not all bytes are there. */
const expiredSessions = "SELECT session FROM records WHERE length > 0 AND bytes = ''"

/** @throws GatetrailError STORE_UNAVAILABLE: the old tables stay in place then. */
export async function rebuildDerived(
  { store }: { store: Store },
  { onProgress = () => undefined, othersMs }: RebuildOptions = {},
): Promise<RebuildProgress> {
  const client = store.write
  const [clock] = await selectRows(client, 'SELECT toUnixTimestamp(now()) AS now')
  for (const table of derivedTables) {
    for (const statement of createShadow(table, store.target)) await runCommand(client, statement)
    if (isExpiring(table)) await keepAll(store, table)
  }
  const progress = await derive(store, '1', shadowSuffix, onProgress)
  for (const table of derivedTables) {
    await runCommand(
      client,
      `INSERT INTO ${table}${shadowSuffix} SELECT * FROM ${table} FINAL WHERE ${keptRows(table)}`,
    )
    if (isExpiring(table)) await keepHeld(store, table, shadowSuffix)
    for (const statement of exchangeShadow(table, store.target)) await runCommand(client, statement)
  }
  if (othersMs !== undefined) {
    await sleep(othersMs) // What was on its way into an old table is in `records` by then.
    const since = Number(clock?.['now']) - clocksSeconds
    await derive(
      store,
      `session IN (SELECT session FROM records_rows WHERE stored >= toDateTime(${since}, 'UTC'))`,
      '',
      () => undefined,
    )
  }
  return progress
}

/** Rows that cannot be made anew, or may be of a record that is not there any more: the scan's own, of another session. */
function keptRows(table: DerivedTable): string {
  switch (table) {
    case 'session_aborts_rows':
      return `reported_in IN (${expiredSessions})`
    case 'pii_touches_rows':
    case 'pii_fingerprints_rows':
      return `session IN (${expiredSessions}) OR ${ofScan}`
    default:
      return `session IN (${expiredSessions})`
  }
}

type DerivedTable = (typeof derivedTables)[number]

function isExpiring(table: DerivedTable): table is DerivedTable & ExpiringTable {
  return table in expiringTables
}

/** What is made anew is not held yet: none of it may expire before it is. */
function keepAll({ write, target }: Store, table: DerivedTable): Promise<void> {
  const shadow = localTable(`${table}${shadowSuffix}`, target)
  return runCommand(write, `ALTER TABLE ${shadow}${target.onCluster} REMOVE TTL`)
}

async function derive(
  store: Store,
  condition: string,
  tableSuffix: string,
  onProgress: (progress: RebuildProgress) => void,
): Promise<RebuildProgress> {
  const sizes = await sessionSizes(store, condition)
  const progress: RebuildProgress = {
    records: 0,
    recordsTotal: sizes.reduce((sum, { records }) => sum + records, 0),
    sessionsKept: sizes.filter((size) => !isIntact(size)).length,
  }
  await derivePages(store, {
    sizes,
    late: [],
    tenantOf: () => '', // Stored records have theirs.
    tableSuffix,
    onPage: (records) => {
      progress.records += records
      onProgress({ ...progress })
    },
  })
  return progress
}

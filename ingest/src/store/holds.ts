/**
 * Legal holds: what is placed and lifted stands in the trail itself (gatetrail.hold.placed, .lifted), and ingest makes the rows of
 * held sessions last (`held_until`). Done again and again: rows that come later, and sessions that only then match, are held
 * long before the shortest retention, a day, is over.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import {
  decodeEventBody,
  localTable,
  retentionStatement,
  type ClickHouseTarget,
  type EventBody,
  type ExpiringTable,
} from '@gatetrail/schemas'
import { expiring } from './retention.ts'
import { inSessions, literal, literals, runCommand, selectRows } from './store.ts'

export type Hold = EventBody<'gatetrail.hold.placed'>

/** Longer than anything is kept: the end of DateTime. */
const heldUntil = "toDateTime('2106-01-01 00:00:00', 'UTC')"
const holdsMax = 10_000
const sessionsPerStatementMax = 1_000
const holdsPerQueryMax = 200

export type HoldChange = { table: string; held: number; released: number }

/** The holds in force, oldest first. */
export async function loadHolds(client: ClickHouseClient, tenant: string): Promise<Hold[]> {
  const rows = await selectRows(
    client,
    `SELECT kind, version, body FROM events WHERE tenant = ${literal(tenant)}
       AND kind IN ('gatetrail.hold.placed', 'gatetrail.hold.lifted') ORDER BY time LIMIT ${holdsMax * 2}`,
  )
  const holds = new Map<string, Hold>()
  const lifted = new Set<string>()
  for (const { kind, version, body } of rows) {
    const bytes = Buffer.from(String(body))
    if (kind === 'gatetrail.hold.lifted')
      lifted.add(decodeEventBody('gatetrail.hold.lifted', bytes, Number(version)).hold)
    else {
      const hold = decodeEventBody('gatetrail.hold.placed', bytes, Number(version))
      holds.set(hold.hold, hold)
    }
  }
  return [...holds.values()].filter(({ hold }) => !lifted.has(hold))
}

/**
 * Holds what is not held yet, and releases what no hold names any more.
 * @throws GatetrailError STORE_UNAVAILABLE, STORE_REFUSED
 */
export async function applyHolds(
  { read, write }: { read: ClickHouseClient; write: ClickHouseClient },
  target: ClickHouseTarget,
  tenant: string,
  holds: readonly Hold[],
): Promise<HoldChange[]> {
  const wanted = await sessionsOf(read, tenant, holds)
  const changes: HoldChange[] = []
  for (const table of expiring) {
    const toHold: string[] = []
    for (const some of slices([...wanted])) {
      const condition = `${inSessions(some)} AND held_until < ${heldUntil}`
      toHold.push(...(await sessionsWith(read, table, tenant, condition)))
    }
    const held = await sessionsWith(read, table, tenant, "held_until > toDateTime(0, 'UTC')")
    const toRelease = held.filter((id) => !wanted.has(id))
    if (toHold.length + toRelease.length === 0) continue
    await update(write, target, table, tenant, toHold, heldUntil)
    await update(write, target, table, tenant, toRelease, "toDateTime(0, 'UTC')")
    changes.push({ table, held: toHold.length, released: toRelease.length })
  }
  return changes
}

/** Sessions with a row of which this holds. */
async function sessionsWith(
  client: ClickHouseClient,
  table: string,
  tenant: string,
  condition: string,
): Promise<string[]> {
  const rows = await selectRows(
    client,
    `SELECT DISTINCT toString(session) AS id FROM ${table} WHERE tenant = ${literal(tenant)} AND ${condition}`,
  )
  return rows.map(({ id }) => String(id))
}

/** Holds in the table beside one what is held in it, of whatever tenant, and only then lets rows of it expire. */
export async function keepHeld(
  { write, target }: { write: ClickHouseClient; target: ClickHouseTarget },
  table: ExpiringTable,
  suffix: string,
): Promise<void> {
  const rows = await selectRows(
    write,
    `SELECT DISTINCT toString(session) AS id FROM ${table} WHERE held_until > toDateTime(0, 'UTC')`,
  )
  const beside = `${localTable(`${table}${suffix}`, target)}${target.onCluster}`
  for (const some of slices(rows.map(({ id }) => String(id)))) {
    await runCommand(
      write,
      `ALTER TABLE ${beside} UPDATE held_until = ${heldUntil} WHERE session IN (${literals(some)}) SETTINGS mutations_sync = 2`,
    )
  }
  await runCommand(write, retentionStatement(table, target, suffix))
}

/** Which of these sessions a hold names that is in force, whether it is applied to their rows yet or not. */
export async function heldAmong(
  client: ClickHouseClient,
  tenant: string,
  sessions: readonly string[],
): Promise<Set<string>> {
  const held = new Set<string>()
  const conditions = (await loadHolds(client, tenant)).map((hold) => `(${conditionOf(hold)})`)
  for (let at = 0; at < conditions.length; at += holdsPerQueryMax) {
    const named = conditions.slice(at, at + holdsPerQueryMax).join(' OR ')
    const condition = `${inSessions(sessions)} AND (${named})`
    for (const id of await sessionsWith(client, 'sessions', tenant, condition)) held.add(id)
  }
  return held
}

/** What the holds name, and the sessions in which they were placed themselves: they outlive what they hold. */
async function sessionsOf(
  client: ClickHouseClient,
  tenant: string,
  holds: readonly Hold[],
): Promise<Set<string>> {
  const found = new Set<string>()
  if (holds.length === 0) return found
  for (const some of slices(holds.map(({ hold }) => hold))) {
    const placed = `kind = 'gatetrail.hold.placed' AND JSONExtractString(body, 'hold') IN (${literals(some)})`
    for (const id of await sessionsWith(client, 'events', tenant, placed)) found.add(id)
  }
  for (const hold of holds) {
    if (hold.session !== undefined) found.add(hold.session)
    for (const id of await sessionsWith(client, 'sessions', tenant, conditionOf(hold)))
      found.add(id)
  }
  return found
}

function conditionOf({
  session,
  principal,
  runProvider,
  runId,
  fromMicros,
  toMicros,
}: Hold): string {
  const time = (micros: number) => `fromUnixTimestamp64Micro(toInt64(${micros}), 'UTC')`
  const conditions = [
    ...(session === undefined ? [] : [`session = ${literal(session)}`]),
    ...(principal === undefined ? [] : [`principal = ${literal(principal)}`]),
    ...(runProvider === undefined ? [] : [`run_provider = ${literal(runProvider)}`]),
    ...(runId === undefined ? [] : [`run_id = ${literal(runId)}`]),
    ...(fromMicros === undefined ? [] : [`last_time >= ${time(fromMicros)}`]),
    ...(toMicros === undefined ? [] : [`time < ${time(toMicros)}`]),
  ]
  // One that names nothing holds nothing: the API refuses it.
  return conditions.length === 0 ? '0' : conditions.join(' AND ')
}

async function update(
  client: ClickHouseClient,
  target: ClickHouseTarget,
  table: string,
  tenant: string,
  sessions: readonly string[],
  until: string,
): Promise<void> {
  for (const some of slices(sessions)) {
    await runCommand(
      client,
      `ALTER TABLE ${localTable(table, target)}${target.onCluster} UPDATE held_until = ${until}
       WHERE tenant = ${literal(tenant)} AND session IN (${literals(some)})`,
    )
  }
}

/** A statement has a bound, 256 KiB; how many sessions a hold names has none. */
function* slices(ids: readonly string[]): Generator<string[]> {
  for (let at = 0; at < ids.length; at += sessionsPerStatementMax)
    yield ids.slice(at, at + sessionsPerStatementMax)
}

/** Whether all records that a heartbeat covers are in the store, and whether they are those that were signed. */
import { verify, type KeyObject } from 'node:crypto'
import type { ClickHouseClient } from '@clickhouse/client'
import { hashBytes, heartbeatMessage, limits, uuidBytes, type EventBody } from '@gatetrail/schemas'
import type { Gap } from '../batch.ts'
import { literal, selectRows } from '../store/store.ts'

export type Heartbeat = EventBody<'gatetrail.writer.heartbeat'>

/** Positions of a writer, both ends included. */
export type Positions = { tenant: string; writer: string; fromPosition: number; toPosition: number }

export type Range = Pick<Gap, 'fromPosition' | 'toPosition'>

/** By which a writer's clock may have been set before it opened a session. */
const clockStepMs = 24 * 3_600_000
const rangesNamedMax = 1_000
/** A billion positions: who says that there are more is not believed, and they are missing. */
const slicesMax = 2_000

/**
 * Rows of these positions, each once. A writer's sessions are not older than the writer: both ids begin with their time,
 * and so does the key of the table.
 */
function leavesOf({ tenant, writer, fromPosition, toPosition }: Positions): string {
  return `SELECT position, any(leaf_hash) AS leaf, uniqExact(leaf_hash) AS leaves FROM records_rows
    WHERE tenant = ${literal(tenant)} AND writer = ${literal(writer)}
      AND position >= ${fromPosition} AND position <= ${toPosition}
      AND UUIDv7ToDateTime(session, 'UTC') >= ${timeOf(bornMs(writer) - clockStepMs)}
    GROUP BY position`
}

function bornMs(writer: string): number {
  return Buffer.from(uuidBytes(writer)).readUIntBE(0, 6)
}

function timeOf(ms: number): string {
  return `fromUnixTimestamp64Milli(${Math.max(0, ms)}, 'UTC')`
}

/** As many at a time as the engine holds well: after a long absence a heartbeat covers hours. */
function* slices(positions: Positions): Generator<Positions> {
  const { toPosition } = positions
  const step = limits.ingest.checkedRecordsMax
  const end = Math.min(toPosition, positions.fromPosition + slicesMax * step - 1)
  for (let from = positions.fromPosition; from <= end; from += step)
    yield {
      ...positions,
      fromPosition: from,
      toPosition: Math.min(toPosition, from + step - 1),
    }
}

export async function countPositions(
  client: ClickHouseClient,
  positions: Positions,
): Promise<number> {
  let found = 0
  for (const slice of slices(positions)) {
    const [row] = await selectRows(client, `SELECT count() AS found FROM (${leavesOf(slice)})`)
    found += Number(row?.['found'] ?? 0)
  }
  return found
}

/**
 * The position behind the writer's last heartbeat in the store. Heartbeats are many: only sessions as old as the writer are
 * looked at, of which its system session is the first.
 */
export async function coveredBy(
  client: ClickHouseClient,
  tenant: string,
  writer: string,
): Promise<number> {
  const [row] = await selectRows(
    client,
    `SELECT if(count() = 0, 0, max(JSONExtractInt(body, 'toPosition')) + 1) AS next FROM events
     WHERE tenant = ${literal(tenant)} AND writer = ${literal(writer)} AND kind = 'gatetrail.writer.heartbeat'
       AND UUIDv7ToDateTime(session, 'UTC') >= ${timeOf(bornMs(writer) - clockStepMs)}
       AND UUIDv7ToDateTime(session, 'UTC') <= ${timeOf(bornMs(writer) + clockStepMs)}`,
  )
  return Number(row?.['next'] ?? 0)
}

/** The chain's head after these positions, derived by the engine; undefined if a position has two different records. */
export async function deriveHead(
  client: ClickHouseClient,
  positions: Positions,
  previousHead: string,
): Promise<string | undefined> {
  const [row] = await selectRows(
    client,
    `SELECT max(leaves) AS leaves, lower(hex(SHA256(unhex(concat('01${hex(previousHead)}',
       arrayStringConcat(arrayMap(pair -> hex(pair.2), arraySort(groupArray((position, leaf)))))))))) AS head
     FROM (${leavesOf(positions)})`,
  )
  return Number(row?.['leaves'] ?? 0) > 1 ? undefined : String(row?.['head'])
}

/** Gaps of the writer that are on record already, with a closer reason: what its own machine could not read. */
export async function namedGaps(
  client: ClickHouseClient,
  { tenant, writer }: Positions,
): Promise<Range[]> {
  const rows = await selectRows(
    client,
    `SELECT JSONExtractInt(body, 'fromPosition') AS first, JSONExtractInt(body, 'toPosition') AS last FROM events
     WHERE tenant = ${literal(tenant)} AND kind = 'gatetrail.gap.found' AND JSONExtractString(body, 'writer') = ${literal(writer)}
       AND JSONExtractString(body, 'reason') NOT IN ('chain_broken', 'duplicate_differs')
     LIMIT ${rangesNamedMax}`,
  )
  return rows.map(({ first, last }) => ({ fromPosition: Number(first), toPosition: Number(last) }))
}

/** Which of these positions are not there, as ranges. If they are too many, the last goes to the end: named rather than hidden. */
export async function missingRanges(
  client: ClickHouseClient,
  positions: Positions,
): Promise<Range[]> {
  const ranges: Range[] = []
  for (const slice of slices(positions)) {
    for (const range of await missingOf(client, slice)) {
      const last = ranges.at(-1)
      if (last !== undefined && last.toPosition + 1 === range.fromPosition)
        last.toPosition = range.toPosition
      else ranges.push(range)
    }
    if (ranges.length >= rangesNamedMax) break
  }
  const { toPosition } = positions
  const last = ranges[rangesNamedMax - 1]
  if (last !== undefined) return [...ranges.slice(0, rangesNamedMax - 1), { ...last, toPosition }]
  const beyond = positions.fromPosition + slicesMax * limits.ingest.checkedRecordsMax
  return beyond > toPosition ? ranges : [...ranges, { fromPosition: beyond, toPosition }]
}

async function missingOf(client: ClickHouseClient, positions: Positions): Promise<Range[]> {
  const { fromPosition, toPosition } = positions
  // The row before the first position makes what is missing at the beginning a range too.
  const rows = await selectRows(
    client,
    `SELECT before + 1 AS first, position - 1 AS last FROM (
       SELECT position, lagInFrame(position, 1, ${fromPosition - 1}) OVER (ORDER BY position ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS before
       FROM (SELECT toInt64(position) AS position FROM (${leavesOf(positions)}) UNION ALL SELECT toInt64(${toPosition + 1}))
     ) WHERE position > before + 1 ORDER BY first LIMIT ${rangesNamedMax}`,
  )
  return rows.map(({ first, last }) => ({ fromPosition: Number(first), toPosition: Number(last) }))
}

/** Whether a heartbeat can be, and is by its writer: without its key (the record of its start is missing) only whether it can be. */
export function isSound(
  heartbeat: Heartbeat,
  position: number,
  writer: string,
  key: KeyObject | undefined,
): boolean {
  if (heartbeat.toPosition >= position || heartbeat.fromPosition > heartbeat.toPosition + 1)
    return false
  return key === undefined || signatureHolds(writer, heartbeat, key)
}

function signatureHolds(writer: string, heartbeat: Heartbeat, key: KeyObject): boolean {
  const message = heartbeatMessage({ writer, ...heartbeat })
  return verify(null, message, key, Buffer.from(heartbeat.signature, 'base64url'))
}

/** A head that is none is one that nothing gives. */
function hex(head: string): string {
  return new RegExp(`^[0-9a-f]{${hashBytes * 2}}$`).test(head) ? head : ''
}

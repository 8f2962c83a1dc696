/**
 * Between steps 2 and 3, when a writer is met for the first time in this process: what the store knows of it. So a restart
 * goes on where the store is, whatever the cursor says: positions that are stored are not stored twice, positions that
 * are missing in the store are named.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { emptyHead, type EventBody } from '@gatetrail/schemas'
import type { DecodedRecord } from '../batch.ts'
import { literal, literals, selectRows } from '../store/store.ts'
import { appendLeaf, newWriter, publicKeyOf, type WriterState } from './check-chain.ts'
import type { Seen } from './drop-duplicates.ts'

/** What was inserted but not committed is one batch; more means that a cursor was lost, and `records` deduplicates. */
const storedLeavesMax = 500_000

export async function loadWriters(
  client: ClickHouseClient,
  records: readonly DecodedRecord[],
  writers: Map<string, WriterState>,
  seen: Seen,
  tenant: string,
): Promise<void> {
  for (const { header } of records) {
    if (writers.has(header.writer)) continue
    const state = await loadWriter(client, header.writer, header.position, tenant)
    seen.stored.set(header.writer, await loadStored(client, header.writer, header.position))
    seen.nextPositions.set(header.writer, state.nextPosition)
    writers.set(header.writer, state)
  }
  await loadSeqs(client, records, seen)
}

async function loadWriter(
  client: ClickHouseClient,
  writer: string,
  firstPosition: number,
  tenant: string,
): Promise<WriterState> {
  const state = newWriter(writer, tenant)
  if (firstPosition === 0) return state
  const [last] = await selectRows(
    client,
    `SELECT count() AS rows, max(position) AS last FROM records
     WHERE writer = ${literal(writer)} AND position < ${firstPosition}`,
  )
  state.nextPosition = Number(last?.['rows']) === 0 ? 0 : Number(last?.['last']) + 1
  const [started] = await selectRows(
    client,
    `SELECT body FROM events WHERE kind = 'gatetrail.writer.started' AND writer = ${literal(writer)} LIMIT 1`,
  )
  if (started !== undefined) {
    const body = JSON.parse(String(started['body'])) as EventBody<'gatetrail.writer.started'>
    state.tenant = body.tenant
    state.publicKey = publicKeyOf(body.publicKey)
  }
  await loadLeaves(client, state)
  return state
}

/** The leaves since the last heartbeat that is stored. */
async function loadLeaves(client: ClickHouseClient, state: WriterState): Promise<void> {
  const [heartbeat] = await selectRows(
    client,
    `SELECT body FROM events WHERE kind = 'gatetrail.writer.heartbeat' AND writer = ${literal(state.writer)}
       AND position < ${state.nextPosition} ORDER BY position DESC LIMIT 1`,
  )
  const body =
    heartbeat === undefined
      ? undefined
      : (JSON.parse(String(heartbeat['body'])) as EventBody<'gatetrail.writer.heartbeat'>)
  state.leavesFrom = body === undefined ? 0 : body.toPosition + 1
  state.previousHead = body === undefined ? emptyHead : Buffer.from(body.head, 'hex')
  const leaves = await selectRows(
    client,
    `SELECT position, hex(leaf_hash) AS leaf FROM records WHERE writer = ${literal(state.writer)}
       AND position >= ${state.leavesFrom} AND position < ${state.nextPosition} ORDER BY position`,
  )
  if (leaves.length !== state.nextPosition - state.leavesFrom) {
    state.previousHead = undefined // Not all are stored: the next heartbeat is checked by its signature only.
    state.leavesFrom = state.nextPosition
    return
  }
  for (const { leaf } of leaves) appendLeaf(state, Buffer.from(String(leaf), 'hex'))
}

async function loadStored(
  client: ClickHouseClient,
  writer: string,
  fromPosition: number,
): Promise<Map<number, string>> {
  const rows = await selectRows(
    client,
    `SELECT position, lower(hex(leaf_hash)) AS leaf FROM records
     WHERE writer = ${literal(writer)} AND position >= ${fromPosition} LIMIT ${storedLeavesMax}`,
  )
  return new Map(rows.map(({ position, leaf }) => [Number(position), String(leaf)]))
}

/** How far sessions are stored that this process has not met yet. */
async function loadSeqs(
  client: ClickHouseClient,
  records: readonly DecodedRecord[],
  seen: Seen,
): Promise<void> {
  const met = new Set<string>()
  const unknown: string[] = []
  for (const { header } of records) {
    if (met.has(header.session)) continue
    met.add(header.session)
    if (header.seq > 0 && !seen.nextSeqs.has(header.session)) unknown.push(header.session)
  }
  for (let at = 0; at < unknown.length; at += 5000) {
    const rows = await selectRows(
      client,
      `SELECT session, max(seq) + 1 AS next FROM records
       WHERE session IN (${literals(unknown.slice(at, at + 5000))}) GROUP BY session`,
    )
    for (const { session, next } of rows) seen.nextSeqs.set(String(session), Number(next))
  }
}

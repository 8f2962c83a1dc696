/**
 * Between steps 2 and 3, when a writer's journal is met for the first time in this process: what the store knows of it. So
 * a restart goes on where the store is, whatever the cursor says: positions that are missing in the store are named.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { emptyHead, type EventBody } from '@gatetrail/schemas'
import type { DecodedRecord } from '../batch.ts'
import { literal, selectRows } from '../store/store.ts'
import { appendLeaf, newWriter, publicKeyOf, type WriterState } from './check-chain.ts'

export async function loadWriters(
  client: ClickHouseClient,
  records: readonly DecodedRecord[],
  writers: Map<string, WriterState>,
  tenant: string,
): Promise<void> {
  for (const { header } of records) {
    if (writers.has(header.writer)) continue
    const state = await loadWriter(client, header.writer, header.position, tenant)
    writers.set(header.writer, state)
  }
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

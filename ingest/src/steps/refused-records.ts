/**
 * After step 7, when the store refuses rows of a batch and will refuse them again: halves of the batch are shaped and
 * inserted on their own until the records that it refuses are alone. These become dead letters, all others are stored. A
 * store that refuses whatever it is given (no table, no grant) has no poison in it: then ingest waits and says so.
 */
import { GatetrailError, isGatetrailError, limits } from '@gatetrail/schemas'
import type { DeadLetter, ReadBatch, ReadRecord } from '../batch.ts'
import { deriveSessions } from '../derive-sessions.ts'
import {
  forget,
  isRefused,
  shapeBatch,
  tenants,
  untilAnswered,
  type Pipeline,
} from '../pipeline.ts'
import { createRowBuffers, inInsertOrder } from '../tables/buffers.ts'
import { addDeadLetters, insertRows } from './insert-rows.ts'

/** More of one batch is no poison but a store that is not as it should be. */
const refusedMax = limits.ingest.refusedRecordsMax

/**
 * Stores all of the batch that can be stored. What was shaped before is stale afterwards. Returns what was set aside.
 * @throws the reason of the pipeline's signal when it is aborted while the store does not take anything.
 */
export async function setRefusedAside(
  read: ReadBatch,
  pipeline: Pipeline,
  reason: unknown,
): Promise<DeadLetter[]> {
  let refused: DeadLetter[] = []
  await untilAnswered(pipeline, async () => {
    refused = []
    await expectTables(pipeline, reason)
    await storeInHalves(read, pipeline, refused)
  })
  const rows = createRowBuffers()
  addDeadLetters(refused, rows, tenants(pipeline), pipeline.nowMs() * 1000)
  await untilAnswered(pipeline, () => insertRows(pipeline.store, rows))
  forget(pipeline)
  return refused
}

/** Whether every table takes an insert without rows. @throws STORE_UNAVAILABLE, to be tried again, if not. */
async function expectTables({ store }: Pipeline, reason: unknown): Promise<void> {
  try {
    for (const batch of inInsertOrder(createRowBuffers())) await store.insert(batch)
  } catch (error) {
    if (!isRefused(error)) throw error
    throw unusable(error)
  }
  if (!isGatetrailError(reason)) throw reason
}

async function storeInHalves(
  { records, redriven }: Pick<ReadBatch, 'records' | 'redriven'>,
  pipeline: Pipeline,
  refused: DeadLetter[],
): Promise<void> {
  forget(pipeline)
  const again = redriven === undefined ? {} : { redriven }
  const read: ReadBatch = {
    records,
    gaps: [],
    malformed: [],
    commit: () => Promise.resolve(),
    ...again,
  }
  const { rows, late } = await shapeBatch(read, pipeline)
  try {
    await insertRows(pipeline.store, rows)
    if (late.length > 0) await deriveSessions(pipeline.store, late, tenants(pipeline))
    return
  } catch (error) {
    if (!isRefused(error)) throw error
    const [only] = records
    if (records.length === 1 && only !== undefined) {
      if (refused.length >= refusedMax) throw unusable(error)
      refused.push(letterOf(only, error))
      return
    }
  }
  const half = Math.ceil(records.length / 2)
  await storeInHalves({ records: records.slice(0, half), ...again }, pipeline, refused)
  await storeInHalves({ records: records.slice(half), ...again }, pipeline, refused)
}

function letterOf({ writer, position, bytes }: ReadRecord, error: unknown): DeadLetter {
  const message = error instanceof Error ? error.message.slice(0, 1000) : 'the store refuses it'
  return { writer, position, bytes, reason: 'store_refused', message }
}

function unusable(cause: unknown): GatetrailError {
  const message = cause instanceof Error ? cause.message : 'unknown error'
  return new GatetrailError(
    'STORE_UNAVAILABLE',
    `the event store refuses whatever it is given: ${message}`,
    { cause, hint: 'Look at its tables and at what the user of ingest may do.' },
  )
}

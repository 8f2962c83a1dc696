/**
 * The table of contents: what happens to a batch of records, step by step.
 *
 *   1 read-batch       the journals, from their cursors          → records
 *   2 decode-records   bytes → header and body                   → dead letters
 *     load-writers     what the store knows of writers met first
 *   3 check-chain      positions, heads, signatures              → gaps
 *   4 drop-duplicates  what is stored already                    → gaps, dead letters
 *   5 load-state       sessions, statements, descriptions
 *   6 shape-rows       rows of all tables                        → dead letters
 *   7 insert-rows      derived tables, then `records`
 *     report-gaps      gap.found into our own journal, and only then
 *     commit           the cursors: a crash anywhere before makes a restart repeat the batch, with the same rows
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { isGatetrailError } from '@gatetrail/schemas'
import { noFindings, type DecodedRecord, type Findings, type ReadBatch } from './batch.ts'
import { BoundedCache } from './fold/bounded-cache.ts'
import { checkChain, type WriterState } from './steps/check-chain.ts'
import { decodeRecords } from './steps/decode-records.ts'
import { dropDuplicates, type Seen } from './steps/drop-duplicates.ts'
import { addDeadLetters, insertRows } from './steps/insert-rows.ts'
import {
  beginFold,
  createFoldState,
  loadState,
  trimFoldState,
  type FoldState,
} from './steps/load-state.ts'
import { loadWriters } from './steps/load-writers.ts'
import type { GapReporter } from './steps/report-gaps.ts'
import { inSlices } from './slices.ts'
import { createShaping, shapeRows } from './steps/shape-rows.ts'
import type { Store } from './store/store.ts'
import { clearRows, createRowBuffers, type RowBuffers } from './tables/buffers.ts'

export type Pipeline = {
  store: Store
  tenant: string
  gapReporter: GapReporter
  writers: Map<string, WriterState>
  seen: Seen
  state: FoldState
  /** Two sets that take turns: while one is inserted, the next batch fills the other. */
  rows: [RowBuffers, RowBuffers]
  nowMs: () => number
  /** Ends the waiting for a store that does not answer. */
  signal: AbortSignal
  onRetry: (error: Error, attempt: number) => void
}

const sessionSeqsKeptMax = 200_000

export function createPipeline(
  parts: Pick<Pipeline, 'store' | 'tenant' | 'gapReporter' | 'nowMs' | 'signal' | 'onRetry'>,
): Pipeline {
  return {
    ...parts,
    writers: new Map(),
    seen: {
      stored: new Map(),
      nextPositions: new Map(),
      nextSeqs: new BoundedCache(sessionSeqsKeptMax),
    },
    state: createFoldState(),
    rows: [createRowBuffers(), createRowBuffers()],
  }
}

/** A batch whose rows are made, and wait to be inserted. */
export type ShapedBatch = { read: ReadBatch; rows: RowBuffers; findings: Findings }

/**
 * Steps 2 to 6. May run while the batch before is being inserted: what it builds on is in memory until then.
 * @throws the reason of `signal` when it is aborted while the store does not answer.
 */
export async function shapeBatch(read: ReadBatch, pipeline: Pipeline): Promise<ShapedBatch> {
  const { store, writers, seen, state } = pipeline
  const tenantOf = (writer: string) => writers.get(writer)?.tenant ?? pipeline.tenant
  const findings = noFindings()
  findings.gaps.push(...read.gaps)
  beginFold(state)
  seen.nextSeqs.nextGeneration()
  const storedSeconds = Math.floor(pipeline.nowMs() / 1000)
  const decoded: DecodedRecord[] = []
  await inSlices(read.records, (slice) =>
    decoded.push(...decodeRecords(slice, storedSeconds, findings)),
  )
  await untilAnswered(pipeline, () =>
    loadWriters(store.write, decoded, writers, seen, pipeline.tenant),
  )
  const fresh: DecodedRecord[] = []
  await inSlices(decoded, (slice) => {
    checkChain(slice, writers, findings)
    fresh.push(...dropDuplicates(slice, seen, findings))
  })
  await untilAnswered(pipeline, () => loadState(store.write, fresh, state))
  const rows = pipeline.rows[0]
  pipeline.rows = [pipeline.rows[1], rows]
  const shaping = createShaping({ state, rows, findings, tenantOf, withRecords: true })
  await inSlices(fresh, (slice) => shapeRows(slice, shaping))
  await inSlices([...shaping.changed.statements], (slice) =>
    slice.forEach((row) => rows.statements.add(row)),
  )
  for (const row of shaping.changed.sessions) rows.sessions.add(row)
  addDeadLetters(findings.deadLetters, rows, tenantOf, pipeline.nowMs() * 1000)
  return { read, rows, findings }
}

/** Step 7 and after. Batches come here one after the other, in the order in which they were shaped. */
export async function storeBatch(
  { read, rows, findings }: ShapedBatch,
  pipeline: Pipeline,
): Promise<void> {
  await untilAnswered(pipeline, () => insertRows(pipeline.store, rows))
  clearRows(rows)
  await pipeline.gapReporter.report(findings.gaps)
  await read.commit() // Last: what is not committed is read again, and makes the same rows.
}

/** Forgets what is in the store; the batch that was shaped last may not be. */
export function trimMemory({ state, seen }: Pipeline): void {
  trimFoldState(state)
  seen.nextSeqs.trim()
}

const retryMsMin = 200
const retryMsMax = 10_000

/** Asks a store that does not answer again until it does; the journals wait meanwhile. Everything else is a bug. */
async function untilAnswered(pipeline: Pipeline, ask: () => Promise<void>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if (!isGatetrailError(error) || error.code !== 'STORE_UNAVAILABLE') throw error
      pipeline.onRetry(error, attempt)
      const afterMs = Math.min(retryMsMax, retryMsMin * 2 ** Math.min(attempt, 10))
      await sleep(afterMs, undefined, { signal: pipeline.signal })
    }
  }
}

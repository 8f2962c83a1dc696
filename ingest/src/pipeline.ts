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
import { noFindings, type Findings, type ReadBatch } from './batch.ts'
import { BoundedCache } from './fold/bounded-cache.ts'
import { checkChain, type WriterState } from './steps/check-chain.ts'
import { decodeRecords } from './steps/decode-records.ts'
import { dropDuplicates, type Seen } from './steps/drop-duplicates.ts'
import { addDeadLetters, insertRows } from './steps/insert-rows.ts'
import { createFoldState, loadState, trimFoldState, type FoldState } from './steps/load-state.ts'
import { loadWriters } from './steps/load-writers.ts'
import type { GapReporter } from './steps/report-gaps.ts'
import { shapeRows } from './steps/shape-rows.ts'
import type { Store } from './store/store.ts'
import { clearRows, createRowBuffers, type RowBuffers } from './tables/buffers.ts'

export type Pipeline = {
  store: Store
  tenant: string
  gapReporter: GapReporter
  writers: Map<string, WriterState>
  seen: Seen
  state: FoldState
  rows: RowBuffers
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
    rows: createRowBuffers(),
  }
}

/**
 * Takes one batch all the way. Returns what it found besides the records.
 * @throws the reason of `signal` when it is aborted while the store does not answer: nothing is committed then.
 */
export async function processBatch(read: ReadBatch, pipeline: Pipeline): Promise<Findings> {
  const { store, writers, seen, state, rows } = pipeline
  const tenantOf = (writer: string) => writers.get(writer)?.tenant ?? pipeline.tenant
  const findings = noFindings()
  findings.gaps.push(...read.gaps)
  const storedSeconds = Math.floor(pipeline.nowMs() / 1000)
  const decoded = decodeRecords(read.records, storedSeconds, findings)
  await untilAnswered(pipeline, () =>
    loadWriters(store.write, decoded, writers, seen, pipeline.tenant),
  )
  checkChain(decoded, writers, findings)
  const fresh = dropDuplicates(decoded, seen, findings)
  await untilAnswered(pipeline, () => loadState(store.write, fresh, state))
  shapeRows(fresh, { state, rows, findings, tenantOf, withRecords: true })
  addDeadLetters(findings.deadLetters, rows, tenantOf, pipeline.nowMs() * 1000)
  await untilAnswered(pipeline, () => insertRows(store, rows))
  clearRows(rows)
  await pipeline.gapReporter.report(findings.gaps)
  await read.commit() // Last: what is not committed is read again, and makes the same rows.
  trimFoldState(state)
  seen.nextSeqs.trim()
  return findings
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

/**
 * The table of contents: what happens to a batch of records, step by step.
 *
 *   1 read-batch       journals from their cursors, or the log from its offsets (read-log.ts)  → records
 *   2 decode-records   bytes → header and body                                  → dead letters
 *   3 check-chain      journals: positions, heads, signatures                   → gaps
 *     (writers/        the log: the same, from the store, because a writer's records lie in many partitions)
 *   4 drop-duplicates  what is stored already                                   → gaps, dead letters, late records
 *   5 load-state       sessions, statements, descriptions
 *   6 shape-rows       rows of all tables                                       → dead letters
 *   7 insert-rows      derived tables, then `records`
 *     refused-records  what the store will never take is set aside              → dead letters
 *     derive-sessions  sessions with late records, anew
 *     report           dead letters, gaps and duplicates, and only then
 *     commit           cursors or offsets: a crash anywhere before makes a restart repeat the batch, with the same rows
 *
 * Why each record counts once, whoever repeats it: docs/decisions/0033-counted-once.md.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { isGatetrailError } from '@gatetrail/schemas'
import { noFindings, type DecodedRecord, type Findings, type ReadBatch } from './batch.ts'
import { shapeAll } from './derive-sessions.ts'
import type { Reports } from './reports.ts'
import { checkChain, type WriterState } from './steps/check-chain.ts'
import { decodeRecords } from './steps/decode-records.ts'
import {
  dropDuplicates,
  loadSeqs,
  nothingSeen,
  sortBySeq,
  type Seen,
} from './steps/drop-duplicates.ts'
import { addDeadLetters } from './steps/insert-rows.ts'
import {
  beginFold,
  createFoldState,
  loadState,
  trimFoldState,
  type FoldState,
} from './steps/load-state.ts'
import { loadWriters } from './steps/load-writers.ts'
import { inSlices } from './slices.ts'
import { createShaping } from './steps/shape-rows.ts'
import type { Store } from './store/store.ts'
import { clearRows, createRowBuffers, type RowBuffers } from './tables/buffers.ts'
import type { WriterKeeper } from './writers/keep-writers.ts'

export type Pipeline = {
  store: Store
  tenant: string
  reports: Reports
  /** Of journals: the chain is checked as it streams by. */
  writers: Map<string, WriterState>
  /** Of the log: the chain is checked in the store. */
  keeper: WriterKeeper | undefined
  seen: Seen
  state: FoldState
  /** Two sets that take turns: while one is inserted, the next batch fills the other. */
  rows: [RowBuffers, RowBuffers]
  nowMs: () => number
  /** Ends the waiting for a store that does not answer. */
  signal: AbortSignal
  onRetry: (error: Error, attempt: number) => void
}

export function createPipeline(
  parts: Pick<Pipeline, 'store' | 'tenant' | 'reports' | 'nowMs' | 'signal' | 'onRetry'> & {
    keeper?: WriterKeeper
  },
): Pipeline {
  return {
    ...parts,
    keeper: parts.keeper,
    writers: new Map(),
    seen: nothingSeen(),
    state: createFoldState(),
    rows: [createRowBuffers(), createRowBuffers()],
  }
}

/** A batch whose rows are made, and wait to be inserted: store-batch.ts. */
export type ShapedBatch = {
  read: ReadBatch
  rows: RowBuffers
  findings: Findings
  /** Records below what is stored of their session, and not stored: their sessions are derived anew. */
  late: DecodedRecord[]
  /** When the statements of it were decided, µs since 1970. */
  decidedMicros: number[]
}

/**
 * Steps 2 to 6. May run while the batch before is being inserted: what it builds on is in memory until then.
 * @throws the reason of `signal` when it is aborted while the store does not answer.
 */
export async function shapeBatch(read: ReadBatch, pipeline: Pipeline): Promise<ShapedBatch> {
  const { store, writers, keeper, seen, state } = pipeline
  const { redriven = false } = read
  // What is taken again was missed, or met, where it stood in its writer's chain.
  const checked = keeper === undefined && !redriven
  const findings = noFindings()
  findings.gaps.push(...read.gaps)
  findings.deadLetters.push(...read.malformed)
  beginFold(state)
  seen.seqs.nextGeneration()
  const storedSeconds = Math.floor(pipeline.nowMs() / 1000)
  const decoded: DecodedRecord[] = []
  await inSlices(read.records, (slice) =>
    decoded.push(...decodeRecords(slice, storedSeconds, findings)),
  )
  await untilTold(pipeline, async () => {
    if (checked) await loadWriters(store.write, decoded, writers, pipeline.tenant)
    await loadSeqs(store.write, decoded, seen)
  })
  const fresh: DecodedRecord[] = []
  const again: DecodedRecord[] = []
  await inSlices(decoded, (slice) => {
    if (checked) checkChain(slice, writers, findings)
    sortBySeq(slice, seen, fresh, again, findings)
  })
  const late: DecodedRecord[] = []
  await untilTold(pipeline, async () => {
    const came = await dropDuplicates(store.write, again, fresh, seen, findings, { redriven })
    late.push(...came)
  })
  seen.inHand = fresh
  await untilTold(pipeline, () => loadState(store.write, fresh, state))
  const rows = pipeline.rows[0]
  pipeline.rows = [pipeline.rows[1], rows]
  clearRows(rows)
  const tenantOf = tenants(pipeline)
  const withRecord = () => true
  const shaping = createShaping({ state, rows, findings, tenantOf, withRecord })
  await shapeAll(fresh, shaping, rows)
  addDeadLetters(findings.deadLetters, rows, tenantOf, pipeline.nowMs() * 1000)
  keeper?.take(fresh, rows)
  return { read, rows, findings, late, decidedMicros: decisionTimes(fresh) }
}

function decisionTimes(records: readonly DecodedRecord[]): number[] {
  const times: number[] = []
  for (const { header } of records)
    if (header.kind === 'gatetrail.statement.decided') times.push(header.timeMicros)
  return times
}

/** Forgets what is in the store; the batch that was shaped last may not be. */
export function trimMemory({ state, seen }: Pipeline): void {
  trimFoldState(state)
  seen.seqs.trim()
}

/** Forgets all of sessions, once every batch that was shaped is in the store: what it holds is loaded again. */
export function forget(pipeline: Pipeline): void {
  pipeline.seen = nothingSeen()
  pipeline.state = createFoldState()
}

/** Of the log, one tenant: which writer's start this process has seen must not decide where a record is kept. */
export function tenants({ writers, tenant }: Pipeline): (writer: string) => string {
  return (writer) => writers.get(writer)?.tenant ?? tenant
}

const retryMsMin = 200
const retryMsMax = 10_000

/** Asks again what does not answer until it does; records wait meanwhile where they are. Everything else is thrown. */
export function untilAnswered(pipeline: Pipeline, ask: () => Promise<void>): Promise<void> {
  return askAgain(pipeline, ask, isPassing)
}

/**
 * As `untilAnswered`, for questions alone: a store that refuses one (a password was changed, a grant is missing) refuses no
 * record, so that it is waited for, too.
 */
function untilTold(pipeline: Pipeline, ask: () => Promise<void>): Promise<void> {
  return askAgain(pipeline, ask, (code) => isPassing(code) || code === 'STORE_REFUSED')
}

async function askAgain(
  pipeline: Pipeline,
  ask: () => Promise<void>,
  isPassing: (code: string) => boolean,
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if (!isGatetrailError(error) || !isPassing(error.code)) throw error
      pipeline.onRetry(error, attempt)
      const afterMs = Math.min(retryMsMax, retryMsMin * 2 ** Math.min(attempt, 10))
      await sleep(afterMs, undefined, { signal: pipeline.signal })
    }
  }
}

function isPassing(code: string): boolean {
  return code === 'STORE_UNAVAILABLE' || code === 'KAFKA_UNAVAILABLE'
}

export function isRefused(error: unknown): boolean {
  return isGatetrailError(error) && error.code === 'STORE_REFUSED'
}

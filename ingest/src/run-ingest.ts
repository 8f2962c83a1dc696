/**
 * The loop around the pipeline: batch after batch from a source until it is closed; status, idle and rebuild. One batch
 * at a time: a rebuild takes its turn between two of them.
 */
import type { DeadLetterReason } from '@gatetrail/schemas'
import type { Logger } from 'pino'
import { countDuplicates, type Findings, type Gap, type ReadBatch } from './batch.ts'
import { forget, shapeBatch, trimMemory, type Pipeline, type ShapedBatch } from './pipeline.ts'
import { rebuildDerived, type RebuildProgress } from './rebuild.ts'
import {
  batchOfLetters,
  redrive,
  type RedriveOptions,
  type RedriveProgress,
  type StoredLetter,
} from './redrive.ts'
import { lostTails } from './steps/check-chain.ts'
import type { RecordSource } from './steps/read-batch.ts'
import { storeAlone, storeBatch } from './store-batch.ts'

export type IngestStatus = {
  /** Bytes in the journals that are not in the store yet; 0 with Kafka. */
  lagBytes: number
  /** Messages of this member's partitions that are not in the store yet; 0 without Kafka. */
  lagMessages: number
  /** How long the oldest of them may have been waiting, ms; 0 when all is stored. */
  lagMs: number
  /** Per writer, the next position to be stored; with Kafka the next one to be checked. */
  positions: Record<string, number>
  /** Partitions of the log that this member has; undefined without Kafka. */
  partitions: readonly number[] | undefined
  records: number
  duplicates: number
  /** Records that came after later ones of their session: their sessions were derived anew. */
  late: number
  /** Seqs that were not there when their session went on: still to come, or in a named gap. */
  seqsMissing: number
  /** Records of kinds or versions of a newer release: kept, not interpreted. */
  unknownKinds: number
  gaps: number
  gapsByReason: Partial<Record<Gap['reason'], number>>
  deadLetters: number
  deadLettersByReason: Partial<Record<DeadLetterReason, number>>
  /** Heartbeats whose records are not all there yet; 0 without Kafka. */
  checksPending: number
  /** Writers whose heartbeats ended without their end being on record, as found by this process. */
  writersMissed: number
  /** ms since 1970. */
  lastInsertAt: number | undefined
  /** Why the store, or Kafka, does not answer, while it doesn't. */
  storeError: string | undefined
}

export type Ingest = {
  status(): IngestStatus
  /** Resolves once all that was on record at the call is in the store; with Kafka: of this member's partitions. */
  idle(): Promise<void>
  /**
   * Makes the derived tables anew from `records.bytes`, while questions go on being answered from the old ones. Rows of
   * sessions whose bytes have expired are kept. @throws GatetrailError STORE_UNAVAILABLE
   */
  rebuild(progress?: (progress: RebuildProgress) => void): Promise<RebuildProgress>
  /** Takes dead letters again, as if they had just come. @throws GatetrailError STORE_UNAVAILABLE */
  redrive(
    options?: RedriveOptions,
    progress?: (progress: RedriveProgress) => void,
  ): Promise<RedriveProgress>
  /** Works on stored rows while no batch is read, shaped or inserted. */
  exclusively(work: () => Promise<void>): Promise<void>
  /** Ends after the batch in hand. Nothing is lost: the next start goes on from the cursors. */
  close(): Promise<void>
}

/** Called for each batch that is stored: how long ago its statements were decided, s. */
export type ObserveStored = (secondsSinceDecision: readonly number[]) => void

const waitMs = 250

/** Waits for both even if one fails: neither may go on behind our back. */
async function bothOrThrow<First, Second>(
  first: Promise<First>,
  second: Promise<Second>,
): Promise<[First, Second]> {
  const [one, two] = await Promise.allSettled([first, second])
  if (one.status === 'rejected') throw one.reason
  if (two.status === 'rejected') throw two.reason
  return [one.value, two.value]
}

export function runIngest(
  source: RecordSource,
  pipeline: Pipeline,
  stopping: AbortController,
  log: Logger,
  told: { observe?: ObserveStored; onStopped?: (error: unknown) => void } = {},
): Ingest {
  const totals = { records: 0, duplicates: 0, late: 0, seqsMissing: 0, unknownKinds: 0 }
  const deadLettersByReason = new Map<DeadLetterReason, number>()
  let partitions: readonly number[] | undefined
  let lastInsertAt: number | undefined
  let storeError: string | undefined
  let turn: Promise<unknown> = Promise.resolve()
  /** Besides the source: dead letters that are taken again. */
  const injected: ReadBatch[] = []
  let waiting: { resolve: () => void; reject: (error: unknown) => void }[] = []
  const onRetry = pipeline.onRetry
  pipeline.onRetry = (error, attempt) => {
    storeError = error.message
    onRetry(error, attempt)
  }

  /** While a batch is inserted, which is the engine's work, the next is read and shaped, which is ours. */
  async function loop(): Promise<void> {
    let shaped: ShapedBatch | undefined
    while (!stopping.signal.aborted || shaped !== undefined) {
      const ready: ShapedBatch | undefined = shaped
      const asked = ready === undefined ? waiting : []
      if (ready === undefined) waiting = []
      const wait = asked.length > 0 || waiting.length > 0 ? 0 : waitMs
      shaped = await inTurn(() => step(wait, ready))
      trimMemory(pipeline)
      if (ready !== undefined || shaped !== undefined || !source.caughtUp())
        waiting.push(...asked) // Not idle yet.
      else await settle(asked)
    }
  }

  /** Stores what is ready and shapes the next batch meanwhile. */
  async function step(
    wait: number,
    ready: ShapedBatch | undefined,
  ): Promise<ShapedBatch | undefined> {
    const storing = store(ready)
    storing.catch(() => undefined) // Thrown below.
    const [next, outcome] = await bothOrThrow(readAndShape(wait, storing), storing)
    if (outcome === 'refused' && ready !== undefined) {
      await storeAlone(ready, pipeline)
      count(ready)
      // It was shaped on top of rows that are not there.
      return next === undefined ? undefined : takeLate(await shapeBatch(next.read, pipeline))
    }
    return next === undefined ? undefined : takeLate(next)
  }

  /** Sessions with late records are derived anew while nothing else is shaped. */
  async function takeLate(shaped: ShapedBatch): Promise<ShapedBatch | undefined> {
    if (shaped.late.length === 0) return shaped
    await storeAlone(shaped, pipeline)
    count(shaped)
    return undefined
  }

  async function readAndShape(
    wait: number,
    storing: Promise<unknown>,
  ): Promise<ShapedBatch | undefined> {
    if (stopping.signal.aborted) return undefined
    const read = injected.shift() ?? (await source.next(wait))
    if (read === undefined) return undefined
    if (read.assigned !== undefined) {
      // Another member may have had these partitions since: what it stored is to be loaded, once ours is stored.
      await storing
      forget(pipeline)
      partitions = read.assigned
      await pipeline.keeper?.assign(read.assigned)
    }
    return shapeBatch(read, pipeline)
  }

  async function store(shaped: ShapedBatch | undefined): Promise<'stored' | 'refused'> {
    if (shaped === undefined) return 'stored'
    const outcome = await storeBatch(shaped, pipeline)
    if (outcome === 'stored') count(shaped)
    return outcome
  }

  async function settle(asked: typeof waiting): Promise<void> {
    await pipeline.reports.gaps(lostTails(pipeline.writers.values()))
    for (const { resolve } of asked) resolve()
  }

  function takeLetters(letters: readonly StoredLetter[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const closed = () => reject(new Error('ingest is closed'))
      if (stopping.signal.aborted) return closed()
      stopping.signal.addEventListener('abort', closed, { once: true })
      injected.push(batchOfLetters(letters, resolve))
    })
  }

  function inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = turn.then(work)
    turn = done.catch(() => undefined) // The caller gets the error; the next turn does not.
    return done
  }

  function count({ read, findings, decidedMicros }: ShapedBatch): void {
    totals.records += read.records.length
    addFindings(findings)
    const nowMs = pipeline.nowMs()
    lastInsertAt = nowMs
    if (told.observe !== undefined && decidedMicros.length > 0)
      told.observe(decidedMicros.map((micros) => Math.max(0, nowMs / 1_000 - micros / 1e6)))
    storeError = undefined
  }

  function addFindings(findings: Findings): void {
    totals.duplicates += countDuplicates(findings)
    totals.late += findings.late
    totals.seqsMissing += findings.seqsMissing
    totals.unknownKinds += findings.unknownKinds
    for (const { reason } of findings.deadLetters)
      deadLettersByReason.set(reason, (deadLettersByReason.get(reason) ?? 0) + 1)
  }

  const running = loop().catch((error: unknown) => {
    for (const { reject } of waiting) reject(error)
    waiting = []
    if (stopping.signal.aborted) return // A batch that waited for the store: it is read again at the next start.
    stopping.abort()
    storeError = error instanceof Error ? error.message : 'unknown error'
    log.fatal({ err: error }, 'ingest stopped')
    told.onStopped?.(error)
  })
  pipeline.keeper?.start()

  return {
    status: () => ({
      ...source.lag(),
      positions: pipeline.keeper?.positions() ?? positionsOf(pipeline),
      partitions,
      ...totals,
      gaps: sum(pipeline.reports.reported),
      gapsByReason: Object.fromEntries(pipeline.reports.reported),
      deadLetters: sum(deadLettersByReason),
      deadLettersByReason: Object.fromEntries(deadLettersByReason),
      checksPending: pipeline.keeper?.checksPending() ?? 0,
      writersMissed: pipeline.keeper?.writersMissed() ?? 0,
      lastInsertAt,
      storeError,
    }),
    idle: () =>
      new Promise((resolve, reject) => {
        if (stopping.signal.aborted) reject(new Error('ingest is closed'))
        else waiting.push({ resolve, reject })
      }),
    rebuild: (onProgress = () => undefined) =>
      inTurn(() => rebuildDerived(pipeline, { onProgress })),
    redrive: (options = {}, onProgress = () => undefined) =>
      redrive({ ...pipeline, take: takeLetters }, options, onProgress),
    exclusively: inTurn,
    async close() {
      stopping.abort()
      await pipeline.keeper?.close()
      await running
      await turn
      pipeline.reports.close()
      for (const { reject } of waiting) reject(new Error('ingest is closed'))
      await source.close()
    },
  }
}

function positionsOf({ writers }: Pipeline): Record<string, number> {
  return Object.fromEntries(
    Array.from(writers.values(), ({ writer, nextPosition }) => [writer, nextPosition]),
  )
}

function sum(counts: ReadonlyMap<string, number>): number {
  let total = 0
  for (const count of counts.values()) total += count
  return total
}

/**
 * The loop around the pipeline: batch after batch from a source until it is closed; status, idle and rebuild. One batch
 * at a time: a rebuild takes its turn between two of them.
 */
import type { Logger } from 'pino'
import type { Findings } from './batch.ts'
import { shapeBatch, storeBatch, trimMemory, type Pipeline, type ShapedBatch } from './pipeline.ts'
import { rebuildDerived, type RebuildProgress } from './rebuild.ts'
import { lostTails } from './steps/check-chain.ts'
import type { RecordSource } from './steps/read-batch.ts'

export type IngestStatus = {
  /** Bytes in the journals that are not in the store yet. */
  lagBytes: number
  /** How long the oldest of them may have been waiting, ms; 0 when all is stored. */
  lagMs: number
  /** Per writer, the next position to be stored. */
  positions: Record<string, number>
  records: number
  duplicates: number
  /** Records of kinds or versions of a newer release: kept, not interpreted. */
  unknownKinds: number
  gaps: number
  deadLetters: number
  /** ms since 1970. */
  lastInsertAt: number | undefined
  /** Why the store does not answer, while it doesn't. */
  storeError: string | undefined
}

export type Ingest = {
  status(): IngestStatus
  /** Resolves once all that was on record at the call is in the store. */
  idle(): Promise<void>
  /**
   * Makes the derived tables anew from `records.bytes`, while questions go on being answered from the old ones. Rows of
   * sessions whose bytes have expired are kept. @throws GatetrailError STORE_UNAVAILABLE
   */
  rebuild(progress?: (progress: RebuildProgress) => void): Promise<RebuildProgress>
  /** Ends after the batch in hand. Nothing is lost: the next start goes on from the cursors. */
  close(): Promise<void>
}

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
): Ingest {
  const totals = { records: 0, duplicates: 0, unknownKinds: 0, deadLetters: 0 }
  let lastInsertAt: number | undefined
  let storeError: string | undefined
  let turn: Promise<unknown> = Promise.resolve()
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
      const [next] = await inTurn(() => bothOrThrow(readAndShape(wait), store(ready)))
      shaped = next
      trimMemory(pipeline)
      if (ready !== undefined || next !== undefined)
        waiting.push(...asked) // Not idle yet.
      else await settle(asked)
    }
  }

  async function readAndShape(wait: number): Promise<ShapedBatch | undefined> {
    if (stopping.signal.aborted) return undefined
    const read = await source.next(wait)
    return read === undefined ? undefined : shapeBatch(read, pipeline)
  }

  async function store(shaped: ShapedBatch | undefined): Promise<void> {
    if (shaped === undefined) return
    await storeBatch(shaped, pipeline)
    count(shaped.findings, shaped.read.records.length)
  }

  async function settle(asked: typeof waiting): Promise<void> {
    await pipeline.gapReporter.report(lostTails(pipeline.writers.values()))
    for (const { resolve } of asked) resolve()
  }

  function inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = turn.then(work)
    turn = done.catch(() => undefined) // The caller gets the error; the next turn does not.
    return done
  }

  function count(findings: Findings, records: number): void {
    totals.records += records
    totals.duplicates += findings.duplicates
    totals.unknownKinds += findings.unknownKinds
    totals.deadLetters += findings.deadLetters.length
    lastInsertAt = pipeline.nowMs()
    storeError = undefined
    if (findings.deadLetters.length > 0)
      log.warn(
        { deadLetters: findings.deadLetters.length, reason: findings.deadLetters[0]?.reason },
        'records could not be read: see dead_letters',
      )
  }

  const running = loop().catch((error: unknown) => {
    for (const { reject } of waiting) reject(error)
    waiting = []
    if (stopping.signal.aborted) return // A batch that waited for the store: it is read again at the next start.
    stopping.abort()
    storeError = error instanceof Error ? error.message : 'unknown error'
    log.fatal({ err: error }, 'ingest stopped')
  })

  return {
    status: () => ({
      ...source.lag(),
      positions: Object.fromEntries(
        Array.from(pipeline.writers.values(), ({ writer, nextPosition }) => [writer, nextPosition]),
      ),
      ...totals,
      gaps: pipeline.gapReporter.reported,
      lastInsertAt,
      storeError,
    }),
    idle: () =>
      new Promise((resolve, reject) => {
        if (stopping.signal.aborted) reject(new Error('ingest is closed'))
        else waiting.push({ resolve, reject })
      }),
    rebuild: (progress = () => undefined) => inTurn(() => rebuildDerived(pipeline, progress)),
    async close() {
      stopping.abort()
      await running
      await turn
      for (const { reject } of waiting) reject(new Error('ingest is closed'))
      await source.close()
    },
  }
}

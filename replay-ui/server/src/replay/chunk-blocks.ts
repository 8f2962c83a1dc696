/**
 * The index of the chunks of a session, without their bytes, summed up per block of seqs: with it a quiet point, or the row that a
 * page begins with, is found by reading a block or two, however long the session is. Of an open session only what has come since
 * is read.
 */
import { z } from 'zod'
import { blocksKeptMax, recordsPerBlock } from '../limits.ts'
import { ofSession, type Questions } from '../store/question.ts'
import type { ReplayedSession } from '../store/replayed-session-question.ts'
import { SessionCache } from './session-cache.ts'

/** Of the chunks of one block, in order. Unanswered: what the client asked for minus what was answered. */
export type ChunkBlock = {
  /** Its first seq is this times `recordsPerBlock`. */
  block: number
  /** By how much the unanswered change in it. */
  total: number
  /** The least of the unanswered, counted from its start, at any frame and at ends of chunks. */
  least: number
  leastEnd: number
  /** It holds nothing but rows. */
  pure: boolean
  /** Frames that end in it. */
  rows: number
  /** Some statement is prepared in it. */
  prepares: boolean
}

/** Of the chunks of a range of seqs: the same per chunk. */
export type ChunkColumns = {
  seqs: number[]
  totals: number[]
  least: number[]
  pure: boolean[]
  rows: number[]
  /** Its last frame is whole. */
  ends: boolean[]
}

type Blocks = { blocks: ChunkBlock[]; whole: boolean }

// Q, S, F and Z: every Query, Sync and FunctionCall gets one ReadyForQuery.
const indexOfChunks = `SELECT seq, arraySum(changes) AS total, arrayMin(arrayCumSum(changes)) AS low, toInt64(arrayCount(l -> l, last)) AS ended,
  arrayAll((d, t) -> d = 'to_client' AND t IN (68, 100), directions, types) AS is_pure, has(types, 80) AS parses, last[-1] AS whole
FROM (SELECT seq, directions, types, last, arrayMap((d, t, f) -> toInt64(multiIf(NOT f, 0, d = 'to_target' AND t IN (81, 83, 70), 1,
    d = 'to_client' AND t = 90, -1, 0)), directions, types, first) AS changes
  FROM chunks WHERE ${ofSession} AND seq >= {fromSeq:UInt32} AND seq < {toSeq:UInt64} AND notEmpty(types))`

const blockRow = z.object({
  block: z.int(),
  total: z.int(),
  least: z.int(),
  leastEnd: z.int(),
  pure: z.boolean(),
  rows: z.int(),
  prepares: z.boolean(),
})

export class BlocksOfSessions {
  readonly #cache = new SessionCache<Blocks>()
  readonly #columns = new SessionCache<ChunkColumns & { whole: boolean }>(blocksKeptMax)

  /** All blocks of the session, in order; those without a chunk are left out. */
  async of(questions: Questions, session: ReplayedSession): Promise<readonly ChunkBlock[]> {
    const { blocks } = await this.#cache.get(session.id, async (before) => {
      if (before?.whole === true) return before
      // The last block may have grown.
      const known = before?.blocks.slice(0, -1) ?? []
      const fromSeq = (before?.blocks.at(-1)?.block ?? 0) * recordsPerBlock
      const found = await readBlocks(questions, session.id, fromSeq)
      return { blocks: [...known, ...found], whole: session.final }
    })
    return blocks
  }

  /** Of the chunks of a range of seqs, within one block. */
  async columnsOf(
    questions: Questions,
    session: ReplayedSession,
    fromSeq: number,
    toSeq: number,
  ): Promise<ChunkColumns> {
    if (fromSeq >= toSeq) return noColumns
    const block = Math.floor(fromSeq / recordsPerBlock)
    const columns = await this.#columns.get(`${session.id} ${block}`, async (before) =>
      before?.whole === true
        ? before
        : { ...(await readChunkColumns(questions, session.id, block)), whole: session.final },
    )
    const from = firstAtLeast(columns.seqs, fromSeq)
    const to = firstAtLeast(columns.seqs, toSeq)
    return {
      seqs: columns.seqs.slice(from, to),
      totals: columns.totals.slice(from, to),
      least: columns.least.slice(from, to),
      pure: columns.pure.slice(from, to),
      rows: columns.rows.slice(from, to),
      ends: columns.ends.slice(from, to),
    }
  }
}

function firstAtLeast(seqs: readonly number[], seq: number): number {
  const index = seqs.findIndex((one) => one >= seq)
  return index === -1 ? seqs.length : index
}

function readBlocks(questions: Questions, session: string, fromSeq: number): Promise<ChunkBlock[]> {
  return questions.rows(
    `SELECT block, arraySum(totals) AS total, arrayMin(arrayMap((s, t, l) -> s - t + l, sums, totals, lows)) AS least,
      arrayMin(sums) AS leastEnd, pure, rows, prepares
    FROM (
      SELECT intDiv(seq, ${recordsPerBlock}) AS block, arraySort(groupArray((seq, total, low))) AS ordered,
        arrayMap(c -> c.2, ordered) AS totals, arrayMap(c -> c.3, ordered) AS lows, arrayCumSum(totals) AS sums,
        min(is_pure)::Bool AS pure, sum(ended) AS rows, max(parses)::Bool AS prepares
      FROM (${indexOfChunks}) GROUP BY block)
    ORDER BY block`,
    { session, fromSeq, toSeq: 2 ** 32 },
    blockRow,
  )
}

const noColumns: ChunkColumns = { seqs: [], totals: [], least: [], pure: [], rows: [], ends: [] }

const columnsRow = z.object({
  seqs: z.array(z.int()),
  totals: z.array(z.int()),
  least: z.array(z.int()),
  pure: z.array(z.boolean()),
  rows: z.array(z.int()),
  ends: z.array(z.boolean()),
})

async function readChunkColumns(
  questions: Questions,
  session: string,
  block: number,
): Promise<ChunkColumns> {
  const fromSeq = block * recordsPerBlock
  const found = await questions.row(
    `SELECT arrayMap(c -> c.1, ordered) AS seqs, arrayMap(c -> c.2, ordered) AS totals, arrayMap(c -> c.3, ordered) AS least,
      arrayMap(c -> c.4::Bool, ordered) AS pure, arrayMap(c -> c.5, ordered) AS rows, arrayMap(c -> c.6::Bool, ordered) AS ends
    FROM (SELECT arraySort(groupArray((seq, total, low, is_pure, ended, whole))) AS ordered FROM (${indexOfChunks}))`,
    { session, fromSeq, toSeq: fromSeq + recordsPerBlock },
    columnsRow,
  )
  return found ?? noColumns
}

/**
 * Where to begin reading so that the answers to one statement are understood: after a chunk at whose end nothing that the
 * client had asked was still unanswered. Counted from the index of the chunks alone, without their bytes.
 */
import { recordsPerBlock } from '../limits.ts'
import type { Questions } from '../store/question.ts'
import type { ReplayedSession } from '../store/replayed-session-question.ts'
import type { BlocksOfSessions, ChunkColumns } from './chunk-blocks.ts'

/** What it takes to find something in the chunks of a session. */
export type ChunkPlaces = {
  questions: Questions
  session: ReplayedSession
  blocksOf: BlocksOfSessions
}

export const blockOf = (seq: number): number => Math.floor(seq / recordsPerBlock)

/** The seq to begin at; 0 for the start of the session. */
export async function findStart(places: ChunkPlaces, statement: number): Promise<number> {
  return (await quietBefore(places, statement)).start
}

/** The exchange that a statement is part of: from when nothing was unanswered before it, to when nothing is after it. */
export async function findExchange(
  places: ChunkPlaces,
  statement: number,
): Promise<{ start: number; end: number | undefined }> {
  const { questions, session, blocksOf } = places
  const { start, quiet, unanswered } = await quietBefore(places, statement)
  const own = blockOf(statement)
  const rest = await blocksOf.columnsOf(questions, session, statement + 1, (own + 1) * recordsPerBlock) // prettier-ignore
  const first = firstQuiet(rest, unanswered, quiet)
  if (first.seq !== undefined) return { start, end: first.seq + 1 }
  let sum = first.sum
  for (const { block, total, leastEnd } of await blocksOf.of(questions, session)) {
    if (block <= own) continue
    if (sum + leastEnd <= quiet) {
      const fromSeq = block * recordsPerBlock
      const inside = await blocksOf.columnsOf(questions, session, fromSeq, fromSeq + recordsPerBlock) // prettier-ignore
      const { seq } = firstQuiet(inside, sum, quiet)
      return { start, end: seq === undefined ? undefined : seq + 1 }
    }
    sum += total
  }
  return { start, end: undefined }
}

/** `quiet`: the count of the unanswered where there are none; `unanswered`: just before the statement. */
async function quietBefore(
  { questions, session, blocksOf }: ChunkPlaces,
  statement: number,
): Promise<{ start: number; quiet: number; unanswered: number }> {
  const own = blockOf(statement)
  let sum = 0
  let quiet = Infinity
  const ends: { block: number; sum: number; leastEnd: number }[] = []
  if (own > 0) {
    for (const { block, total, least, leastEnd } of await blocksOf.of(questions, session)) {
      if (block >= own) break
      quiet = Math.min(quiet, sum + least)
      ends.push({ block, sum, leastEnd: sum + leastEnd })
      sum += total
    }
  }
  const near = await blocksOf.columnsOf(questions, session, own * recordsPerBlock, statement)
  const tail = lastQuiet(near, sum, quiet)
  if (tail.seq !== undefined)
    return { start: tail.seq + 1, quiet: tail.quiet, unanswered: tail.sum }
  const at = ends.findLast(({ leastEnd }) => leastEnd === tail.quiet)
  if (at === undefined) return { start: 0, quiet: tail.quiet, unanswered: tail.sum }
  const fromSeq = at.block * recordsPerBlock
  const inside = await blocksOf.columnsOf(questions, session, fromSeq, fromSeq + recordsPerBlock)
  const { seq } = lastQuiet(inside, at.sum, tail.quiet)
  return { start: seq === undefined ? 0 : seq + 1, quiet: tail.quiet, unanswered: tail.sum }
}

/** The last chunk at whose end as little is unanswered as anywhere here and before; and what is, after all of them. */
function lastQuiet(
  { seqs, totals, least }: ChunkColumns,
  before: number,
  quietBefore: number,
): { seq: number | undefined; quiet: number; sum: number } {
  let sum = before
  let quiet = quietBefore
  let seq: number | undefined
  for (let at = 0; at < seqs.length; at++) {
    const low = sum + least[at]!
    if (low < quiet) {
      quiet = low
      seq = undefined
    }
    sum += totals[at]!
    if (sum === quiet) seq = seqs[at]!
  }
  // Nothing is there to count from.
  return { seq, quiet: Number.isFinite(quiet) ? quiet : 0, sum }
}

function firstQuiet(
  { seqs, totals }: ChunkColumns,
  before: number,
  quiet: number,
): { seq: number | undefined; sum: number } {
  let sum = before
  for (let at = 0; at < seqs.length; at++) {
    sum += totals[at]!
    if (sum <= quiet) return { seq: seqs[at], sum }
  }
  return { seq: undefined, sum }
}

/**
 * Of the chunks after `after`, the longest run that holds nothing but rows and ends with a whole frame, and no more than
 * `rowsMax` of them: what a later page need not read. Undefined if there is none.
 */
export async function rowsToSkip(
  { questions, session, blocksOf }: ChunkPlaces,
  after: number,
  rowsMax: number,
): Promise<{ seq: number; rows: number } | undefined> {
  const own = blockOf(after + 1)
  const read = (fromSeq: number, block: number) =>
    blocksOf.columnsOf(questions, session, fromSeq, (block + 1) * recordsPerBlock)
  const first = pureRows(await read(after + 1, own), rowsMax)
  if (!first.all) return first.skip
  const known = await blocksOf.of(questions, session)
  const blocks = new Map(known.map((block) => [block.block, block]))
  let rows = first.rows
  let block = own + 1
  for (let next = blocks.get(block); next?.pure === true; next = blocks.get(++block)) {
    if (rows + next.rows > rowsMax) break
    rows += next.rows
  }
  // The last of them first; a block may end within a frame, then one before it is taken.
  for (; block > own; block--) {
    const inside = pureRows(await read(block * recordsPerBlock, block), rowsMax - rows)
    if (inside.skip !== undefined) return { seq: inside.skip.seq, rows: rows + inside.skip.rows }
    rows -= blocks.get(block - 1)?.rows ?? 0
  }
  return first.skip
}

function pureRows(
  { seqs, pure, rows, ends }: ChunkColumns,
  rowsMax: number,
): { skip: { seq: number; rows: number } | undefined; all: boolean; rows: number } {
  let passed = 0
  let skip: { seq: number; rows: number } | undefined
  for (let at = 0; at < seqs.length; at++) {
    if (!pure[at]! || passed + rows[at]! > rowsMax) return { skip, all: false, rows: passed }
    passed += rows[at]!
    if (ends[at]!) skip = { seq: seqs[at]!, rows: passed }
  }
  return { skip, all: true, rows: passed }
}

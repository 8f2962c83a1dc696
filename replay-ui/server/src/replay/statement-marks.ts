/**
 * Where the statements of a session are: a mark at every so many, so that the statement at an index, a time or a seq is found by
 * reading those between two marks. Of an open session only what has come since is read.
 */
import { z } from 'zod'
import { marksKeptMax, statementsPerMark } from '../limits.ts'
import { ofSession, type Questions } from '../store/question.ts'
import type { ReplayedSession } from '../store/replayed-session-question.ts'
import { SessionCache } from './session-cache.ts'

export type StatementMarks = {
  /** Statements so far. */
  total: number
  /** Of every `statementsPerMark`th statement. */
  seqs: number[]
  offsets: number[]
  /** Nothing is to come. */
  whole: boolean
}

const row = z.object({ total: z.int(), marks: z.array(z.tuple([z.int(), z.int()])) })
const none: StatementMarks = { total: 0, seqs: [], offsets: [], whole: false }

export class MarksOfSessions {
  readonly #cache = new SessionCache<StatementMarks>(marksKeptMax)

  of(questions: Questions, session: ReplayedSession): Promise<StatementMarks> {
    return this.#cache.get(session.id, async (before = none) => {
      if (before.whole) return before
      // From the last mark on: statements come in the order of their seq.
      const known = before.seqs.slice(0, -1)
      const from = before.seqs.at(-1) ?? 0
      const found = await questions.row(
        `SELECT length(ordered) AS total, arrayFilter((mark, at) -> (at - 1) % ${statementsPerMark} = 0, ordered,
          arrayEnumerate(ordered)) AS marks
        FROM (SELECT arraySort(groupArray((seq, offset_micros))) AS ordered FROM statements
          WHERE ${ofSession} AND seq >= {from:UInt32})`,
        { session: session.id, from },
        row,
      )
      const { total, marks } = found ?? { total: 0, marks: [] }
      return {
        total: known.length * statementsPerMark + total,
        seqs: [...known, ...marks.map(([seq]) => seq)],
        offsets: [...before.offsets.slice(0, -1), ...marks.map(([, offset]) => offset)],
        whole: session.final,
      }
    })
  }
}

export type Wanted =
  { by: 'index'; index: number } | { by: 'seq'; seq: number } | { by: 'at'; atMicros: number }

/**
 * Between which indexes, both included, the statement is: the one in force at a time, or with this seq, or the next one after it.
 * -1: none is in force yet.
 */
export function boundsOf(marks: StatementMarks, wanted: Wanted): { least: number; most: number } {
  const last = marks.total - 1
  if (wanted.by === 'index') {
    const index = Math.min(wanted.index, last)
    return { least: index, most: index }
  }
  const [values, value] =
    wanted.by === 'seq' ? [marks.seqs, wanted.seq] : [marks.offsets, wanted.atMicros]
  const mark = lastAtMost(values, value)
  if (mark === -1) {
    const index = wanted.by === 'seq' ? 0 : -1
    return { least: index, most: index }
  }
  const least = mark * statementsPerMark
  const more = wanted.by === 'seq' ? statementsPerMark : statementsPerMark - 1
  return { least, most: Math.min(least + more, last) }
}

/** Whether a statement is before the wanted one, or it itself where that is the one in force. */
export function reaches(
  statement: { seq: number; offsetMicros: number },
  wanted: Exclude<Wanted, { by: 'index' }>,
): boolean {
  return wanted.by === 'seq'
    ? statement.seq < wanted.seq
    : statement.offsetMicros <= wanted.atMicros
}

/** Index of the last value that is not greater; -1 if all are. `values` never fall. */
function lastAtMost(values: readonly number[], value: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}

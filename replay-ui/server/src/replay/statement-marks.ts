/**
 * Where the statements of a session are: a mark at every so many, so that the statement at an index, a time or a seq is found by
 * reading those between two marks. Of an open session only what has come since is read.
 */
import { z } from 'zod'
import { statementsPerMark } from '../limits.ts'
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
  readonly #cache = new SessionCache<StatementMarks>()

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
        whole: session.ended,
      }
    })
  }
}

export type Wanted =
  { by: 'index'; index: number } | { by: 'seq'; seq: number } | { by: 'at'; atMicros: number }

const countRow = z.object({ before: z.int() })

/** Index of the statement: the one in force at a time, or with this seq, or the next one after it. -1: none is in force yet. */
export async function indexOf(
  questions: Questions,
  session: string,
  marks: StatementMarks,
  wanted: Wanted,
): Promise<number> {
  if (wanted.by === 'index') return Math.min(wanted.index, marks.total - 1)
  const [values, value, condition] =
    wanted.by === 'seq'
      ? ([marks.seqs, wanted.seq, 'seq < {value:UInt64}'] as const)
      : ([marks.offsets, wanted.atMicros, 'offset_micros <= {value:UInt64}'] as const)
  const mark = lastAtMost(values, value)
  if (mark === -1) return wanted.by === 'seq' ? 0 : -1
  const found = await questions.row(
    `SELECT countIf(${condition}) AS before FROM statements WHERE ${ofSession} AND seq >= {from:UInt32} AND seq < {to:UInt64}`,
    { session, value, from: marks.seqs[mark]!, to: marks.seqs[mark + 1] ?? 2 ** 32 },
    countRow,
  )
  const index = mark * statementsPerMark + (found?.before ?? 0) - (wanted.by === 'at' ? 1 : 0)
  return Math.min(index, marks.total - 1)
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

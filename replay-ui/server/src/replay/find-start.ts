/**
 * Where to begin reading so that the answers to one statement are understood: after a chunk at whose end nothing that the
 * client had asked was still unanswered. Counted from the index of the chunks alone, without their bytes.
 */
import { z } from 'zod'
import { ofSession, type Questions } from '../store/question.ts'

const seqRow = z.object({ seq: z.int() })

/** The seq to begin at; 0 for the start of the session. Q, S, F and Z: every Query, Sync and FunctionCall gets one ReadyForQuery. */
export async function findStart(
  questions: Questions,
  session: string,
  statement: number,
): Promise<number> {
  const quiet = await questions.row(
    `SELECT seq FROM (
      SELECT seq, before + total AS outstanding, min(before + lowest) OVER () AS none FROM (
        SELECT seq, total, lowest, sum(total) OVER (ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - total AS before
        FROM (
          SELECT seq, arraySum(changes) AS total, arrayMin(arrayCumSum(changes)) AS lowest FROM (
            SELECT seq, arrayMap((d, t, f) -> toInt64(multiIf(NOT f, 0, d = 'to_target' AND t IN (81, 83, 70), 1,
              d = 'to_client' AND t = 90, -1, 0)), directions, types, first) AS changes
            FROM chunks WHERE ${ofSession} AND seq < {statement:UInt32} AND notEmpty(types)))))
    WHERE outstanding = none ORDER BY seq DESC LIMIT 1`,
    { session, statement },
    seqRow,
  )
  return quiet === undefined ? 0 : quiet.seq + 1
}

const skipRow = z.object({ seq: z.int(), done: z.int() })

/**
 * Of the chunks after `after`, the longest run that holds nothing but rows and ends with a whole frame, and no more than
 * `rowsMax` of them: what a later page need not read. Undefined if there is none.
 */
export async function rowsToSkip(
  questions: Questions,
  session: string,
  after: number,
  rowsMax: number,
): Promise<{ seq: number; rows: number } | undefined> {
  const skip = await questions.row(
    `SELECT seq, done FROM (
      SELECT seq, ends, sum(toInt64(NOT pure)) OVER (ORDER BY seq) AS broken, sum(ended) OVER (ORDER BY seq) AS done FROM (
        SELECT seq, toInt64(arrayCount(l -> l, last)) AS ended, last[-1] AS ends,
          arrayAll((d, t) -> d = 'to_client' AND t IN (68, 100), directions, types) AS pure
        FROM chunks WHERE ${ofSession} AND seq > {after:UInt32}))
    WHERE broken = 0 AND ends AND done <= {rowsMax:UInt64} ORDER BY seq DESC LIMIT 1`,
    { session, after, rowsMax },
    skipRow,
  )
  return skip === undefined ? undefined : { seq: skip.seq, rows: skip.done }
}

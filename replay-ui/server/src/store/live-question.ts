/** What a watched session is asked again and again: whether it went on, and from which statement on something may change. */
import { z } from 'zod'
import { ofSession, type Questions } from './question.ts'

const stateRow = z.object({ state: z.string(), last_seq: z.int() })
export type LiveState = z.infer<typeof stateRow>

/** Undefined: it is not in the store. Costs one row. */
export function liveStateOf(questions: Questions, session: string): Promise<LiveState | undefined> {
  return questions.row(
    `SELECT state, last_seq FROM sessions WHERE ${ofSession}`,
    { session },
    stateRow,
  )
}

const statementRow = z.object({ seq: z.int(), answered: z.int() })

/** The seq from which on statements are still changing: the first of the last `most` that waits for its answer, or the end. */
export async function firstUnanswered(
  questions: Questions,
  session: string,
  most: number,
): Promise<number> {
  const rows = await questions.rows(
    `SELECT seq, toUInt8(completed OR verdict != 'allow') AS answered FROM statements
    WHERE ${ofSession} ORDER BY seq DESC LIMIT {most:UInt32}`,
    { session, most },
    statementRow,
  )
  const waiting = rows.filter(({ answered }) => answered === 0).at(-1)
  return waiting?.seq ?? (rows[0]?.seq ?? -1) + 1
}

/** The statements of a session from a seq on, each with its place in a transaction. */
import type { Questions } from '../store/question.ts'
import { readiesOf } from '../store/readies-question.ts'
import { timelineOf } from '../store/sessions-question.ts'
import type { TimelineStatement } from '@gatetrail/replay-api'
import { transactionsOf } from './transactions.ts'

export type TimelinePage = { statements: TimelineStatement[]; nextFrom: number | null }
type Found = Awaited<ReturnType<typeof timelineOf>>

/** `ended`: the session has. */
export async function timelinePage(
  questions: Questions,
  session: string,
  from: number,
  limit: number,
  ended: boolean,
): Promise<TimelinePage> {
  const found = await timelineOf(questions, session, from, limit + 1)
  return placedPage(questions, session, found, limit, ended)
}

/** The first `limit` of statements that follow each other, with their places; `found`: one more, if there is one. */
export async function placedPage(
  questions: Questions,
  session: string,
  found: Found,
  limit: number,
  ended: boolean,
): Promise<TimelinePage> {
  const statements = found.slice(0, limit)
  const next = found[limit]?.seq
  const [first] = statements
  if (first === undefined) return { statements: [], nextFrom: null }
  const { before, readies } = await readiesOf(questions, session, first.seq, next)
  const places = transactionsOf(
    statements.map(({ seq, text, command, error, verdict }) => ({
      seq,
      text,
      command,
      failed: error !== null || verdict !== 'allow',
    })),
    readies,
    before,
    ended && next === undefined,
  )
  return {
    statements: statements.map((statement, index) => ({
      ...statement,
      transaction: places[index] ?? null,
    })),
    nextFrom: next ?? null,
  }
}

/** A window of the statements of a session, each with its index and its place in a transaction. */
import type { WindowStatement } from '@gatetrail/replay-api'
import { statementsPerMark } from '../limits.ts'
import type { Questions } from '../store/question.ts'
import type { ReplayedSession } from '../store/replayed-session-question.ts'
import { indexOf, type MarksOfSessions, type Wanted } from './statement-marks.ts'
import { timelinePage } from './timeline.ts'

export type StatementWindowPage = {
  total: number
  current: number | null
  statements: WindowStatement[]
}

export async function statementWindow(
  questions: Questions,
  session: ReplayedSession,
  marksOf: MarksOfSessions,
  wanted: Wanted,
  size: { before: number; limit: number },
): Promise<StatementWindowPage> {
  const marks = await marksOf.of(questions, session)
  const { total } = marks
  if (total === 0) return { total, current: null, statements: [] }
  const current = await indexOf(questions, session.id, marks, wanted)
  const first = Math.max(0, current - size.before)
  const mark = Math.floor(first / statementsPerMark)
  const page = await timelinePage(
    questions,
    session.id,
    marks.seqs[mark]!,
    size.limit,
    session.ended,
    {
      skip: first - mark * statementsPerMark,
      toSeq: marks.seqs[Math.ceil((first + size.limit + 1) / statementsPerMark)],
    },
  )
  return {
    total,
    current: current < 0 ? null : current,
    statements: page.statements.map((statement, at) => ({ ...statement, index: first + at })),
  }
}

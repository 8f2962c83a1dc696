/** A window of the statements of a session, each with its index and its place in a transaction. */
import type { WindowStatement } from '@gatetrail/replay-api'
import { statementsPerMark } from '../limits.ts'
import type { Questions } from '../store/question.ts'
import type { ReplayedSession } from '../store/replayed-session-question.ts'
import { timelineOf } from '../store/sessions-question.ts'
import { boundsOf, reaches, type MarksOfSessions, type Wanted } from './statement-marks.ts'
import { placedPage } from './timeline.ts'

export type StatementWindowPage = {
  total: number
  current: number | null
  statements: WindowStatement[]
}

/** One reading of the statements: those between two marks, among which the wanted one is, are read with the window around it. */
export async function statementWindow(
  questions: Questions,
  session: ReplayedSession,
  marksOf: MarksOfSessions,
  wanted: Wanted,
  { before, limit }: { before: number; limit: number },
): Promise<StatementWindowPage> {
  const marks = await marksOf.of(questions, session)
  const { total } = marks
  if (total === 0) return { total, current: null, statements: [] }
  const { least, most } = boundsOf(marks, wanted)
  const from = Math.max(0, least - before)
  const to = Math.max(most + 1, Math.max(0, most - before) + limit + 1)
  const mark = Math.floor(from / statementsPerMark)
  const read = await timelineOf(questions, session.id, marks.seqs[mark]!, to - from, {
    skip: from - mark * statementsPerMark,
    toSeq: marks.seqs[Math.ceil(to / statementsPerMark)],
  })
  const current = wanted.by === 'index' ? least : currentAmong(read, from, least, total, wanted)
  const first = Math.max(0, current - before)
  const found = read.slice(first - from)
  const page = await placedPage(questions, session.id, found, limit, session.ended)
  return {
    total,
    current: current < 0 ? null : current,
    statements: page.statements.map((statement, at) => ({ ...statement, index: first + at })),
  }
}

/** `read` begins at the index `from`; all before `least` are before the wanted one. */
function currentAmong(
  read: readonly { seq: number; offsetMicros: number }[],
  from: number,
  least: number,
  total: number,
  wanted: Exclude<Wanted, { by: 'index' }>,
): number {
  if (least < 0) return least
  const passed = read
    .slice(least - from, least - from + statementsPerMark)
    .filter((statement) => reaches(statement, wanted)).length
  return Math.min(least + passed - (wanted.by === 'at' ? 1 : 0), total - 1)
}

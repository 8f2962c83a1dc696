/** What a replay shows of a statement besides its frames. Of a session that is final, what was just listed is not asked for again. */
import { GatetrailError } from '@gatetrail/schemas'
import type { TimelineStatement } from '@gatetrail/replay-api'
import { z } from 'zod'
import {
  statementKeptMs,
  statementsKeptMax,
  timelineTextCharacters,
  touchesKeptMax,
} from '../limits.ts'
import { ofSession, type Questions } from '../store/question.ts'
import type { ReplayedSession } from '../store/replayed-session-question.ts'
import { touchesOf } from '../store/sessions-question.ts'
import { SessionCache } from './session-cache.ts'

/** `rows`: as it was answered; null if it was not. */
export type KeptStatement = Pick<TimelineStatement, 'text' | 'verdict' | 'policies' | 'code' | 'touches'> & {
  rows: number | null
} // prettier-ignore

const row = z.object({
  text: z.string(),
  verdict: z.string(),
  policies: z.array(z.string()),
  code: z.string(),
  rows: z.int(),
  completed: z.boolean(),
  touches: z.string(),
})

/** Of sessions that are final, and of no more than a window shows of each. */
export class KeptStatements {
  readonly #cache = new SessionCache<KeptStatement>(statementsKeptMax, statementKeptMs)

  /** For whoever was found to see the session. */
  keep(session: ReplayedSession, statements: readonly TimelineStatement[]): void {
    if (!session.final) return
    for (const statement of statements) {
      const { seq, textCut, text, verdict, policies, code, touches, completed } = statement
      const rows = completed ? statement.rows : null
      const kept = { text, verdict, policies, code, touches, rows }
      if (!textCut && isSmall(kept)) this.#cache.set(keyOf(session, seq), kept)
    }
  }

  /** @throws GatetrailError NOT_FOUND if there is no such statement */
  async of(questions: Questions, session: ReplayedSession, seq: number): Promise<KeptStatement> {
    if (!session.final) return read(questions, session.id, seq)
    const key = keyOf(session, seq)
    const statement = await this.#cache.get(
      key,
      async (known) => known ?? read(questions, session.id, seq),
    )
    if (!isSmall(statement)) this.#cache.forget(key)
    return statement
  }
}

function isSmall({ text, touches }: KeptStatement): boolean {
  return text.length <= timelineTextCharacters * 2 && touches.length <= touchesKeptMax
}

const keyOf = ({ id }: ReplayedSession, seq: number) => `${id} ${seq}`

async function read(questions: Questions, session: string, seq: number): Promise<KeptStatement> {
  const found = await questions.row(
    `SELECT text, verdict, policies, code, rows, completed, touches FROM statements WHERE ${ofSession} AND seq = {seq:UInt32}`,
    { session, seq },
    row,
  )
  if (found === undefined) {
    throw new GatetrailError('NOT_FOUND', `session ${session} has no statement ${seq}`, {
      hint: 'The seq is that of its decision: see the statements of the session.',
    })
  }
  const { completed, rows, touches, ...statement } = found
  return { ...statement, rows: completed ? rows : null, touches: touchesOf(touches) }
}

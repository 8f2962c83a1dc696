/** Sessions, statements and raw frames. */
import { sessionsApi } from '@gatetrail/replay-api'
import { route } from './route.ts'
import type { ReadParameters } from '../audit-reads.ts'
import { listFrames } from '../store/frames-question.ts'
import { findSession, listSessions } from '../store/sessions-question.ts'
import { listStatements } from '../store/statements-question.ts'
import { audited, type App, type RouteContext } from './context.ts'

export function registerSessions(app: App, context: RouteContext): void {
  route(app, sessionsApi.sessions, async (request) => {
    const questions = context.questionsOf(request)
    const answer = await listSessions(questions, request.query)
    await audited(context, request, 'sessions', shown(request.query), answer.sessions.length)
    return answer
  })

  route(app, sessionsApi.session, async (request) => {
    const questions = context.questionsOf(request)
    const answer = await findSession(questions, request.params.session)
    await audited(context, request, 'session', request.params, 1)
    return answer
  })

  route(app, sessionsApi.statements, async (request) => {
    const questions = context.questionsOf(request)
    const answer = await listStatements(questions, request.query)
    await audited(context, request, 'statements', shown(request.query), answer.statements.length)
    return answer
  })

  route(app, sessionsApi.frames, async (request) => {
    const questions = context.questionsOf(request)
    const { session } = request.params
    const { from, fragment, limit: rows } = request.query
    const found = await listFrames(questions, session, from, fragment, rows + 1)
    const next = found[rows]
    await audited(
      context,
      request,
      'frames',
      { session, from, fragment },
      Math.min(rows, found.length),
    )
    return {
      frames: found.slice(0, rows),
      next: next === undefined ? null : { from: next.seq, fragment: next.fragment },
    }
  })
}

/** The question without where in its answer the page begins. */
function shown(query: ReadParameters): ReadParameters {
  return { ...query, cursor: undefined }
}

/** Replay of sessions: strip, windows of statements, moments. Pages and files of it: replay/. */
import { GatetrailError } from '@gatetrail/schemas'
import { replayApi, sessionsApi } from '@gatetrail/replay-api'
import { route } from './route.ts'
import { BlocksOfSessions } from '../replay/chunk-blocks.ts'
import { momentOf } from '../replay/moment.ts'
import { MarksOfSessions, type Wanted } from '../replay/statement-marks.ts'
import { replayStatement } from '../replay/replay-statement.ts'
import { statementWindow } from '../replay/statement-window.ts'
import { isTerminalProtocol } from '../replay/terminal-protocol.ts'
import { timelinePage } from '../replay/timeline.ts'
import { outlineOf } from '../store/outline-question.ts'
import { replayedSession } from '../store/replayed-session-question.ts'
import { findSession } from '../store/sessions-question.ts'
import { audited, type App, type RouteContext } from './context.ts'

export function registerReplay(app: App, context: RouteContext): void {
  const marks = new MarksOfSessions()
  const blocksOf = new BlocksOfSessions()

  route(app, sessionsApi.timeline, async (request) => {
    const questions = context.questionsOf(request)
    const { session } = request.params
    const { from, limit: rows } = request.query
    const detail = await findSession(questions, session)
    const page = await timelinePage(questions, session, from, rows, detail.state !== 'open')
    await audited(context, request, 'replay', { session, from }, page.statements.length)
    return { session: detail, ...page }
  })

  route(app, sessionsApi.transcript, async (request) => {
    const questions = context.questionsOf(request)
    const { session, seq: statement } = request.params
    const { page, colors } = request.query
    const answer = await replayStatement(
      { questions, session: await replayedSession(questions, session), blocksOf },
      statement,
      page,
      colors === 'true',
    )
    await audited(
      context,
      request,
      'replay.statement',
      { session, seq: statement, page },
      answer.rows,
    )
    return { session, seq: statement, ...answer }
  })

  route(app, replayApi.outline, async (request) => {
    const questions = context.questionsOf(request)
    const session = await replayedSession(questions, request.params.session)
    const isTerminal = isTerminalProtocol(session.protocol)
    const outline = await outlineOf(questions, session, request.query.buckets, isTerminal)
    const statements = outline.buckets.reduce((sum, bucket) => sum + bucket.statements, 0)
    await audited(context, request, 'replay.outline', request.params, statements)
    const { id, ended, durationMicros } = session
    const kind = isTerminal ? ('terminal' as const) : ('statements' as const)
    return { session: id, kind, ended, durationMicros, statements, ...outline }
  })

  route(app, replayApi.statements, async (request) => {
    const questions = context.questionsOf(request)
    const { index, at, seq, before, limit: rows } = request.query
    const session = await replayedSession(questions, request.params.session)
    const wanted: Wanted =
      at !== undefined
        ? { by: 'at', atMicros: at }
        : seq !== undefined
          ? { by: 'seq', seq }
          : { by: 'index', index: index ?? 0 }
    const page = await statementWindow(questions, session, marks, wanted, { before, limit: rows })
    const { id, ended, durationMicros } = session
    await audited(
      context,
      request,
      'replay.statements',
      { session: id, index, at, seq, before },
      page.statements.length,
    )
    return { session: id, ended, durationMicros, ...page }
  })

  route(app, replayApi.moment, async (request) => {
    const questions = context.questionsOf(request)
    const { session: id, seq } = request.params
    const session = await replayedSession(questions, id)
    const { statements, current } = await statementWindow(
      questions,
      session,
      marks,
      { by: 'seq', seq },
      { before: 0, limit: 1 },
    )
    const [statement] = statements
    if (current === null || statement?.seq !== seq)
      throw new GatetrailError('NOT_FOUND', `session ${id} has no statement ${seq}`, {
        hint: 'The seq is that of its decision: see the statements of the session.',
      })
    const answer = await momentOf(questions, session, statement)
    await audited(context, request, 'replay.moment', { session: id, seq }, 1)
    return answer
  })
}

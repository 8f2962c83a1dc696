/** Replay of sessions: strip, windows of statements, moments, terminals, what is found in them, and files of them. */
import { Readable } from 'node:stream'
import { GatetrailError } from '@gatetrail/schemas'
import { replayApi, sessionsApi } from '@gatetrail/replay-api'
import { route } from './route.ts'
import { fileOf, sessionFile } from '../export/session-file.ts'
import { BlocksOfSessions } from '../replay/chunk-blocks.ts'
import { findInSession } from '../replay/find-in-session.ts'
import { momentFrames } from '../replay/moment-frames.ts'
import { momentOf } from '../replay/moment.ts'
import { KeptStatements } from '../replay/kept-statements.ts'
import { MarksOfSessions, type Wanted } from '../replay/statement-marks.ts'
import { replayStatement } from '../replay/replay-statement.ts'
import { statementWindow } from '../replay/statement-window.ts'
import { isTerminalProtocol } from '../replay/terminal-protocol.ts'
import { timelinePage } from '../replay/timeline.ts'
import { outlineOf } from '../store/outline-question.ts'
import { ReplayedSessions } from '../store/replayed-session-question.ts'
import { findSession } from '../store/sessions-question.ts'
import { Keyframes } from '../terminal/keyframes.ts'
import { findInTerminal } from '../terminal/find-in-terminal.ts'
import { startMaker } from '../terminal/keyframe-thread.ts'
import { TerminalBlocks } from '../terminal/terminal-blocks.ts'
import { terminalMoment } from '../terminal/terminal-moment.ts'
import { audited, type App, type RouteContext } from './context.ts'

export function registerReplay(app: App, context: RouteContext): void {
  const sessions = new ReplayedSessions()
  const marks = new MarksOfSessions()
  const blocksOf = new BlocksOfSessions()
  const kept = new KeptStatements()
  const terminalBlocks = new TerminalBlocks()
  const keyframes = new Keyframes(startMaker(), context.options.nowMs ?? Date.now)

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
      { questions, session: await sessions.of(questions, session), blocksOf, kept },
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
    const session = await sessions.of(questions, request.params.session)
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
    const session = await sessions.of(questions, request.params.session)
    const wanted: Wanted =
      at !== undefined
        ? { by: 'at', atMicros: at }
        : seq !== undefined
          ? { by: 'seq', seq }
          : { by: 'index', index: index ?? 0 }
    const page = await statementWindow(questions, session, marks, wanted, { before, limit: rows })
    kept.keep(session, page.statements)
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
    const session = await sessions.of(questions, id)
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

  route(app, replayApi.momentFrames, async (request) => {
    const questions = context.questionsOf(request)
    const { session: id, seq } = request.params
    const { from, fragment, limit: frames } = request.query
    const session = await sessions.of(questions, id)
    const places = { questions, session, blocksOf }
    const begin = from === undefined ? undefined : { seq: from, fragment }
    const answer = await momentFrames(places, seq, begin, frames)
    await audited(context, request, 'replay.moment.frames', { session: id, seq, from, fragment }, answer.frames.length) // prettier-ignore
    return answer
  })

  route(app, replayApi.terminal, async (request) => {
    const questions = context.questionsOf(request)
    const session = await sessions.of(questions, request.params.session)
    const { at } = request.query
    const answer = await terminalMoment(
      questions,
      session,
      { keyframes, blocksOf: terminalBlocks },
      at,
    )
    await audited(context, request, 'replay.terminal', { session: session.id, at }, answer.events.length) // prettier-ignore
    return answer
  })

  route(app, replayApi.find, async (request) => {
    const questions = context.questionsOf(request)
    const session = await sessions.of(questions, request.params.session)
    const { q: text, from: seq, fragment, limit: hitsMax } = request.query
    const wanted = { text, from: { seq, fragment }, hitsMax }
    const { hits, next } = isTerminalProtocol(session.protocol)
      ? await findInTerminal(questions, session, wanted)
      : await findInSession({ questions, session, blocksOf }, marks, wanted)
    // What was looked for may be a value of somebody: its length is enough.
    await audited(context, request, 'replay.find', { session: session.id, characters: text.length, from: seq, fragment }, hits.length) // prettier-ignore
    return { hits, next: next && { from: next.seq, fragment: next.fragment } }
  })

  route(app, replayApi.exportSession, async (request, reply) => {
    const questions = context.questionsOf(request)
    const { session: id } = request.params
    const { format } = request.query
    const session = await sessions.of(questions, id)
    const detail = await findSession(questions, id)
    await audited(context, request, 'export', { session: id, format }, 0)
    const { type, ending } = fileOf[format]
    const pieces = sessionFile({ questions, session, blocksOf, kept }, detail, format)
    const file = counted(pieces, (count) => audited(context, request, 'export.ended', { session: id, format }, count)) // prettier-ignore
    return reply
      .type(type)
      .header('content-disposition', `attachment; filename="session-${id}.${ending}"`)
      .send(Readable.from(file))
  })
}

/** Tells how many pieces there were, also where nobody wanted the rest. */
async function* counted(
  pieces: AsyncIterable<string>,
  tell: (count: number) => Promise<void>,
): AsyncGenerator<string, void, void> {
  let count = 0
  try {
    for await (const piece of pieces) {
      count++
      yield piece
    }
  } finally {
    await tell(count)
  }
}

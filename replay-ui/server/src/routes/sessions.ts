/** Sessions, statements, replay and raw frames. */
import { z } from 'zod'
import type { ReadParameters } from '../audit-reads.ts'
import { framesPageMax, pageRowsDefault, pageRowsMax } from '../limits.ts'
import { replayStatement } from '../replay/replay-statement.ts'
import { timelinePage } from '../replay/timeline.ts'
import {
  frameShape,
  sessionDetailShape,
  sessionShape,
  statementShape,
  timelineStatementShape,
  transcriptShape,
} from '../shapes.ts'
import { listFrames } from '../store/frames-question.ts'
import { findSession, listSessions } from '../store/sessions-question.ts'
import { listStatements } from '../store/statements-question.ts'
import {
  audited,
  errors,
  instantParameter,
  sessionParameter,
  type App,
  type RouteContext,
} from './context.ts'

const limit = z.coerce.number().int().min(1).max(pageRowsMax).default(pageRowsDefault)
const cursor = z.string().max(500).optional().describe('nextCursor of the page before')
const nextCursor = z.string().nullable()
const seq = z.coerce
  .number()
  .int()
  .min(0)
  .max(2 ** 32 - 1)
const sessionPath = z.strictObject({ session: sessionParameter })

export function registerSessions(app: App, context: RouteContext): void {
  const { questions } = context

  app.route({
    method: 'GET',
    url: '/api/sessions',
    config: { access: 'read_audit' },
    schema: {
      summary: 'Sessions, newest first',
      querystring: z.strictObject({
        from: instantParameter.optional(),
        to: instantParameter.optional(),
        connection: z.string().max(200).optional(),
        principal: z.string().max(1_000).optional().describe('issuer#subject, or the subject'),
        cursor,
        limit,
      }),
      response: { 200: z.object({ sessions: z.array(sessionShape), nextCursor }), ...errors },
    },
    handler: async (request) => {
      const answer = await listSessions(questions, request.query)
      await audited(context, request, 'sessions', shown(request.query), answer.sessions.length)
      return answer
    },
  })

  app.route({
    method: 'GET',
    url: '/api/sessions/:session',
    config: { access: 'read_audit' },
    schema: {
      summary: 'One session, with the claims it was opened with',
      params: sessionPath,
      response: { 200: sessionDetailShape, ...errors },
    },
    handler: async (request) => {
      const answer = await findSession(questions, request.params.session)
      await audited(context, request, 'session', request.params, 1)
      return answer
    },
  })

  app.route({
    method: 'GET',
    url: '/api/statements',
    config: { access: 'read_audit' },
    schema: {
      summary: 'Statements in the order of time',
      querystring: z.strictObject({
        since: instantParameter.optional(),
        until: instantParameter.optional(),
        session: sessionParameter.optional(),
        verdict: z.enum(['allow', 'deny', 'hold']).optional(),
        cursor,
        limit,
      }),
      response: { 200: z.object({ statements: z.array(statementShape), nextCursor }), ...errors },
    },
    handler: async (request) => {
      const answer = await listStatements(questions, request.query)
      await audited(context, request, 'statements', shown(request.query), answer.statements.length)
      return answer
    },
  })

  app.route({
    method: 'GET',
    url: '/api/sessions/:session/replay',
    config: { access: 'read_audit' },
    schema: {
      summary: 'The timeline of a session: its statements',
      params: sessionPath,
      querystring: z.strictObject({ from: seq.default(0).describe('first seq'), limit }),
      response: {
        200: z.object({
          session: sessionDetailShape,
          statements: z.array(timelineStatementShape),
          nextFrom: z.int().nullable(),
        }),
        ...errors,
      },
    },
    handler: async (request) => {
      const { session } = request.params
      const { from, limit: rows } = request.query
      const detail = await findSession(questions, session)
      const page = await timelinePage(questions, session, from, rows, detail.state !== 'open')
      await audited(context, request, 'replay', { session, from }, page.statements.length)
      return { session: detail, ...page }
    },
  })

  app.route({
    method: 'GET',
    url: '/api/sessions/:session/replay/:seq',
    config: { access: 'read_audit' },
    schema: {
      summary: 'One statement as a person at psql would have seen it, 200 rows a page',
      params: sessionPath.extend({ seq }),
      querystring: z.strictObject({
        page: z.coerce.number().int().min(0).max(10_000_000).default(0),
        colors: z.enum(['true', 'false']).default('true'),
      }),
      response: { 200: transcriptShape, ...errors },
    },
    handler: async (request) => {
      const { session, seq: statement } = request.params
      const { page, colors } = request.query
      const answer = await replayStatement(questions, session, statement, page, colors === 'true')
      await audited(
        context,
        request,
        'replay.statement',
        { session, seq: statement, page },
        answer.rows,
      )
      return { session, seq: statement, ...answer }
    },
  })

  app.route({
    method: 'GET',
    url: '/api/sessions/:session/frames',
    config: { access: 'read_audit' },
    schema: {
      summary: 'Frames as recorded, raw',
      params: sessionPath,
      querystring: z.strictObject({
        from: seq.default(0).describe('seq of the first chunk'),
        fragment: z.coerce
          .number()
          .int()
          .min(0)
          .default(0)
          .describe('in that chunk, the first one wanted'),
        limit: z.coerce.number().int().min(1).max(framesPageMax).default(200),
      }),
      response: {
        200: z.object({
          frames: z.array(frameShape),
          next: z.object({ from: z.int(), fragment: z.int() }).nullable(),
        }),
        ...errors,
      },
    },
    handler: async (request) => {
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
    },
  })
}

/** The question without where in its answer the page begins. */
function shown(query: ReadParameters): ReadParameters {
  return { ...query, cursor: undefined }
}

/** What a session does, as it comes: messages of a WebSocket. The server sends, and ignores what a client says. */
import { z } from 'zod'
import { seqParameter, sessionPath, time } from './common.ts'
import { operation } from './operation.ts'
import { sessionDetailShape, timelineStatementShape } from './sessions.ts'

export const liveMessageShape = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('session'),
    session: sessionDetailShape.describe('At the start, and whenever its state changes.'),
  }),
  z.object({
    type: z.literal('statements'),
    statements: z
      .array(timelineStatementShape)
      .describe(
        'In the order of seq. A seq that came before takes the place of what was known of it.',
      ),
  }),
  z.object({
    type: z.literal('ended'),
    session: sessionDetailShape.describe('Nothing comes after it: the server closes.'),
  }),
  z.object({
    type: z.literal('alive'),
    at: time.describe("The server's clock: what was stored by then has been sent."),
  }),
  z.object({
    type: z.literal('trouble'),
    message: z.string().describe('Why nothing comes at the moment; the server goes on trying.'),
  }),
])
export type LiveMessage = z.infer<typeof liveMessageShape>

/** Why the server closes, beside the codes of RFC 6455. */
export const liveClosings = {
  ended: 1000,
  shutdown: 1001,
  revoked: 4403,
  slow: 4408,
  busy: 1013,
} as const

export const live = operation({
  method: 'GET',
  path: '/api/sessions/:session/live',
  access: 'read_audit',
  summary: 'A WebSocket: the statements of a session as they are stored, until it ends',
  params: sessionPath,
  query: z.strictObject({
    after: seqParameter.optional().describe('Of a statement: what comes behind it'),
  }),
  answer: liveMessageShape,
  stream: 'socket',
})

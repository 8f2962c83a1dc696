/** Sessions, statements, replay and raw frames. */
import { touchSchema } from '@gatetrail/schemas'
import { z } from 'zod'
import {
  cursorParameter,
  id,
  instantParameter,
  limitParameter,
  nextCursor,
  principalShape,
  runShape,
  seqParameter,
  sessionParameter,
  sessionPath,
  time,
} from './common.ts'
import { operation } from './operation.ts'

const framesPageMax = 1_000
export const sessionStates = ['open', 'closed', 'aborted', 'refused'] as const
const errorOfStatement = z.object({ sqlstate: z.string(), message: z.string() })

const statementShape = z.object({
  session: id,
  seq: z.int().describe('of statement.decided in the session'),
  time,
  principal: principalShape.omit({ groups: true }),
  onBehalfOf: z.array(z.string()),
  run: runShape.nullable(),
  connection: z.string(),
  statement: z.string().describe('as recorded: personal data masked, cut at 64 KiB'),
  verdict: z.string(),
  policies: z.array(z.string()),
  code: z.string().nullable().describe('why refused, a stable code'),
  reason: z.string().nullable(),
  rows: z.int().nullable().describe('null as long as no answer is on record'),
  bytes: z.int().nullable(),
  durationMicros: z.int().nullable(),
  error: errorOfStatement.nullable(),
  touches: z.array(touchSchema),
})
export type StatementAnswer = z.infer<typeof statementShape>

export const sessionShape = z.object({
  session: id,
  state: z.string().describe('open, closed, aborted, refused'),
  time,
  ended: time.nullable(),
  lastTime: time,
  principal: principalShape,
  onBehalfOf: z.array(z.string()),
  run: runShape.nullable(),
  connection: z.string(),
  protocol: z.string(),
  clientAddress: z.string(),
  clientTls: z.boolean(),
  requestedUser: z.string(),
  applicationName: z.string(),
  policies: z.array(z.string()),
  targetUser: z.string(),
  targetAddress: z.string(),
  reason: z.string(),
  error: z.string().nullable(),
  message: z.string().nullable(),
  durationMicros: z.int(),
  statements: z.int(),
  denied: z.int(),
  rows: z.int(),
  bytesFromClient: z.int(),
  bytesToClient: z.int(),
  inspectedBytes: z.int(),
  uninspectedBytes: z.int(),
  uninspected: z.record(z.string(), z.int()),
  touchedValues: z.int(),
  entities: z.array(z.string()),
})

export const sessionDetailShape = sessionShape.extend({
  claims: z.record(z.string(), z.unknown()).nullable().describe('by allow-list'),
  tokenId: z.string().nullable(),
  expiresAt: z.int().nullable().describe('of the token, seconds since 1970'),
  policySet: z.string(),
  writer: id,
})

const transactionShape = z.object({
  began: z.int().nullable().describe('seq of the statement that began it, if it is on this page'),
  place: z.enum(['begin', 'inside', 'end']),
  failed: z.boolean().describe('it had failed before this statement, or failed with it'),
  savepoints: z.array(z.string()).describe('open here, the outermost first'),
  outcome: z
    .enum(['committed', 'rolled_back', 'prepared'])
    .nullable()
    .describe('null if its end is not on this page'),
})

export const timelineStatementShape = z.object({
  seq: z.int(),
  time,
  offsetMicros: z.int(),
  text: z.string().describe('the first 2,000 characters'),
  textCut: z.boolean(),
  path: z.string(),
  verdict: z.string(),
  policies: z.array(z.string()),
  policySet: z.string(),
  code: z.string().nullable(),
  reason: z.string().nullable(),
  approvalGroups: z.array(z.string()),
  kinds: z.array(z.string()),
  effects: z.array(z.string()),
  reads: z.array(z.string()),
  writes: z.array(z.string()),
  complete: z.boolean(),
  completed: z.boolean(),
  rows: z.int(),
  bytes: z.int(),
  durationMicros: z.int(),
  command: z.string().nullable(),
  error: errorOfStatement.nullable(),
  touches: z.array(touchSchema),
  transaction: transactionShape.nullable().describe('null where it stands by itself'),
})

const transcriptShape = z.object({
  session: id,
  seq: z.int(),
  page: z.int(),
  pages: z.int().describe('known only as far as read while `complete` is false'),
  rows: z.int(),
  rowsPerPage: z.int(),
  maskedCells: z.int().describe('of this page'),
  complete: z.boolean().describe('the end of the statement is on this page'),
  text: z.string().describe('terminal text: \\r\\n, and no control characters but SGR colours'),
})

const frameShape = z.object({
  seq: z.int(),
  fragment: z.int(),
  time,
  offsetMicros: z.int(),
  direction: z.enum(['to_client', 'to_target']),
  type: z.string(),
  first: z.boolean(),
  last: z.boolean(),
  masked: z.boolean(),
  withheld: z.boolean(),
  totalLength: z.int(),
  length: z.int(),
  bytes: z.string().describe('hex'),
})
export type Session = z.infer<typeof sessionShape>
export type SessionDetail = z.infer<typeof sessionDetailShape>
export type TimelineStatement = z.infer<typeof timelineStatementShape>
export type Transcript = z.infer<typeof transcriptShape>
export type Frame = z.infer<typeof frameShape>

export const sessions = operation({
  method: 'GET',
  path: '/api/sessions',
  access: 'read_audit',
  summary: 'Sessions, newest first',
  query: z.strictObject({
    from: instantParameter.optional(),
    to: instantParameter.optional(),
    connection: z.string().max(200).optional(),
    principal: z.string().max(1_000).optional().describe('issuer#subject, or the subject'),
    state: z.enum(sessionStates).optional(),
    touched: z.literal('true').optional().describe('those that touched personal data'),
    refused: z
      .literal('true')
      .optional()
      .describe('those that were not let in, or had a statement refused'),
    entity: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]{0,99}$/, 'an entity such as US_SSN')
      .optional()
      .describe('those that touched values of it'),
    cursor: cursorParameter,
    limit: limitParameter,
  }),
  answer: z.object({ sessions: z.array(sessionShape), nextCursor }),
})

export const session = operation({
  method: 'GET',
  path: '/api/sessions/:session',
  access: 'read_audit',
  summary: 'One session, with the claims it was opened with',
  params: sessionPath,
  answer: sessionDetailShape,
})

export const statements = operation({
  method: 'GET',
  path: '/api/statements',
  access: 'read_audit',
  summary: 'Statements in the order of time',
  query: z.strictObject({
    since: instantParameter.optional(),
    until: instantParameter.optional(),
    session: sessionParameter.optional(),
    verdict: z.enum(['allow', 'deny', 'hold']).optional(),
    cursor: cursorParameter,
    limit: limitParameter,
  }),
  answer: z.object({ statements: z.array(statementShape), nextCursor }),
})

export const timeline = operation({
  method: 'GET',
  path: '/api/sessions/:session/replay',
  access: 'read_audit',
  summary: 'The timeline of a session: its statements',
  params: sessionPath,
  query: z.strictObject({
    from: seqParameter.default(0).describe('first seq'),
    limit: limitParameter,
  }),
  answer: z.object({
    session: sessionDetailShape,
    statements: z.array(timelineStatementShape),
    nextFrom: z.int().nullable(),
  }),
})

export const transcript = operation({
  method: 'GET',
  path: '/api/sessions/:session/replay/:seq',
  access: 'read_audit',
  summary: 'One statement as a person at psql would have seen it, 200 rows a page',
  params: sessionPath.extend({ seq: seqParameter }),
  query: z.strictObject({
    page: z.coerce.number().int().min(0).max(10_000_000).default(0),
    colors: z.enum(['true', 'false']).default('true'),
  }),
  answer: transcriptShape,
})

export const frames = operation({
  method: 'GET',
  path: '/api/sessions/:session/frames',
  access: 'read_audit',
  summary: 'Frames as recorded, raw',
  params: sessionPath,
  query: z.strictObject({
    from: seqParameter.default(0).describe('seq of the first chunk'),
    fragment: z.coerce
      .number()
      .int()
      .min(0)
      .default(0)
      .describe('in that chunk, the first one wanted'),
    limit: z.coerce.number().int().min(1).max(framesPageMax).default(200),
  }),
  answer: z.object({
    frames: z.array(frameShape),
    next: z.object({ from: z.int(), fragment: z.int() }).nullable(),
  }),
})

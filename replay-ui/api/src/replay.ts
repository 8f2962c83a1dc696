/** Replay: a session as a strip, windows of its statements, what is at a moment, its terminal, and files of it. */
import { sqlFactsSchema, touchSchema } from '@gatetrail/schemas'
import { z } from 'zod'
import { id, principalShape, runShape, seqParameter, sessionPath, time } from './common.ts'
import { operation } from './operation.ts'
import { timelineStatementShape } from './sessions.ts'

const bucketsMax = 2_000
const windowMax = 500
const findHitsMax = 200
const momentFramesMax = 200

const microsParameter = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

const bucketShape = z.object({
  bucket: z.int().describe('from 0; those in which nothing happened are left out'),
  statements: z.int(),
  refused: z.int(),
  errors: z.int(),
  touched: z.int().describe('values, whatever became of them'),
  revealed: z.int().describe('values, also those that were found late'),
  outputBytes: z.int().describe('of a terminal'),
})
export type OutlineBucket = z.infer<typeof bucketShape>

const outlineMomentShape = z.object({
  kind: z.enum(['refused', 'error', 'revealed', 'touched', 'exit']),
  seq: z.int().describe('of the statement; of `exit`: of its record'),
  offsetMicros: z.int(),
  label: z.string().describe('why it was refused, the error, the entities; cut'),
})
export type OutlineMoment = z.infer<typeof outlineMomentShape>

const outlineShape = z.object({
  session: id,
  kind: z.enum(['statements', 'terminal']),
  ended: z.boolean(),
  durationMicros: z.int().describe('of an open session: to its last record'),
  statements: z.int(),
  bucketMicros: z.int().describe('length of a bucket'),
  buckets: z.array(bucketShape),
  moments: z
    .array(outlineMomentShape)
    .describe('in order, the weightiest of them if there are many'),
  momentsLeftOut: z.int(),
})
export type Outline = z.infer<typeof outlineShape>

const windowStatementShape = timelineStatementShape.extend({
  index: z.int().describe('in the session, from 0'),
})
export type WindowStatement = z.infer<typeof windowStatementShape>

const windowShape = z.object({
  session: id,
  ended: z.boolean(),
  durationMicros: z.int(),
  total: z.int().describe('statements of the session so far'),
  current: z
    .int()
    .nullable()
    .describe('index of the statement that was asked for, or in force at `at`; null: none yet'),
  statements: z.array(windowStatementShape),
})
export type StatementWindow = z.infer<typeof windowShape>

const hitShape = z.object({
  seq: z.int().describe('of the statement; of a terminal: of the record'),
  index: z.int(),
  offsetMicros: z.int().describe('of the hit'),
  where: z.enum(['statement', 'answer']).describe('its text, or what was shown or sent'),
  page: z.int().nullable().describe('of the transcript; null: on its first one'),
  excerpt: z.string(),
})
export type FindHit = z.infer<typeof hitShape>

const decisionShape = z.object({
  verdict: z.string(),
  policies: z.array(z.string()).describe('ids in `policySet`'),
  policySet: z.string(),
  code: z.string().nullable(),
  reason: z.string().nullable(),
  approvalGroups: z.array(z.string()),
  path: z.string(),
  description: z.string().describe('keyed hash of the statement'),
  facts: sqlFactsSchema.nullable().describe('as recorded; null if they are not on record any more'),
})
export type MomentDecision = z.infer<typeof decisionShape>

const momentTouchShape = touchSchema.omit({ fingerprints: true, unfingerprinted: true }).extend({
  ruleset: z.string(),
  by: z.enum(['column', 'value', 'scan']).describe('a tagged column, a detector, a later scan'),
  why: z.string().describe('in a sentence'),
})
export type MomentTouch = z.infer<typeof momentTouchShape>

const momentShape = z.object({
  session: id,
  statement: windowStatementShape,
  text: z.string().describe('of the statement as recorded, cut at 64 KiB'),
  textBytes: z.int().describe('of the whole text'),
  decision: decisionShape,
  who: z.object({
    principal: principalShape,
    onBehalfOf: z.array(z.string()),
    run: runShape.nullable(),
    claims: z.record(z.string(), z.unknown()).nullable(),
    clientAddress: z.string(),
    clientTls: z.boolean(),
    requestedUser: z.string(),
    applicationName: z.string(),
    targetUser: z.string(),
  }),
  touches: z.array(momentTouchShape),
  contents: z.enum(['recorded', 'expired']).describe('whether its frames are still there'),
  redacted: z.boolean().describe('a later scan masked something of it'),
})
export type Moment = z.infer<typeof momentShape>

const momentFrameShape = z.object({
  seq: z.int().describe('of the chunk'),
  fragment: z.int(),
  time,
  offsetMicros: z.int(),
  direction: z.enum(['to_client', 'to_target']),
  type: z.string().describe('its letter, if it has one'),
  name: z.string().describe('of the message: Query, DataRow, …'),
  summary: z.string().describe('in a line'),
  fields: z.array(z.object({ name: z.string(), value: z.string() })),
  totalLength: z.int(),
  masked: z.boolean(),
  withheld: z.boolean(),
  hex: z.string().describe('its first bytes as recorded'),
  hexCut: z.boolean(),
})
export type MomentFrame = z.infer<typeof momentFrameShape>

const terminalEventShape = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('output'),
    offsetMicros: z.int(),
    text: z.string().describe('only what is allowed: colours, cursor, erasing'),
  }),
  z.object({
    kind: z.literal('resize'),
    offsetMicros: z.int(),
    columns: z.int(),
    rows: z.int(),
  }),
  z.object({ kind: z.literal('exit'), offsetMicros: z.int(), status: z.int().nullable() }),
])
export type TerminalEvent = z.infer<typeof terminalEventShape>

const terminalShape = z.object({
  session: id,
  ended: z.boolean(),
  durationMicros: z.int(),
  keyframe: z.object({
    offsetMicros: z.int(),
    columns: z.int(),
    rows: z.int(),
    state: z.string().describe('write this to a terminal that was reset'),
  }),
  events: z.array(terminalEventShape).describe('after the keyframe, up to the next one'),
  nextMicros: z.int().nullable().describe('`at` of the next keyframe; null: there is none'),
  isExact: z
    .boolean()
    .describe(
      'false: keyframes up to here are still being made; shown is the last output alone, on an empty screen. Ask again',
    ),
  preparedMicros: z.int().describe('up to when there are keyframes'),
})
export type TerminalSlice = z.infer<typeof terminalShape>

export const outline = operation({
  method: 'GET',
  path: '/api/sessions/:session/outline',
  access: 'read_audit',
  summary: 'A whole session as a strip: counts per bucket of time, and its notable moments',
  params: sessionPath,
  query: z.strictObject({ buckets: z.coerce.number().int().min(1).max(bucketsMax).default(400) }),
  answer: outlineShape,
})

export const statements = operation({
  method: 'GET',
  path: '/api/sessions/:session/statements',
  access: 'read_audit',
  summary: 'A window of the statements of a session: by index, time or seq',
  params: sessionPath,
  query: z
    .strictObject({
      index: z.coerce
        .number()
        .int()
        .min(0)
        .max(2 ** 32 - 1)
        .optional()
        .describe('from 0'),
      at: microsParameter.optional().describe('µs since the start: the statement in force then'),
      seq: seqParameter.optional().describe('this statement, or the next one after it'),
      before: z.coerce
        .number()
        .int()
        .min(0)
        .max(windowMax)
        .default(0)
        .describe('statements before it'),
      limit: z.coerce.number().int().min(1).max(windowMax).default(100).describe('of all'),
    })
    .refine(
      ({ index, at, seq }) => [index, at, seq].filter((given) => given !== undefined).length <= 1,
      { error: 'give one of index, at and seq' },
    ),
  answer: windowShape,
})

export const find = operation({
  method: 'GET',
  path: '/api/sessions/:session/find',
  access: 'read_audit',
  summary:
    'Where a text stands in the statements of a session, and in what was shown, also by a terminal',
  params: sessionPath,
  query: z.strictObject({
    q: z.string().min(2).max(200).describe('upper and lower case of ASCII letters are one'),
    from: seqParameter.default(0).describe('`next.from` of the answer before'),
    fragment: z.coerce
      .number()
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .default(0)
      .describe('`next.fragment`'),
    limit: z.coerce.number().int().min(1).max(findHitsMax).default(100),
  }),
  answer: z.object({
    hits: z.array(hitShape).describe('in order'),
    next: z
      .object({ from: z.int(), fragment: z.int() })
      .nullable()
      .describe('where to go on; also where this page has no hit'),
  }),
})

export const moment = operation({
  method: 'GET',
  path: '/api/sessions/:session/moment/:seq',
  access: 'read_audit',
  summary: 'One statement: the decision on it and why, by whom, and what it touched',
  params: sessionPath.extend({ seq: seqParameter }),
  answer: momentShape,
})

export const momentFrames = operation({
  method: 'GET',
  path: '/api/sessions/:session/moment/:seq/frames',
  access: 'read_audit',
  summary: 'The frames of one statement, in hex and in words',
  params: sessionPath.extend({ seq: seqParameter }),
  query: z.strictObject({
    from: seqParameter.optional().describe('`next.from` of the page before'),
    fragment: z.coerce.number().int().min(0).default(0).describe('`next.fragment`'),
    limit: z.coerce.number().int().min(1).max(momentFramesMax).default(100),
  }),
  answer: z.object({
    frames: z.array(momentFrameShape),
    next: z.object({ from: z.int(), fragment: z.int() }).nullable(),
  }),
})

export const terminal = operation({
  method: 'GET',
  path: '/api/sessions/:session/terminal',
  access: 'read_audit',
  summary:
    'A terminal session at a moment: the keyframe before it, and what follows up to the next',
  params: sessionPath,
  query: z.strictObject({ at: microsParameter.default(0).describe('µs since the start') }),
  answer: terminalShape,
})

export const exportFormats = ['cast2', 'cast3', 'text', 'json'] as const

export const exportSession = operation({
  method: 'GET',
  path: '/api/sessions/:session/export',
  access: 'read_audit',
  summary: 'A session as a file: asciicast v2 or v3, text, or JSON',
  params: sessionPath,
  query: z.strictObject({ format: z.enum(exportFormats).describe('of the file') }),
  answer: z.unknown(),
  stream: 'file',
})

/** What the API answers, as zod schemas: the OpenAPI document and the checks of every answer come from them. */
import { touchSchema } from '@gatetrail/schemas'
import { z } from 'zod'

const id = z.string().describe('UUIDv7')
const time = z.string().describe('ISO 8601, UTC, microseconds')

export const runShape = z.object({
  provider: z.string(),
  id: z.string(),
  attempt: z.string().nullable(),
  workflow: z.string().nullable(),
  repository: z.string().nullable(),
  url: z.string().nullable().describe('http or https only'),
})

export const principalShape = z.object({
  id: z.string().describe('issuer#subject'),
  kind: z.string(),
  issuer: z.string(),
  subject: z.string(),
  groups: z.array(z.string()),
})

export const statementShape = z.object({
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
  error: z.object({ sqlstate: z.string(), message: z.string() }).nullable(),
  touches: z.array(touchSchema),
})

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

export const transactionShape = z.object({
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
  error: z.object({ sqlstate: z.string(), message: z.string() }).nullable(),
  touches: z.array(touchSchema),
  transaction: transactionShape.nullable().describe('null where it stands by itself'),
})

export const transcriptShape = z.object({
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

export const frameShape = z.object({
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

export const coverageShape = z.object({
  inspectedBytes: z.int(),
  uninspectedBytes: z.int(),
  uninspected: z.record(z.string(), z.int()).describe('bytes by reason'),
  sessions: z.int(),
})

export const gapShape = z.object({
  time,
  writer: z.string(),
  fromPosition: z.int(),
  toPosition: z.int(),
  reason: z.string(),
})

export const piiRunShape = z.object({
  run: runShape.nullable(),
  principal: principalShape,
  onBehalfOf: z.array(z.string()).describe('nearest delegator first'),
  connections: z.array(z.string()),
  sessionCount: z.int(),
  sessions: z.array(
    z.object({
      session: id,
      firstTime: time,
      statements: z
        .array(
          z.object({
            seq: z.int().nullable(),
            time,
            values: z.int(),
            revealed: z.int(),
            entities: z.array(z.string()),
          }),
        )
        .describe('the first moments to jump to'),
    }),
  ),
  columns: z.array(
    z.object({
      place: z.string(),
      entity: z.string(),
      outcome: z.string(),
      level: z.string(),
      retrospective: z.boolean().describe('found by a later scan'),
      count: z.int(),
    }),
  ),
  values: z.int(),
  masked: z.int(),
  revealed: z.int(),
  late: z.int(),
  written: z.int(),
  filtered: z.int(),
  inspectedBytes: z.int(),
  uninspectedBytes: z.int(),
  uninspected: z.record(z.string(), z.int()),
  firstTime: time,
  lastTime: time,
})

export const piiShape = z.object({
  on: z.string(),
  tz: z.string(),
  from: time,
  to: time,
  runs: z.array(piiRunShape).describe('most revealed, then most values first'),
  truncated: z.boolean().describe('there is more than one answer holds'),
  coverage: coverageShape,
  gaps: z.array(gapShape),
  ingest: z.record(z.string(), z.unknown()),
})

export type PiiAnswer = z.infer<typeof piiShape>
export type PiiRun = z.infer<typeof piiRunShape>
export type StatementAnswer = z.infer<typeof statementShape>
export type SessionAnswer = z.infer<typeof sessionShape>
export type TimelineStatement = z.infer<typeof timelineStatementShape>
export type RunAnswer = z.infer<typeof runShape>
export type FrameAnswer = z.infer<typeof frameShape>

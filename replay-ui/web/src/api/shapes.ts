/**
 * What the replay server answers, checked when it arrives: a wrong shape is an error with a name, never a half-drawn page.
 * The other side is replay-ui/server/src/shapes.ts. zod/mini: no code is generated, as the content security policy demands.
 */
import * as z from 'zod/mini'

const count = z.int()
const bytesByReason = z.record(z.string(), count)

const run = z.object({
  provider: z.string(),
  id: z.string(),
  attempt: z.nullable(z.string()),
  workflow: z.nullable(z.string()),
  repository: z.nullable(z.string()),
  url: z.nullable(z.string()),
})

const principal = z.object({
  id: z.string(),
  kind: z.string(),
  issuer: z.string(),
  subject: z.string(),
  groups: z.array(z.string()),
})

const touch = z.object({
  place: z.string(),
  entity: z.string(),
  outcome: z.string(),
  level: z.string(),
  count,
})

export const meShape = z.object({
  name: z.string(),
  subject: z.nullable(z.string()),
  kind: z.nullable(z.string()),
  groups: z.array(z.string()),
  roles: z.array(z.string()),
  way: z.string(),
})

export const loginMethodsShape = z.object({ issuer: z.nullable(z.string()) })

const piiRun = z.object({
  run: z.nullable(run),
  principal,
  onBehalfOf: z.array(z.string()),
  connections: z.array(z.string()),
  sessionCount: count,
  sessions: z.array(
    z.object({
      session: z.string(),
      firstTime: z.string(),
      statements: z.array(
        z.object({
          seq: z.nullable(count),
          time: z.string(),
          values: count,
          revealed: count,
          entities: z.array(z.string()),
        }),
      ),
    }),
  ),
  columns: z.array(touch),
  values: count,
  masked: count,
  revealed: count,
  late: count,
  written: count,
  filtered: count,
  inspectedBytes: count,
  uninspectedBytes: count,
  uninspected: bytesByReason,
  firstTime: z.string(),
  lastTime: z.string(),
})

const ingest = z.object({
  lagMs: z.optional(z.number()),
  lagBytes: z.optional(z.number()),
  storeError: z.optional(z.nullable(z.string())),
})

export const piiShape = z.object({
  on: z.string(),
  tz: z.string(),
  from: z.string(),
  to: z.string(),
  runs: z.array(piiRun),
  truncated: z.boolean(),
  coverage: z.object({
    inspectedBytes: count,
    uninspectedBytes: count,
    uninspected: bytesByReason,
    sessions: count,
  }),
  gaps: z.array(
    z.object({
      time: z.string(),
      writer: z.string(),
      fromPosition: count,
      toPosition: count,
      reason: z.string(),
    }),
  ),
  ingest,
})

export const calendarShape = z.object({
  days: z.array(
    z.object({ date: z.string(), runs: count, values: count, masked: count, revealed: count }),
  ),
})

export const connectionsShape = z.object({
  connections: z.array(z.object({ name: z.string(), protocol: z.string() })),
})

const sessionFields = {
  session: z.string(),
  state: z.string(),
  time: z.string(),
  ended: z.nullable(z.string()),
  lastTime: z.string(),
  principal,
  onBehalfOf: z.array(z.string()),
  run: z.nullable(run),
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
  error: z.nullable(z.string()),
  message: z.nullable(z.string()),
  durationMicros: count,
  statements: count,
  denied: count,
  rows: count,
  bytesFromClient: count,
  bytesToClient: count,
  inspectedBytes: count,
  uninspectedBytes: count,
  uninspected: bytesByReason,
  touchedValues: count,
  entities: z.array(z.string()),
}

export const sessionsShape = z.object({
  sessions: z.array(z.object(sessionFields)),
  nextCursor: z.nullable(z.string()),
})

const sessionDetail = z.object({
  ...sessionFields,
  claims: z.nullable(z.record(z.string(), z.unknown())),
  tokenId: z.nullable(z.string()),
  expiresAt: z.nullable(count),
  policySet: z.string(),
  writer: z.string(),
})

const timelineStatement = z.object({
  seq: count,
  time: z.string(),
  offsetMicros: count,
  text: z.string(),
  textCut: z.boolean(),
  path: z.string(),
  verdict: z.string(),
  policies: z.array(z.string()),
  policySet: z.string(),
  code: z.nullable(z.string()),
  reason: z.nullable(z.string()),
  approvalGroups: z.array(z.string()),
  kinds: z.array(z.string()),
  effects: z.array(z.string()),
  reads: z.array(z.string()),
  writes: z.array(z.string()),
  complete: z.boolean(),
  completed: z.boolean(),
  rows: count,
  bytes: count,
  durationMicros: count,
  command: z.nullable(z.string()),
  error: z.nullable(z.object({ sqlstate: z.string(), message: z.string() })),
  touches: z.array(touch),
  transaction: z.nullable(
    z.object({
      began: z.nullable(count),
      place: z.enum(['begin', 'inside', 'end']),
      failed: z.boolean(),
      savepoints: z.array(z.string()),
      outcome: z.nullable(z.enum(['committed', 'rolled_back', 'prepared'])),
    }),
  ),
})

export const timelineShape = z.object({
  session: sessionDetail,
  statements: z.array(timelineStatement),
  nextFrom: z.nullable(count),
})

export const transcriptShape = z.object({
  seq: count,
  page: count,
  pages: count,
  rows: count,
  rowsPerPage: count,
  maskedCells: count,
  complete: z.boolean(),
  text: z.string(),
})

export const errorShape = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.optional(z.string()) }),
})

export type Me = z.infer<typeof meShape>
export type Run = z.infer<typeof run>
export type Principal = z.infer<typeof principal>
export type Touch = z.infer<typeof touch>
export type PiiAnswer = z.infer<typeof piiShape>
export type PiiRun = z.infer<typeof piiRun>
export type CalendarDay = z.infer<typeof calendarShape>['days'][number]
export type Session = z.infer<typeof sessionsShape>['sessions'][number]
export type SessionDetail = z.infer<typeof sessionDetail>
export type TimelineStatement = z.infer<typeof timelineStatement>
export type Transcript = z.infer<typeof transcriptShape>

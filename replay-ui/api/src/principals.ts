/** Who was there: principals with what they did, one principal with its runs and connections. */
import { z } from 'zod'
import { cursorParameter, instantParameter, nextCursor, runShape, time } from './common.ts'
import { operation } from './operation.ts'

const counts = {
  sessions: z.int(),
  statements: z.int(),
  refused: z.int().describe('statements, and openings'),
  touched: z.int().describe('values'),
  uninspectedBytes: z.int(),
  first: time.describe('in the asked time'),
  last: time,
}

const principalRowShape = z.object({
  id: z.string().describe('issuer#subject'),
  kind: z.string(),
  issuer: z.string(),
  subject: z.string(),
  groups: z.array(z.string()).describe('of its last session'),
  open: z.int().describe('sessions'),
  connections: z.array(z.string()),
  ...counts,
})
export type PrincipalRow = z.infer<typeof principalRowShape>

const range = {
  from: instantParameter.optional().describe('default: 90 days before `to`'),
  to: instantParameter.optional().describe('default: now'),
}

export const principals = operation({
  method: 'GET',
  path: '/api/principals',
  access: 'read_audit',
  summary: 'Principals of the sessions that began in a time, those seen last first',
  query: z.strictObject({
    ...range,
    search: z
      .string()
      .trim()
      .max(200)
      .optional()
      .describe('a part of issuer#subject, or of a group'),
    kind: z.string().max(50).optional(),
    cursor: cursorParameter,
    limit: z.coerce.number().int().min(1).max(500).default(100),
  }),
  answer: z.object({
    from: time,
    to: time,
    principals: z.array(principalRowShape),
    nextCursor,
  }),
})

const runRowShape = z.object({
  run: runShape,
  connections: z.array(z.string()),
  onBehalfOf: z.array(z.string()).describe('nearest delegator first'),
  ...counts,
})
const connectionRowShape = z.object({ connection: z.string(), ...counts })

export const principal = operation({
  method: 'GET',
  path: '/api/principal',
  access: 'read_audit',
  summary: 'One principal, with its runs and connections',
  query: z.strictObject({
    ...range,
    id: z.string().min(1).max(1_000).describe('issuer#subject'),
  }),
  answer: z.object({
    from: time,
    to: time,
    principal: principalRowShape,
    runs: z.array(runRowShape).describe('newest first'),
    connections: z.array(connectionRowShape),
    truncated: z.boolean().describe('there are more runs or connections than one answer holds'),
  }),
})
export type PrincipalDetail = z.infer<typeof principal.answer>

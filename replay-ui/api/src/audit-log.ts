/** The audit's own log: who looked at what. */
import { z } from 'zod'
import { cursorParameter, id, instantParameter, nextCursor, time } from './common.ts'
import { operation } from './operation.ts'

const readShape = z.object({
  time,
  session: id.describe('the system session of the process that answered'),
  seq: z.int(),
  who: z.string().describe('issuer#subject, or `local` for the local token'),
  role: z.string(),
  question: z.string().describe('the operation'),
  parameters: z.record(z.string(), z.string()).describe('what was asked for'),
  rows: z.int().describe('how many were shown'),
})
export type AuditRead = z.infer<typeof readShape>

export const auditLog = operation({
  method: 'GET',
  path: '/api/audit-log',
  access: 'read_all',
  summary: 'Who looked at what, newest first; this look is on record too',
  query: z.strictObject({
    from: instantParameter.optional().describe('default: seven days before `to`'),
    to: instantParameter.optional().describe('default: now'),
    who: z.string().max(1_000).optional().describe('issuer#subject, or local'),
    question: z.string().max(100).optional(),
    session: z.uuid().optional().describe('looks at this session'),
    cursor: cursorParameter,
    limit: z.coerce.number().int().min(1).max(1_000).default(200),
  }),
  answer: z.object({
    from: time,
    to: time,
    reads: z.array(readShape),
    nextCursor,
  }),
})

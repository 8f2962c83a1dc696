/** One run of a CI system, an agent or a scheduler, across all of its sessions. */
import { touchSchema } from '@gatetrail/schemas'
import { z } from 'zod'
import { cursorParameter, id, nextCursor, principalShape, runShape, time } from './common.ts'
import { operation } from './operation.ts'

const runMarksMax = 1_000

const runSessionShape = z.object({
  session: id,
  state: z.string().describe('open, closed, aborted, refused'),
  attempt: z.string().nullable(),
  principal: principalShape.omit({ groups: true }),
  onBehalfOf: z.array(z.string()).describe('nearest delegator first'),
  connection: z.string(),
  protocol: z.string(),
  time,
  ended: time.nullable(),
  lastTime: time,
  reason: z.string().describe('of its end'),
  error: z.string().nullable(),
  statements: z.int(),
  denied: z.int(),
  rows: z.int(),
  touchedValues: z.int(),
  entities: z.array(z.string()),
  uninspectedBytes: z.int(),
})
export type RunSession = z.infer<typeof runSessionShape>

const moment = { time, session: id, connection: z.string() }

const runMarkShape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('session_opened'), ...moment }),
  z.object({
    kind: z.literal('session_refused'),
    ...moment,
    error: z.string().nullable(),
    message: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('session_ended'),
    ...moment,
    state: z.string().describe('closed, aborted'),
    reason: z.string(),
    error: z.string().nullable(),
    message: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('statement'),
    ...moment,
    seq: z.int().describe('of statement.decided: where its replay opens'),
    text: z.string().describe('the first 500 characters, as recorded'),
    textCut: z.boolean(),
    verdict: z.string(),
    policies: z.array(z.string()),
    code: z.string().nullable(),
    reason: z.string().nullable(),
    error: z.object({ sqlstate: z.string(), message: z.string() }).nullable(),
    touches: z.array(touchSchema.omit({ fingerprints: true, unfingerprinted: true })),
  }),
  z.object({
    kind: z.literal('quiet'),
    time,
    statements: z.int().describe('allowed, without an error, and touched nothing personal'),
  }),
])
export type RunMark = z.infer<typeof runMarkShape>

export const run = operation({
  method: 'GET',
  path: '/api/runs/:provider/:id',
  access: 'read_audit',
  summary: 'One run across all of its sessions, with one timeline',
  params: z.strictObject({
    provider: z.string().min(1).max(200),
    id: z.string().min(1).max(1_000),
  }),
  query: z.strictObject({
    attempt: z.string().min(1).max(200).optional().describe('Left out: all attempts'),
    cursor: cursorParameter,
    limit: z.coerce.number().int().min(1).max(runMarksMax).default(200),
  }),
  answer: z.object({
    run: runShape,
    attempts: z.array(z.string()),
    principals: z.array(principalShape.omit({ groups: true })),
    onBehalfOf: z.array(z.array(z.string())).describe('each chain, nearest delegator first'),
    connections: z.array(z.string()),
    firstTime: time,
    lastTime: time,
    totals: z.object({
      sessions: z.int(),
      open: z.int(),
      refused: z.int().describe('sessions that were not let in'),
      statements: z.int(),
      denied: z.int(),
      rows: z.int(),
      touchedValues: z.int(),
      inspectedBytes: z.int(),
      uninspectedBytes: z.int(),
      entities: z.array(z.string()),
    }),
    sessions: z.array(runSessionShape).describe('in order of time; the first 1,000'),
    truncated: z.boolean().describe('there are more sessions than shown'),
    marks: z.array(runMarkShape).describe('in order of time, across sessions'),
    nextCursor,
  }),
})
export type RunAnswer = z.infer<typeof run.answer>

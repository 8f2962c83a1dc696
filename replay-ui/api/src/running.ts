/** What goes on at the moment: open sessions with what they do, who was refused, and what each connection carries. */
import { z } from 'zod'
import { gapShape, id, time, zoneParameter } from './common.ts'
import { operation } from './operation.ts'
import { sessionShape } from './sessions.ts'

const lastStatementShape = z.object({
  seq: z.int(),
  time,
  text: z.string().describe('the first 300 characters, as recorded'),
  textCut: z.boolean(),
  verdict: z.string(),
  completed: z.boolean().describe('false, if allowed: it runs'),
  durationMicros: z.int(),
})

const openSessionShape = z.object({
  session: sessionShape,
  last: lastStatementShape.nullable().describe('null: nothing was asked yet'),
  answeredBytes: z.int().describe('of its statements that were answered'),
})
export type OpenSession = z.infer<typeof openSessionShape>

const refusedCallerShape = z.object({
  time,
  step: z
    .enum(['identity', 'connect'])
    .describe('a token that was not taken, or a caller that was not let in'),
  reason: z.string().describe('a stable code'),
  message: z.string().nullable(),
  clientAddress: z.string(),
  connection: z.string().nullable(),
  principal: z.string().nullable().describe('issuer#subject, if it was known'),
  issuer: z.string().nullable(),
  count: z.int().describe('in the window of 10 s'),
})
export type RefusedCaller = z.infer<typeof refusedCallerShape>

export const now = operation({
  method: 'GET',
  path: '/api/now',
  access: 'read_audit',
  summary: 'Open sessions with what they do, and who was refused in the last hour',
  answer: z.object({
    at: time.describe("the server's clock"),
    open: z.array(openSessionShape).describe('newest first'),
    opened: z.int().describe('how many are open'),
    refused: z.array(refusedCallerShape).describe('newest first'),
    refusals: z.int().describe('how many in the last hour'),
    truncated: z.boolean().describe('there is more than one answer holds'),
  }),
})
export type Now = z.infer<typeof now.answer>

const connectionActivityShape = z.object({
  connection: z.string(),
  configured: z.boolean().describe('false: only on record'),
  protocol: z.string(),
  open: z.int(),
  sessions: z.int().describe('that began on the day, refused callers left out'),
  refusedCallers: z.int(),
  statements: z.int(),
  refused: z.int().describe('statements'),
  touched: z.int().describe('values'),
  revealed: z.int().describe('values'),
  inspectedBytes: z.int(),
  uninspectedBytes: z.int(),
  last: time.nullable(),
})
export type ConnectionActivity = z.infer<typeof connectionActivityShape>

export const connectionActivity = operation({
  method: 'GET',
  path: '/api/connections/activity',
  access: 'read_audit',
  summary: 'Connections, configured and seen, with what they carried on a day',
  query: z.strictObject({
    on: z.iso.date().optional().describe('YYYY-MM-DD; default: today'),
    tz: zoneParameter,
  }),
  answer: z.object({
    on: z.string(),
    tz: z.string(),
    from: time,
    to: time,
    connections: z.array(connectionActivityShape),
    truncated: z.boolean(),
  }),
})

const writerShape = z.object({
  writer: id,
  role: z.string().nullable().describe('null: its start is not in the store'),
  instance: z.string().nullable(),
  host: z.string().nullable(),
  version: z.string().nullable().describe('of the product'),
  started: time.nullable(),
  last: time
    .nullable()
    .describe('of its last record in the store; running writers have one every 5 s'),
  state: z
    .enum(['running', 'silent', 'stopped', 'died'])
    .describe(
      'silent: no record of it came lately, and nobody has said why; died: its end was found',
    ),
})
export type Writer = z.infer<typeof writerShape>

const tableShape = z.object({
  table: z.string(),
  rows: z.int(),
  bytes: z.int().describe('on disk'),
})
const diskShape = z.object({ name: z.string(), freeBytes: z.int(), totalBytes: z.int() })

const findingShape = z.object({
  part: z.enum(['writers', 'ingest', 'gaps', 'dead_letters', 'store', 'journal', 'control']),
  level: z.enum(['warning', 'danger']),
  what: z.string().describe('a sentence'),
  todo: z.string().describe('a sentence'),
})
export type Finding = z.infer<typeof findingShape>

export const health = operation({
  method: 'GET',
  path: '/api/health',
  access: 'read_status',
  summary:
    'Each part of the platform as this process knows it, and what to do; without audit content',
  answer: z.object({
    at: time.describe("the server's clock"),
    findings: z.array(findingShape).describe('what needs somebody, the worst first'),
    writers: z.array(writerShape).describe('running, or ended in the last day; the newest first'),
    ingest: z.object({
      lagMs: z.number().nullable().describe('null: ingest is in another process'),
      lagBytes: z.number().nullable(),
      lagMessages: z.number().nullable(),
      storeError: z.string().nullable(),
      records: z.int().nullable().describe('since it was started'),
      lastStored: time.nullable().describe('of the newest record in the store'),
    }),
    gaps: z.object({
      lastDay: z.int(),
      newest: z.array(gapShape),
    }),
    deadLetters: z.array(z.object({ reason: z.string(), open: z.int(), last: time })),
    store: z
      .object({
        version: z.string(),
        tables: z.array(tableShape).nullable().describe('null: the engine does not tell us'),
        disks: z.array(diskShape).nullable().describe('null: the engine does not tell us'),
      })
      .nullable()
      .describe('null: it does not answer'),
    journal: z
      .object({
        backlogBytes: z.int(),
        bytesMax: z.int(),
        accepting: z.boolean(),
        spaceLow: z.boolean(),
        lastError: z.string().nullable(),
      })
      .nullable()
      .describe('of this process; null: not known here'),
    control: z.object({
      objects: z.int(),
      contactAgeMs: z.number().nullable().describe('null: never read'),
      refused: z.record(z.string(), z.int()).describe('objects that were not applied, by reason'),
      lastError: z.string().nullable(),
    }),
  }),
})
export type Health = z.infer<typeof health.answer>

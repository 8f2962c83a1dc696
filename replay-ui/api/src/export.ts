/** A question with its whole answer as a file, and what makes it evidence: who asked what when, and how far the answer can be trusted. */
import { z } from 'zod'
import { coverageShape, gapShape, id, ingestShape, time } from './common.ts'
import { operation } from './operation.ts'
import { pii } from './pii.ts'
import { sessions, statements } from './sessions.ts'
import { rangeShape, touches } from './touches.ts'

export const exportFormats = ['csv', 'json', 'jsonl'] as const
export type ExportFormat = (typeof exportFormats)[number]

export const exportedQuestions = ['pii', 'touches', 'sessions', 'statements'] as const
export type ExportedQuestion = (typeof exportedQuestions)[number]

const format = {
  format: z
    .enum(exportFormats)
    .default('csv')
    .describe(
      'csv: cells that a spreadsheet would run begin with an apostrophe; json: evidence and rows; jsonl: evidence first',
    ),
  bom: z.enum(['true', 'false']).default('false').describe('csv: begins with a byte order mark'),
}
const file = z.unknown()
const withoutPage = { cursor: true, limit: true } as const

export const exportPii = operation({
  method: 'GET',
  path: '/api/export/pii',
  access: 'read_audit',
  summary: 'Which runs touched personal data on a day: a row per run, place, entity and outcome',
  query: pii.query.omit(withoutPage).extend(format),
  answer: file,
  stream: 'file',
})

export const exportTouches = operation({
  method: 'GET',
  path: '/api/export/touches',
  access: 'read_audit',
  summary: 'Personal data touched, grouped and filtered: a row per group',
  query: touches.query.omit(withoutPage).extend(format),
  answer: file,
  stream: 'file',
})

export const exportSessions = operation({
  method: 'GET',
  path: '/api/export/sessions',
  access: 'read_audit',
  summary: 'Sessions in the order of their ids',
  query: sessions.query.omit(withoutPage).extend(format),
  answer: file,
  stream: 'file',
})

export const exportStatements = operation({
  method: 'GET',
  path: '/api/export/statements',
  access: 'read_audit',
  summary: 'Statements in the order of session and seq',
  query: statements.query.omit(withoutPage).extend(format),
  answer: file,
  stream: 'file',
})

const chainShape = z.object({
  writers: z
    .array(
      z.object({
        writer: id,
        role: z.string(),
        instance: z.string(),
        signedThrough: z
          .int()
          .describe('position up to which its newest signed heartbeat in the store reaches'),
        signed: time.describe('of that heartbeat'),
        final: z.boolean().describe('it was its last: the process ended in order'),
      }),
    )
    .describe('whose last heartbeat lies in the range, newest first; at most 1,000'),
  gaps: z.int().describe('named in the range'),
  broken: z.int().describe('of these: where the chain of hashes did not fit'),
  verified: z
    .object({
      time,
      by: z.string().nullable().describe('null: not told to who sees some connections'),
      state: z
        .string()
        .nullable()
        .describe('intact, intact_content_expired, failed; null: its end is not on record'),
      failures: z.int().nullable(),
    })
    .nullable()
    .describe('the last whole `gatetrail verify` by this API; null: none is on record'),
  sentences: z.array(z.string()).describe('the same in plain words'),
})
export type ChainState = z.infer<typeof chainShape>

export const evidenceShape = z.object({
  question: z.object({
    sentence: z.string().describe('in words'),
    operation: z.string().describe('address of the same question'),
    parameters: z.record(z.string(), z.string()),
  }),
  asked: z.object({ time, by: z.string(), role: z.string() }),
  range: rangeShape,
  coverage: coverageShape,
  gaps: z.array(gapShape),
  chain: chainShape,
  policySets: z
    .array(
      z.object({
        policySet: z.string().describe('hash, hex'),
        loaded: time.describe('first time in force in the range, or the last load before it'),
        writers: z.int().describe('processes that loaded it'),
        policies: z.array(z.string()).describe('ids'),
      }),
    )
    .describe('in force in the range'),
  ingest: ingestShape,
  release: z.string(),
})
export type Evidence = z.infer<typeof evidenceShape>

const touchFilters = touches.query.omit(withoutPage)

export const evidence = operation({
  method: 'GET',
  path: '/api/evidence',
  access: 'read_audit',
  summary: 'What makes an answer evidence: for a report of the same question',
  query: touchFilters.extend({
    of: z.enum(exportedQuestions).describe('the question; its own filters count'),
    group: z.enum(['run', 'session']).optional().describe('of pii'),
    state: sessions.query.shape.state,
    touched: sessions.query.shape.touched,
    refused: sessions.query.shape.refused,
    since: statements.query.shape.since,
    until: statements.query.shape.until,
    verdict: statements.query.shape.verdict,
  }),
  answer: evidenceShape,
})

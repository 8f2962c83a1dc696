/** Policy sets that were in force: what their policies say, and what they decided. */
import { z } from 'zod'
import { id, instantParameter, time } from './common.ts'
import { operation } from './operation.ts'

const loadingShape = z.object({
  writer: id,
  time,
  role: z.string().nullable().describe('null: its start is not in the store'),
  instance: z.string().nullable(),
})

const policySetShape = z.object({
  policySet: z.string().describe('SHA-256 over ids and texts, hex'),
  first: time.describe('when it was first loaded'),
  last: time.describe('when it was last loaded'),
  policies: z.int(),
  files: z.array(z.string()),
  loadings: z.array(loadingShape).describe('the newest, one per writer'),
  writers: z.int().describe('how many ever loaded it'),
  inForce: z.boolean().describe('the last set that some writer, which still runs, has loaded'),
})
export type PolicySet = z.infer<typeof policySetShape>

const policyShape = z.object({
  id: z.string().describe('as decisions name it'),
  file: z.string(),
  text: z.string().nullable().describe('null: loaded by a release that did not record it'),
  textBytes: z.int().nullable().describe('of the whole text'),
  textCut: z.boolean().describe('the record held no room for all of it'),
  annotations: z.record(z.string(), z.string()),
})
export type Policy = z.infer<typeof policyShape>

const setPath = z.strictObject({ set: z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hex') })

export const policies = operation({
  method: 'GET',
  path: '/api/policies',
  access: 'read_audit',
  summary: 'Policy sets that were loaded, newest first, and files that were refused',
  answer: z.object({
    sets: z.array(policySetShape),
    refused: z
      .array(
        z.object({
          time,
          writer: id,
          file: z.string(),
          line: z.int().nullable(),
          column: z.int().nullable(),
          message: z.string(),
        }),
      )
      .describe('changes that did not come into force, newest first'),
    truncated: z.boolean().describe('there is more than one answer holds'),
  }),
})

export const policySet = operation({
  method: 'GET',
  path: '/api/policies/:set',
  access: 'read_audit',
  summary: 'One policy set with the texts of its policies',
  params: setPath,
  answer: z.object({ set: policySetShape, policies: z.array(policyShape) }),
})

const decidedShape = z.object({
  policy: z.string(),
  allow: z.int(),
  deny: z.int(),
  hold: z.int(),
  sessions: z.int().describe('openings that it decided on'),
  last: z
    .object({ time, session: id, seq: z.int(), verdict: z.string() })
    .nullable()
    .describe('the last statement that it decided on'),
})
export type PolicyDecisions = z.infer<typeof decidedShape>

export const policyDecisions = operation({
  method: 'GET',
  path: '/api/policies/:set/decisions',
  access: 'read_audit',
  summary: 'What the policies of a set decided in a time, of any writer',
  params: setPath,
  query: z.strictObject({
    from: instantParameter.optional().describe('default: seven days before `to`'),
    to: instantParameter.optional().describe('default: now'),
  }),
  answer: z.object({
    from: time,
    to: time,
    decided: z.array(decidedShape),
    byDefault: z.int().describe('statements that no policy allowed: refused without naming one'),
  }),
})

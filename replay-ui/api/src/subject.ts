/** Which runs ever touched a value that an auditor holds. */
import { z } from 'zod'
import { instantParameter, principalShape, runShape } from './common.ts'
import { operation } from './operation.ts'

export const subjectValueCharactersMax = 16 * 1024

const subjectRunShape = z.object({
  run: runShape.nullable(),
  principal: principalShape,
  onBehalfOf: z.array(z.string()).describe('nearest delegator first'),
  firstTime: z.string(),
  lastTime: z.string(),
  touches: z
    .array(
      z.object({
        session: z.string(),
        statement: z.int().nullable().describe('seq of its statement.decided'),
        time: z.string().describe('of the decision'),
        connection: z.string(),
        place: z.string(),
        entity: z.string(),
        outcome: z.string(),
        level: z.string(),
        retrospective: z.boolean().describe('found by a later scan'),
        key: z.string().describe('id of the key by whose fingerprint it was found'),
      }),
    )
    .describe('newest first'),
})
export type SubjectRun = z.infer<typeof subjectRunShape>

export const subject = operation({
  method: 'POST',
  path: '/api/subject',
  access: 'read_audit',
  summary: 'Which runs touched a value; the value is neither stored nor logged',
  body: z.strictObject({
    value: z.string().min(1).max(subjectValueCharactersMax),
    entity: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]{0,99}$/, 'an entity such as US_SSN')
      .optional()
      .describe('Left out: all'),
    since: instantParameter.optional(),
    until: instantParameter.optional(),
  }),
  answer: z.object({
    entities: z.array(z.string()).describe('as what the value was looked for'),
    keys: z.array(z.string()).describe('ids of the keys by which it was looked for'),
    runs: z.array(subjectRunShape),
    truncated: z.boolean().describe('there is more than one answer holds'),
    coverage: z
      .object({
        statements: z.int(),
        values: z.int(),
        keysMissing: z
          .array(z.string())
          .describe(
            'ids of keys of that time that are not configured here: their fingerprints are not found',
          ),
      })
      .describe(
        'of the same time and entities, without a fingerprint: the value may be among them',
      ),
  }),
})
export type SubjectAnswer = z.infer<typeof subject.answer>

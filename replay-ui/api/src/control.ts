/** Revocations and legal holds: what an admin tells every proxy, and what is not to expire. */
import { controlLimits, revocationActions, revocationTargetSchema } from '@gatetrail/schemas'
import { z } from 'zod'
import { instantParameter, sessionParameter } from './common.ts'
import { operation } from './operation.ts'

export const revokedSecondsDefault = 86_400
const revokedSecondsMax = 365 * 86_400

const revocationShape = z.object({
  id: z.string().describe('revocation/<uuid>'),
  version: z.int(),
  state: z
    .enum(['in_force', 'done', 'over', 'lifted'])
    .describe('done: a kill, which ends what is open at that moment; over: its time is up'),
  action: z.enum(revocationActions),
  target: revocationTargetSchema,
  reason: z.string().describe('of the last version'),
  by: z.string().describe('who published the last version'),
  time: z.string().describe('of the last version, ISO 8601'),
  until: z.string().nullable().describe('until when newcomers are refused, ISO 8601'),
})
export type Revocation = z.infer<typeof revocationShape>

const whyOfRevocation = z.string().trim().min(1).max(controlLimits.reasonCharactersMax)

export const revocations = operation({
  method: 'GET',
  path: '/api/revocations',
  access: 'read_all',
  summary: 'Revocations that proxies hold, newest first',
  answer: z.object({
    revocations: z.array(revocationShape),
    key: z.string().describe('of this instance, for control.trustedKeys of proxies'),
  }),
})

export const revoke = operation({
  method: 'POST',
  path: '/api/revocations',
  access: 'revoke',
  summary: 'End sessions everywhere; with `revoke` also refuse those that come',
  body: z.strictObject({
    action: z.enum(revocationActions).default('revoke'),
    target: revocationTargetSchema,
    reason: whyOfRevocation,
    forSeconds: z
      .int()
      .min(1)
      .max(revokedSecondsMax)
      .optional()
      .describe(`how long newcomers are refused; default ${revokedSecondsDefault}; not for kill`),
  }),
  answer: z.object({ revocation: revocationShape }),
  status: 201,
})

export const liftRevocation = operation({
  method: 'POST',
  path: '/api/revocations/:id/lift',
  access: 'revoke',
  summary: 'Let in again whom a revocation refuses',
  params: z.strictObject({ id: z.uuid().describe('the part behind revocation/') }),
  body: z.strictObject({ reason: whyOfRevocation }),
  answer: z.object({ revocation: revocationShape }),
})

const holdShape = z.object({
  hold: z.string(),
  reason: z.string(),
  by: z.string(),
  session: z.string().nullable(),
  principal: z.string().nullable(),
  run: z.object({ provider: z.string().nullable(), id: z.string() }).nullable(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  placed: z.string().describe('ISO 8601'),
  lifted: z.string().nullable().describe('ISO 8601'),
})
export type Hold = z.infer<typeof holdShape>

const whyOfHold = z.string().trim().min(1).max(1_000)
const name = z.string().trim().min(1).max(512)
/** As sessions have it: a hold of another name would keep nothing, and nobody would notice until rows are gone. */
const principalName = name.regex(
  /^[^#]+#./,
  'a principal is given as issuer#subject, such as ci#repo:acme/train',
)

export const holds = operation({
  method: 'GET',
  path: '/api/holds',
  access: 'read_all',
  summary: 'Legal holds, newest first',
  answer: z.object({ holds: z.array(holdShape) }),
})

export const placeHold = operation({
  method: 'POST',
  path: '/api/holds',
  access: 'hold',
  summary:
    'Keep rows of sessions until the hold is lifted; what it names must all hold of a session',
  body: z.strictObject({
    reason: whyOfHold,
    session: sessionParameter.optional(),
    principal: principalName.optional(),
    runProvider: name.optional(),
    runId: name.optional(),
    from: instantParameter.optional(),
    to: instantParameter.optional(),
  }),
  answer: z.object({ hold: holdShape }),
  status: 201,
})

export const liftHold = operation({
  method: 'POST',
  path: '/api/holds/:hold/lift',
  access: 'hold',
  summary: 'Let the rows expire again, those that no other hold names',
  params: z.strictObject({ hold: z.uuid() }),
  body: z.strictObject({ reason: whyOfHold }),
  answer: z.object({ hold: holdShape }),
})

/** The question turned around: personal data touched, grouped by whom, where, what or when, and filtered by any of them. */
import { touchOutcomes } from '@gatetrail/schemas'
import { z } from 'zod'
import {
  coverageShape,
  cursorParameter,
  gapShape,
  id,
  ingestShape,
  instantParameter,
  limitParameter,
  nextCursor,
  principalShape,
  runShape,
  sessionParameter,
  time,
  zoneParameter,
} from './common.ts'
import { operation } from './operation.ts'

export const touchGroups = [
  'run',
  'session',
  'principal',
  'workflow',
  'place',
  'entity',
  'connection',
  'policy',
  'day',
] as const
export type TouchGroup = (typeof touchGroups)[number]

const name = z.string().min(1).max(1_000)
/** Of what a session or a statement may be without. */
const nameOrNone = z.string().max(1_000)

/** What a touch must have to count; all that are given hold together. */
export const touchFilters = {
  from: instantParameter.optional(),
  to: instantParameter.optional().describe('Left out: now'),
  on: z.iso.date().optional().describe('YYYY-MM-DD: a day in `tz`, instead of from and to'),
  tz: zoneParameter,
  provider: nameOrNone.optional().describe('of the run; empty: without a run'),
  run: nameOrNone.optional().describe('its id at the provider; empty: without a run'),
  attempt: nameOrNone.optional().describe('of the run; empty: of a run without attempts'),
  principal: name.optional().describe('issuer#subject'),
  onBehalfOf: name.optional().describe('a delegator, as answers name it'),
  workflow: nameOrNone.optional().describe('empty: without one'),
  repository: nameOrNone.optional().describe('empty: without one'),
  place: name.optional().describe('schema.relation.column, or as answers name it'),
  entity: name.optional(),
  connection: name.optional(),
  outcome: z.enum(touchOutcomes).optional(),
  policy: nameOrNone
    .optional()
    .describe('id of a policy that decided the statement; empty: no policy is known to have'),
  session: sessionParameter.optional(),
}

const principalOfTouch = principalShape.omit({ groups: true })
const onBehalfOf = z.array(z.string()).describe('nearest delegator first')

const touchKeyShape = z.discriminatedUnion('by', [
  z.object({
    by: z.literal('run'),
    run: runShape.nullable().describe('null: a session that acts for no run'),
    session: id.nullable().describe('where there is no run'),
    principal: principalOfTouch,
    onBehalfOf,
  }),
  z.object({
    by: z.literal('session'),
    session: id,
    connection: z.string(),
    run: runShape.nullable(),
    principal: principalOfTouch,
    onBehalfOf,
  }),
  z.object({ by: z.literal('principal'), principal: principalOfTouch }),
  z.object({
    by: z.literal('workflow'),
    provider: z.string().nullable(),
    repository: z.string().nullable(),
    workflow: z.string().nullable().describe('null: without a workflow'),
  }),
  z.object({ by: z.literal('place'), place: z.string() }),
  z.object({ by: z.literal('entity'), entity: z.string() }),
  z.object({ by: z.literal('connection'), connection: z.string() }),
  z.object({
    by: z.literal('policy'),
    policy: z.string().nullable().describe('null: no decision is on record'),
  }),
  z.object({ by: z.literal('day'), day: z.string().describe('YYYY-MM-DD in the zone asked for') }),
])
export type TouchKey = z.infer<typeof touchKeyShape>

const touchSumsShape = z.object({
  values: z.int(),
  masked: z.int(),
  revealed: z.int(),
  late: z.int(),
  written: z.int(),
  filtered: z.int(),
})
export type TouchSums = z.infer<typeof touchSumsShape>

export const touchCountsShape = touchSumsShape.extend({
  sessions: z.int(),
  runs: z.int().describe('a session without a run counts as one'),
  principals: z.int(),
  statements: z.int(),
  entities: z.array(z.string()).describe('at most 100'),
  connections: z.array(z.string()).describe('at most 100'),
  places: z.int(),
})
export type TouchCounts = z.infer<typeof touchCountsShape>

const touchedShape = { key: touchKeyShape, firstTime: time, lastTime: time }
const touchRowShape = touchCountsShape.extend(touchedShape)
const touchSumRowShape = touchSumsShape.extend(touchedShape)
export type TouchRow = z.infer<typeof touchRowShape>
export type TouchSumRow = z.infer<typeof touchSumRowShape>

export const rangeShape = z.object({
  from: time,
  to: time,
  tz: z.string(),
  defaulted: z
    .boolean()
    .describe('no beginning was given: the last 366 days, which is as far as one answer looks'),
})
export type TimeRange = z.infer<typeof rangeShape>

export const touches = operation({
  method: 'GET',
  path: '/api/touches',
  access: 'read_audit',
  summary: 'Personal data touched, grouped and filtered by who, where, what or when',
  query: z.strictObject({
    by: z.enum(touchGroups).default('run'),
    ...touchFilters,
    cursor: cursorParameter,
    limit: limitParameter,
  }),
  answer: z.object({
    by: z.enum(touchGroups),
    range: rangeShape,
    rows: z
      .array(touchRowShape)
      .describe(
        'most revealed, then most values first; days: newest first. By policy, a touch counts with each policy that decided its statement',
      ),
    totals: touchCountsShape.describe('of the whole answer, not of this page'),
    truncated: z.boolean().describe('there are more rows: see nextCursor'),
    nextCursor,
    coverage: coverageShape.describe(
      'of the sessions that are asked for; place, entity, outcome and policy do not narrow it',
    ),
    gaps: z.array(gapShape),
    ingest: ingestShape,
  }),
})
export type TouchesAnswer = z.infer<typeof touches.answer>

export const touchSums = operation({
  method: 'GET',
  path: '/api/touches/sums',
  access: 'read_audit',
  summary:
    'The first rows of /api/touches without what has to be told apart to be counted: quick over a long time',
  query: z.strictObject({
    by: z.enum(touchGroups).default('run'),
    ...touchFilters,
    limit: limitParameter,
  }),
  answer: z.object({
    by: z.enum(touchGroups),
    range: rangeShape,
    rows: z.array(touchSumRowShape).describe('in the order of /api/touches'),
    totals: touchSumsShape,
    truncated: z.boolean().describe('there are more rows: see /api/touches'),
  }),
})
export type TouchSumsAnswer = z.infer<typeof touchSums.answer>

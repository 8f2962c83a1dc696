/** The question that the product exists for, and the calendar that leads to it. */
import { z } from 'zod'
import {
  coverageShape,
  cursorParameter,
  gapShape,
  id,
  ingestShape,
  nextCursor,
  principalShape,
  runShape,
  time,
  zoneParameter,
} from './common.ts'
import { operation } from './operation.ts'

/** A page is answered in a moment, of the busiest day too: what matters most stands first. */
const piiRunsDefault = 100
const piiRunsMax = 2_000

export const piiRunShape = z.object({
  run: runShape.nullable(),
  principal: principalShape,
  onBehalfOf: z.array(z.string()).describe('nearest delegator first'),
  connections: z.array(z.string()),
  sessionCount: z.int(),
  sessions: z.array(
    z.object({
      session: id,
      firstTime: time,
      statements: z
        .array(
          z.object({
            seq: z.int().nullable(),
            time,
            values: z.int(),
            revealed: z.int(),
            entities: z.array(z.string()),
          }),
        )
        .describe('the first moments to jump to'),
    }),
  ),
  columns: z.array(
    z.object({
      place: z.string(),
      entity: z.string(),
      outcome: z.string(),
      level: z.string(),
      retrospective: z.boolean().describe('found by a later scan'),
      count: z.int(),
    }),
  ),
  values: z.int(),
  masked: z.int(),
  revealed: z.int(),
  late: z.int(),
  written: z.int(),
  filtered: z.int(),
  inspectedBytes: z.int(),
  uninspectedBytes: z.int(),
  uninspected: z.record(z.string(), z.int()),
  firstTime: time,
  lastTime: time,
})
export type PiiRun = z.infer<typeof piiRunShape>

export const piiShape = z.object({
  on: z.string(),
  tz: z.string(),
  from: time,
  to: time,
  totals: z
    .object({
      runs: z.int(),
      values: z.int(),
      masked: z.int(),
      revealed: z.int(),
      late: z.int(),
      written: z.int(),
      filtered: z.int(),
    })
    .describe('of all pages'),
  runs: z.array(piiRunShape).describe('most revealed, then most values first'),
  nextCursor,
  truncated: z.boolean().describe('there is more than one answer holds'),
  coverage: coverageShape,
  gaps: z.array(gapShape),
  ingest: ingestShape,
})
export type PiiAnswer = z.infer<typeof piiShape>

export const pii = operation({
  method: 'GET',
  path: '/api/pii',
  access: 'read_audit',
  summary: 'Which runs touched personal data on a day',
  query: z.strictObject({
    on: z.iso.date().describe('YYYY-MM-DD'),
    tz: zoneParameter,
    group: z.enum(['run', 'session']).default('run'),
    cursor: cursorParameter,
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(piiRunsMax)
      .default(piiRunsDefault)
      .describe('runs of a page'),
  }),
  answer: piiShape,
})

const calendarDay = z.object({
  date: z.string(),
  runs: z.int(),
  values: z.int(),
  masked: z.int(),
  revealed: z.int(),
})
export type CalendarDay = z.infer<typeof calendarDay>

export const calendar = operation({
  method: 'GET',
  path: '/api/calendar',
  access: 'read_audit',
  summary: 'Touched values per day of a year',
  query: z.strictObject({
    year: z.coerce.number().int().min(1970).max(2200),
    tz: zoneParameter,
  }),
  answer: z.object({ year: z.int(), tz: z.string(), days: z.array(calendarDay) }),
})

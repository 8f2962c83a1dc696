/** Shapes that several operations answer with or ask for. */
import { z } from 'zod'

export const id = z.string().describe('UUIDv7')
export const time = z.string().describe('ISO 8601, UTC, microseconds')

const instant = z.iso.datetime({ offset: true })
export const instantParameter = z
  .union([instant, z.iso.date()])
  .transform((text) => new Date(text))
  .describe('ISO 8601 date-time, or a date: its start in UTC')
export const sessionParameter = z.uuid().transform((text) => text.toLowerCase())
export const zoneParameter = z
  .string()
  .max(64)
  .default('UTC')
  .describe('IANA name: where the day begins and ends')
export const seqParameter = z.coerce
  .number()
  .int()
  .min(0)
  .max(2 ** 32 - 1)
const pageRowsMax = 10_000
const pageRowsDefault = 1_000
export const limitParameter = z.coerce
  .number()
  .int()
  .min(1)
  .max(pageRowsMax)
  .default(pageRowsDefault)
export const cursorParameter = z
  .string()
  .max(500)
  .optional()
  .describe('nextCursor of the page before')
export const nextCursor = z.string().nullable()
export const sessionPath = z.strictObject({ session: sessionParameter })

export const errorShape = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }),
})

export const runShape = z.object({
  provider: z.string(),
  id: z.string(),
  attempt: z.string().nullable(),
  workflow: z.string().nullable(),
  repository: z.string().nullable(),
  url: z.string().nullable().describe('http or https only'),
})
export type Run = z.infer<typeof runShape>

export const principalShape = z.object({
  id: z.string().describe('issuer#subject'),
  kind: z.string(),
  issuer: z.string(),
  subject: z.string(),
  groups: z.array(z.string()),
})
export type Principal = z.infer<typeof principalShape>

export const coverageShape = z.object({
  inspectedBytes: z.int(),
  uninspectedBytes: z.int(),
  uninspected: z.record(z.string(), z.int()).describe('bytes by reason'),
  sessions: z.int(),
})
export type Coverage = z.infer<typeof coverageShape>

export const gapShape = z.object({
  time,
  writer: z.string(),
  fromPosition: z.int(),
  toPosition: z.int(),
  reason: z.string(),
})
export type Gap = z.infer<typeof gapShape>

/** How far the store is behind what is on record. */
export const ingestShape = z.looseObject({
  lagMs: z.number().optional(),
  lagBytes: z.number().optional(),
  storeError: z.string().nullable().optional(),
})

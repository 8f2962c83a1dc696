/** Bytes that crossed without being inspected, by reason: coverage is part of every answer (design §1.5). */
import { z } from 'zod'

export const uninspectedReasons = [
  'binary_value',
  'unknown_lineage',
  'copy_format',
  'oversized_value',
  'encoding',
  'error_text',
] as const

export const coverageSchema = z.strictObject({
  inspectedBytes: z.int().describe('Bytes that detectors or tags have looked at.'),
  uninspectedBytes: z
    .partialRecord(z.enum(uninspectedReasons), z.int())
    .describe(`By reason: ${uninspectedReasons.join(', ')}.`),
})

export type UninspectedReason = (typeof uninspectedReasons)[number]
export type Coverage = z.infer<typeof coverageSchema>

/** A PII touch: this run, this place, this entity, how many values, with which outcome (design §6). Values are never stored. */
import { z } from 'zod'

export const touchOutcomes = ['masked', 'revealed', 'late', 'written', 'filtered'] as const
export const touchLevels = ['possible', 'likely', 'certain'] as const

export const touchSchema = z.strictObject({
  place: z
    .string()
    .describe(
      'schema.relation.column where known, else `result.<column name>` or `statement`, `parameter.$1`, `copy.<relation>`',
    ),
  entity: z.string().describe('US_SSN, EMAIL, CREDIT_CARD, or a tag of the catalogue'),
  outcome: z
    .enum(touchOutcomes)
    .describe(
      'masked: nobody saw it; revealed: policy allowed it; late: found after it passed; written: sent by the client; filtered: used in a predicate',
    ),
  level: z.enum(touchLevels).describe('How sure the detector is.'),
  count: z.int().positive().describe('How many values.'),
  fingerprints: z
    .string()
    .optional()
    .describe(
      'Keyed fingerprints of distinct values, 12 bytes each, one after the other, base64url; see docs/fingerprints.md.',
    ),
  unfingerprinted: z
    .int()
    .positive()
    .optional()
    .describe('Values beyond the bound of fingerprints per statement: none was made of these.'),
})

export type TouchOutcome = (typeof touchOutcomes)[number]
export type TouchLevel = (typeof touchLevels)[number]
export type Touch = z.infer<typeof touchSchema>

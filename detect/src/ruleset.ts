/** What the built-in detectors find, and what a finding looks like. */
import type { TouchLevel } from '@gatetrail/schemas'

/** Changes whenever the same bytes may give other findings than before. */
export const rulesetVersion = 'builtin-1'

export const entities = ['EMAIL', 'US_SSN', 'CREDIT_CARD'] as const
export type Entity = (typeof entities)[number]

/** A finding. `start` (inclusive) and `end` (exclusive) are offsets in bytes. */
export type Span = {
  readonly start: number
  readonly end: number
  readonly entity: Entity
  readonly level: TouchLevel
}

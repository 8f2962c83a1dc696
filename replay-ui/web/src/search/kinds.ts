/** What a hit was found in, in words. */
import type { SearchKind } from '@gatetrail/replay-api'

export const kindNames = {
  statement: 'Statements',
  shown: 'Results',
  sent: 'Sent values',
  error: 'Errors',
  claim: 'Claims',
} as const satisfies Record<SearchKind, string>

export const kindOfHit = {
  statement: 'statement',
  shown: 'result',
  sent: 'sent value',
  error: 'error',
  claim: 'claim',
} as const satisfies Record<SearchKind, string>

/** What was found in a statement, as sentences below its transcript. Pure. */
import { unreachable, type Touch } from '@gatetrail/schemas'
import { findingsMax } from '../limits.ts'

export function findingsOf(touches: readonly Touch[]): string[] {
  const sentences = touches.slice(0, findingsMax).map(({ place, entity, outcome, count }) => {
    const values = count === 1 ? '1 value' : `${count} values`
    return `${values} of ${place} (${entity}) ${endOf(outcome)}`
  })
  const rest = touches.length - findingsMax
  return rest > 0 ? [...sentences, `And ${rest} more findings.`] : sentences
}

function endOf(outcome: Touch['outcome']): string {
  switch (outcome) {
    case 'masked':
      return 'masked: nobody saw them.'
    case 'revealed':
      return 'shown to the client in clear.'
    case 'late':
      return 'found after they had passed.'
    case 'written':
      return 'sent by the client.'
    case 'filtered':
      return 'used in a condition.'
    default:
      return unreachable(outcome)
  }
}

/** What an answer does not know: what was not inspected, and what is missing on record. */
import type { Coverage, Gap } from '@gatetrail/replay-api'
import { Moment } from '../design/moment.tsx'
import { bytes, count, counted } from '../text/numbers.ts'
import { uninspectedWord } from '../text/words.ts'

export function Uninspected({ coverage }: { coverage: Coverage }) {
  const { uninspectedBytes, uninspected } = coverage
  if (uninspectedBytes === 0) return null
  return (
    <p className="summary-note">
      <strong>{bytes(uninspectedBytes)} were not inspected</strong>: personal data in them would not
      be in this answer. Why: {reasonList(uninspected)}.
    </p>
  )
}

/** `values too large to inspect (1.2 MiB), binary values (300 B)` */
export function reasonList(uninspected: Readonly<Record<string, number>>): string {
  return Object.entries(uninspected)
    .filter(([, size]) => size > 0)
    .sort(([, one], [, other]) => other - one)
    .map(([reason, size]) => `${uninspectedWord(reason)} (${bytes(size)})`)
    .join(', ')
}

const gapsShownMax = 20

export function Gaps({ gaps }: { gaps: readonly Gap[] }) {
  if (gaps.length === 0) return null
  return (
    <details className="summary-note">
      <summary>
        {counted(gaps.length, 'gap')}: what happened there is not in this answer. Run{' '}
        <code>gatetrail verify</code> for more.
      </summary>
      <GapList gaps={gaps.slice(0, gapsShownMax)} />
    </details>
  )
}

export function GapList({ gaps }: { gaps: readonly Gap[] }) {
  return (
    <ul>
      {gaps.map((gap) => (
        <li key={`${gap.writer} ${gap.fromPosition}`}>
          <Moment iso={gap.time} date /> writer <code>{gap.writer}</code>, positions{' '}
          {count(gap.fromPosition)} to {gap.toPosition < 0 ? 'unknown' : count(gap.toPosition)}:{' '}
          {gap.reason.replaceAll('_', ' ')}
        </li>
      ))}
    </ul>
  )
}

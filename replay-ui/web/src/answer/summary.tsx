/** The answer in a sentence, then how much it can be relied on: coverage, gaps, what is still on its way. */
import type { ReactNode } from 'react'
import type { PiiAnswer } from '@gatetrail/replay-api'
import { Icon } from '../design/icons.tsx'
import { Moment } from '../design/moment.tsx'
import { bytes, count, counted, share } from '../text/numbers.ts'
import { uninspectedWord } from '../text/words.ts'
import { duration } from '../time/moment.ts'
import { RefreshButton } from './refresh-button.tsx'

/** A record is stored within this time: nobody has to worry about it. */
export const lagMsUsual = 2_000

type SummaryProps = { answer: PiiAnswer; askedAtMs: number; busy: boolean; refresh: () => void }

export function Summary({ answer, askedAtMs, busy, refresh }: SummaryProps) {
  const { runs, coverage, gaps, ingest } = answer
  const sum = (name: 'values' | 'masked' | 'revealed' | 'late' | 'written' | 'filtered') =>
    runs.reduce((total, run) => total + run[name], 0)
  const revealed = sum('revealed')
  const late = sum('late')
  const inspected = coverage.inspectedBytes + coverage.uninspectedBytes
  const behindMs = ingest.lagMs ?? 0
  return (
    <section className="summary" aria-label="Summary">
      <div className="summary-head">
        <p className="summary-sentence">
          <Sentence runs={runs.length} values={sum('values')} revealed={revealed} late={late} />
        </p>
        <div className="summary-asked soft">
          <span>
            as of <Moment iso={new Date(askedAtMs).toISOString()} />
          </span>
          <RefreshButton busy={busy} refresh={refresh} />
        </div>
      </div>
      <dl className="figures">
        <Figure name="Runs">{count(runs.length)}</Figure>
        <Figure name="Values masked">{count(sum('masked'))}</Figure>
        <Figure name="Values revealed" alarm={revealed > 0}>
          {revealed > 0 && <Icon name="eye-open" />}
          {count(revealed)}
        </Figure>
        <Figure name="Found late" alarm={late > 0}>
          {count(late)}
        </Figure>
        <Figure name="Written · filtered on">
          {count(sum('written'))} · {count(sum('filtered'))}
        </Figure>
        <Figure
          name="Inspected"
          warning={coverage.uninspectedBytes > 0}
          note={`${bytes(inspected)}, ${counted(coverage.sessions, 'session')}`}
        >
          {share(coverage.inspectedBytes, inspected)}
        </Figure>
        <Figure
          name="Gaps in the record"
          alarm={gaps.length > 0}
          note={gaps.length > 0 ? 'records are missing' : 'nothing is missing'}
        >
          {count(gaps.length)}
        </Figure>
        <Figure
          name={behindMs > lagMsUsual ? 'Not stored yet' : 'Stored'}
          warning={behindMs > lagMsUsual}
          note={behindMs > lagMsUsual ? `${bytes(ingest.lagBytes ?? 0)} waiting` : 'nothing waits'}
        >
          {behindMs > lagMsUsual ? duration(behindMs * 1_000) : 'up to date'}
        </Figure>
      </dl>
      {typeof ingest.storeError === 'string' && (
        <p className="summary-warning">
          <Icon name="warning" /> The event store does not answer: newer records are missing here
          until it does. They are safe in the journal.
        </p>
      )}
      <Uninspected answer={answer} />
      <Gaps answer={answer} />
    </section>
  )
}

type SentenceProps = { runs: number; values: number; revealed: number; late: number }

function Sentence({ runs, values, revealed, late }: SentenceProps) {
  if (runs === 0) return <>No run is known to have touched personal data.</>
  return (
    <>
      <strong>{counted(runs, 'run')}</strong> touched <strong>{counted(values, 'value')}</strong>.{' '}
      {revealed > 0 ? (
        <strong className="revealed-text">
          <Icon name="eye-open" />
          {count(revealed)} {revealed === 1 ? 'was' : 'were'} shown in clear.
        </strong>
      ) : (
        <>None was shown in clear.</>
      )}
      {late > 0 && <> {count(late)} were found only after they had passed.</>}
    </>
  )
}

type FigureProps = {
  name: string
  children: ReactNode
  note?: string
  alarm?: boolean
  warning?: boolean
}

function Figure({ name, children, note, alarm = false, warning = false }: FigureProps) {
  const tone = alarm ? 'figure figure-alarm' : warning ? 'figure figure-warning' : 'figure'
  return (
    <div className={tone}>
      <dt>{name}</dt>
      <dd className="numeric">{children}</dd>
      {note !== undefined && <dd className="figure-note">{note}</dd>}
    </div>
  )
}

function Uninspected({ answer }: { answer: PiiAnswer }) {
  const { uninspectedBytes, uninspected } = answer.coverage
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

function Gaps({ answer }: { answer: PiiAnswer }) {
  const { gaps } = answer
  if (gaps.length === 0) return null
  return (
    <details className="summary-note">
      <summary>
        {counted(gaps.length, 'gap')}: what happened there is not in this answer. Run{' '}
        <code>gatetrail verify</code> for more.
      </summary>
      <ul>
        {gaps.slice(0, gapsShownMax).map((gap) => (
          <li key={`${gap.writer} ${gap.fromPosition}`}>
            <Moment iso={gap.time} date /> writer <code>{gap.writer}</code>, positions{' '}
            {count(gap.fromPosition)} to {count(gap.toPosition)}: {gap.reason.replaceAll('_', ' ')}
          </li>
        ))}
      </ul>
    </details>
  )
}

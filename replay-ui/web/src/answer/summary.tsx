/** The answer in a sentence, then how much it can be relied on: coverage, gaps, what is still on its way. */
import type { ReactNode } from 'react'
import type { PiiAnswer } from '@gatetrail/replay-api'
import { Figures } from '../design/figures.tsx'
import { Icon } from '../design/icons.tsx'
import { Moment } from '../design/moment.tsx'
import { Gaps, Uninspected } from '../report/trust.tsx'
import { count, counted } from '../text/numbers.ts'
import { RefreshButton } from './refresh-button.tsx'

type SummaryProps = {
  answer: PiiAnswer
  askedAtMs: number
  busy: boolean
  refresh: () => void
  /** What can be done with the answer. */
  tools: ReactNode
}

export function Summary({ answer, askedAtMs, busy, refresh, tools }: SummaryProps) {
  const { totals, coverage, gaps, ingest } = answer
  return (
    <section className="summary" aria-label="Summary">
      <div className="summary-head">
        <p className="summary-sentence">
          <Sentence {...totals} />
        </p>
        <div className="summary-asked soft">
          <span>
            as of <Moment iso={new Date(askedAtMs).toISOString()} />
          </span>
          <RefreshButton busy={busy} refresh={refresh} />
          {tools}
        </div>
      </div>
      <Figures counts={totals} coverage={coverage} gaps={gaps.length} ingest={ingest} />
      {typeof ingest.storeError === 'string' && (
        <p className="summary-warning">
          <Icon name="warning" /> The event store does not answer: newer records are missing here
          until it does. They are safe in the journal.
        </p>
      )}
      <Uninspected coverage={coverage} />
      <Gaps gaps={gaps} />
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

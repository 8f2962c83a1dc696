/**
 * An answer on paper: the question, the answer, and what makes it evidence. What is printed is what is on the screen, without the
 * navigation.
 */
import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { useEffect, useState, type ReactNode } from 'react'
import type { Evidence } from '@gatetrail/replay-api'
import { Mark } from '../shell/mark.tsx'
import { Icon } from '../design/icons.tsx'
import { Moment } from '../design/moment.tsx'
import { Failure, Loading } from '../design/notice.tsx'
import { Recorded, recorded } from '../design/recorded.tsx'
import { dayAt, dayName } from '../time/day.ts'
import { inUtc } from '../time/moment.ts'
import { useZone } from '../time/use-zone.ts'
import { touchQuery } from '../touches/address.ts'
import { cssString } from './css-string.ts'
import { EvidenceBlock } from './evidence-block.tsx'
import { questionIn } from './question-sentence.ts'
import { dayReport, touchesReport } from './questions.ts'
import './report.css'
import { RunRows } from './run-rows.tsx'
import { TouchRows } from './touch-rows.tsx'

export function ReportPage() {
  const search = useSearch({ from: '/report' })
  return search.of === 'pii' ? <DayReport on={search.on} /> : <TouchesReport />
}

function DayReport({ on }: { on: string | undefined }) {
  const zone = useZone()
  const day = on ?? dayAt(Date.now(), zone)
  const { data, error, refetch } = useQuery(dayReport(day, zone))
  return (
    <Report
      title={`Which runs touched personal data on ${dayName(day)} (${zone})?`}
      error={error}
      retry={() => void refetch()}
      evidence={data?.evidence}
    >
      {data !== undefined && <RunRows answer={data.answer} />}
    </Report>
  )
}

function TouchesReport() {
  const zone = useZone()
  const search = useSearch({ from: '/report' })
  const [nowMs] = useState(() => Date.now())
  const { data, error, refetch } = useQuery(touchesReport(touchQuery(search, zone, nowMs)))
  return (
    <Report
      title={
        data === undefined
          ? 'Personal data touched'
          : questionIn(zone, data.evidence.question.sentence, data.evidence.range)
      }
      error={error}
      retry={() => void refetch()}
      evidence={data?.evidence}
    >
      {data !== undefined && <TouchRows answer={data.answer} />}
    </Report>
  )
}

type ReportProps = {
  title: string
  error: Error | null
  retry: () => void
  evidence: Evidence | undefined
  children: ReactNode
}

function Report({ title, error, retry, evidence, children }: ReportProps) {
  const zone = useZone()
  useEffect(() => {
    document.title = `${recorded(title)} · Gatetrail report`
  }, [title])
  useMargins({
    question: title,
    asked: evidence && `Asked by ${evidence.asked.by}, ${inUtc(evidence.asked.time)}`,
  })
  return (
    <main className="page report">
      <header className="report-head">
        <p className="report-name">
          <Mark /> Gatetrail report
        </p>
        <h1>
          <Recorded text={title} />
        </h1>
        {evidence !== undefined && (
          <p>
            Asked by <strong>{<Recorded text={evidence.asked.by} />}</strong> as{' '}
            {evidence.asked.role} at <Moment iso={evidence.asked.time} date both />. Times are in{' '}
            {zone}
            {zone === 'UTC' ? '' : ', unless UTC stands beside'}.
          </p>
        )}
        <button
          type="button"
          className="button button-primary report-print"
          onClick={() => window.print()}
          disabled={evidence === undefined}
        >
          <Icon name="page" />
          Print
        </button>
      </header>
      {error !== null && <Failure error={error} what="The report" retry={retry} />}
      {evidence === undefined && error === null && <Loading what="The report" lines={10} />}
      {evidence !== undefined && error === null && (
        <>
          {/* Its table scrolls on a narrow screen: by the keyboard, too. */}
          <section className="report-answer" aria-labelledby="report-answer" tabIndex={0}>
            <h2 id="report-answer">Answer</h2>
            {children}
          </section>
          <EvidenceBlock evidence={evidence} />
        </>
      )}
    </main>
  )
}

/** What stands in the margins of each printed page: see report.css. */
function useMargins(texts: Readonly<Record<'question' | 'asked', string | undefined>>): void {
  const { question = '', asked = '' } = texts
  useEffect(() => {
    const { style } = document.documentElement
    style.setProperty('--report-question', cssString(recorded(question)))
    style.setProperty('--report-asked', cssString(recorded(asked)))
    return () => {
      style.removeProperty('--report-question')
      style.removeProperty('--report-asked')
    }
  }, [question, asked])
}

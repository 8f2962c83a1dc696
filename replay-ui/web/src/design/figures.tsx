/** An answer in numbers, and how much it can be relied on: coverage, gaps, what is still on its way. */
import type { ReactNode } from 'react'
import type { Coverage, PiiAnswer } from '@gatetrail/replay-api'
import { bytes, count, counted, share } from '../text/numbers.ts'
import { duration } from '../time/moment.ts'
import { Counting } from './counting.tsx'
import { Icon } from './icons.tsx'

/** A record is stored within this time: nobody has to worry about it. */
export const lagMsUsual = 2_000

type Values = Record<'masked' | 'revealed' | 'late' | 'written' | 'filtered', number>
type FiguresProps = {
  counts: Values & { runs: number }
  coverage: Coverage
  gaps: number
  ingest: PiiAnswer['ingest']
}

export function Figures({ counts, coverage, gaps, ingest }: FiguresProps) {
  const inspected = coverage.inspectedBytes + coverage.uninspectedBytes
  const behindMs = ingest.lagMs ?? 0
  return (
    <dl className="figures">
      <Figure name="Runs">{count(counts.runs)}</Figure>
      <ValueFigures values={counts} />
      <Figure
        name="Inspected"
        warning={coverage.uninspectedBytes > 0}
        note={`${bytes(inspected)}, ${counted(coverage.sessions, 'session')}`}
      >
        {share(coverage.inspectedBytes, inspected)}
      </Figure>
      <Figure
        name="Gaps in the record"
        alarm={gaps > 0}
        note={gaps > 0 ? 'records are missing' : 'nothing is missing'}
      >
        {count(gaps)}
      </Figure>
      <Figure
        name={behindMs > lagMsUsual ? 'Not stored yet' : 'Stored'}
        warning={behindMs > lagMsUsual}
        note={behindMs > lagMsUsual ? `${bytes(ingest.lagBytes ?? 0)} waiting` : 'nothing waits'}
      >
        {behindMs > lagMsUsual ? duration(behindMs * 1_000) : 'up to date'}
      </Figure>
    </dl>
  )
}

/** What is known of them soonest, in the places of all. */
export function FirstFigures({ values }: { values: Values }) {
  return (
    <dl className="figures" aria-busy>
      <Figure name="Runs">
        <Counting />
      </Figure>
      <ValueFigures values={values} />
      {['Inspected', 'Gaps in the record', 'Stored'].map((name) => (
        <Figure key={name} name={name} note="is being read">
          <Counting />
        </Figure>
      ))}
    </dl>
  )
}

function ValueFigures({
  values: { masked, revealed, late, written, filtered },
}: {
  values: Values
}) {
  return (
    <>
      <Figure name="Values masked">{count(masked)}</Figure>
      <Figure name="Values revealed" alarm={revealed > 0}>
        {revealed > 0 && <Icon name="eye-open" />}
        {count(revealed)}
      </Figure>
      <Figure name="Found late" alarm={late > 0}>
        {count(late)}
      </Figure>
      <Figure name="Written · filtered on">
        {count(written)} · {count(filtered)}
      </Figure>
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

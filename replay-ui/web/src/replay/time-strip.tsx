/** The session as a line of time: a mark per statement, where it happened. For the eye and the mouse; the list is for the keyboard. */
import type { TimelineStatement } from '@gatetrail/replay-api'
import { recorded } from '../design/recorded.tsx'
import { offset } from '../time/moment.ts'
import { toneOf } from './statement-marks.tsx'

const marksMax = 1_000

type TimeStripProps = {
  statements: readonly TimelineStatement[]
  selected: number
  select: (index: number) => void
}

export function TimeStrip({ statements, selected, select }: TimeStripProps) {
  const from = statements[0]?.offsetMicros ?? 0
  const span = Math.max(1, (statements.at(-1)?.offsetMicros ?? 0) - from)
  const step = Math.ceil(statements.length / marksMax)
  return (
    <div className="time-strip" aria-hidden="true">
      {statements.map((statement, index) =>
        index % step === 0 || index === selected || toneOf(statement) !== 'plain' ? (
          <button
            key={statement.seq}
            type="button"
            tabIndex={-1}
            className={`time-mark tone-${toneOf(statement)}${index === selected ? ' time-mark-selected' : ''}`}
            style={{ left: `${((statement.offsetMicros - from) / span) * 100}%` }}
            title={`${offset(statement.offsetMicros)} ${recorded(statement.text.slice(0, 80))}`}
            onClick={() => select(index)}
          />
        ) : null,
      )}
    </div>
  )
}

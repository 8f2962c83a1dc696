/** One run: who it was, what it touched, and the moments to look at. */
import type { PiiRun } from '@gatetrail/replay-api'
import { Icon } from '../design/icons.tsx'
import { Moment } from '../design/moment.tsx'
import { ConnectionName } from '../design/names.tsx'
import { Principal, RunName } from '../design/principal.tsx'
import { bytes, count, counted } from '../text/numbers.ts'
import { outcomeWord } from '../text/words.ts'
import { duration } from '../time/moment.ts'
import { Moments } from './moments.tsx'
import { reasonList } from '../report/trust.tsx'
import { TouchedColumns } from './touched-columns.tsx'

export function RunCard({ run }: { run: PiiRun }) {
  const { revealed, late } = run
  return (
    <li className={revealed > 0 ? 'run-card run-revealed' : 'run-card'}>
      {revealed > 0 && (
        <p className="run-alarm">
          <Icon name="eye-open" />
          {counted(revealed, 'value')} shown in clear
        </p>
      )}
      {late > 0 && (
        <p className="run-alarm run-alarm-late">
          <Icon name="clock" />
          {counted(late, 'value')} found only after they had passed
        </p>
      )}
      <div className="run-body">
        <div className="run-who">
          <h2>
            <RunName run={run.run} principal={run.principal} />
          </h2>
          <Principal principal={run.principal} onBehalfOf={run.onBehalfOf} run={run.run} />
          <dl className="pairs">
            <dt>Connection</dt>
            <dd>
              {run.connections.map((name) => (
                <ConnectionName key={name} connection={name} />
              ))}
            </dd>
            <dt>Touched</dt>
            <dd>
              <Span run={run} />
            </dd>
            <dt>Values</dt>
            <dd>{valuesOf(run)}</dd>
            <dt>Sessions</dt>
            <dd className="numeric">{count(run.sessionCount)}</dd>
            <dt>Inspected</dt>
            <dd>
              {run.uninspectedBytes === 0 ? (
                <>all {bytes(run.inspectedBytes)}</>
              ) : (
                <span className="warning-text">
                  <Icon name="warning" /> {bytes(run.uninspectedBytes)} of{' '}
                  {bytes(run.inspectedBytes + run.uninspectedBytes)} were not:{' '}
                  {reasonList(run.uninspected)}
                </span>
              )}
            </dd>
          </dl>
        </div>
        <TouchedColumns columns={run.columns} />
        <Moments run={run} />
      </div>
    </li>
  )
}

function Span({ run }: { run: PiiRun }) {
  const micros = (Date.parse(run.lastTime) - Date.parse(run.firstTime)) * 1_000
  if (micros < 1_000_000) return <Moment iso={run.firstTime} />
  return (
    <>
      <Moment iso={run.firstTime} /> – <Moment iso={run.lastTime} />{' '}
      <span className="soft">({duration(micros)})</span>
    </>
  )
}

/** `1,300 masked`; none of the others is left out unless it is zero. */
function valuesOf(run: PiiRun): string {
  const { revealed, late, written, filtered, masked } = run
  const parts = Object.entries({ revealed, late, written, filtered, masked })
    .filter(([, values]) => values > 0)
    .map(([outcome, values]) => `${count(values)} ${outcomeWord(outcome).name}`)
  return parts.join(', ')
}

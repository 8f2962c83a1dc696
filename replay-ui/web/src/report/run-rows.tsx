/** A day's answer on paper: each run, and what it touched. */
import type { PiiAnswer, PiiRun } from '@gatetrail/replay-api'
import { Moment } from '../design/moment.tsx'
import { Recorded, recorded } from '../design/recorded.tsx'
import { bytes, count, counted } from '../text/numbers.ts'
import { outcomeWord, principalKindWord } from '../text/words.ts'
import { reasonList } from './trust.tsx'

export function RunRows({ answer }: { answer: PiiAnswer }) {
  const { runs, totals, nextCursor } = answer
  return (
    <>
      <p>
        {totals.runs === 0
          ? 'No run is known to have touched personal data.'
          : `${counted(totals.runs, 'run')} touched ${counted(totals.values, 'value')}: ${count(totals.masked)} masked, ${count(totals.revealed)} shown in clear, ${count(totals.late)} found only after they had passed, ${count(totals.written)} written, ${count(totals.filtered)} filtered on.`}
        {nextCursor !== null && ` The first ${count(runs.length)} are below; an export has all.`}
      </p>
      {runs.map((run) => (
        <Run
          key={`${run.principal.id} ${run.run?.id ?? ''} ${run.run?.attempt ?? ''} ${run.firstTime}`}
          run={run}
        />
      ))}
    </>
  )
}

function Run({ run }: { run: PiiRun }) {
  const { principal, onBehalfOf, connections, columns, sessions, uninspectedBytes } = run
  const name = run.run === null ? principal.subject : (run.run.workflow ?? principal.subject)
  return (
    <section className="report-run">
      <h3>
        <Recorded text={name} />
        {run.run !== null && <Recorded text={` run ${run.run.id}`} />}
      </h3>
      <p>
        {principalKindWord(principal.kind)} <Recorded text={principal.id} />
        {onBehalfOf.length > 0 && (
          <>
            , on behalf of <Recorded text={onBehalfOf.join(', for ')} />
          </>
        )}
        , on <Recorded text={connections.join(', ')} />, from{' '}
        <Moment iso={run.firstTime} date both /> to <Moment iso={run.lastTime} date both />.{' '}
        {uninspectedBytes > 0 &&
          `${bytes(uninspectedBytes)} were not inspected: ${reasonList(run.uninspected)}.`}
      </p>
      {run.run?.url != null && (
        <p className="soft">
          <Recorded text={run.run.url} />
        </p>
      )}
      <table className="report-table">
        <thead>
          <tr>
            <th scope="col">Column</th>
            <th scope="col">Data</th>
            <th scope="col">Outcome</th>
            <th scope="col" className="right">
              Values
            </th>
          </tr>
        </thead>
        <tbody>
          {columns.map(({ place, entity, outcome, level, count: values }) => (
            <tr key={`${place} ${entity} ${outcome} ${level}`}>
              <td>
                <Recorded text={place} />
              </td>
              <td>
                <Recorded text={entity} /> {level !== 'certain' && level}
              </td>
              <td>{outcomeWord(outcome).name}</td>
              <td className="right numeric">{count(values)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="soft">
        {counted(run.sessionCount, 'session')}:{' '}
        {sessions.map(({ session }) => recorded(session)).join(', ')}
        {sessions.length < run.sessionCount && ' and others'}
      </p>
    </section>
  )
}

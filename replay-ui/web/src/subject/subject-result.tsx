/** The runs that touched the value, each with its moments; and what the answer can't know. */
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { SubjectAnswer, SubjectRun } from '@gatetrail/replay-api'
import { Moment } from '../design/moment.tsx'
import { ConnectionName, EntityName, PlaceName } from '../design/names.tsx'
import { Notice } from '../design/notice.tsx'
import { Outcome } from '../design/outcome.tsx'
import { Principal, RunName } from '../design/principal.tsx'
import { count, counted } from '../text/numbers.ts'

export function SubjectResult({ answer }: { answer: SubjectAnswer }) {
  const { runs, truncated } = answer
  const touches = runs.reduce((sum, run) => sum + run.touches.length, 0)
  return (
    <section className="subject-result" aria-label="Answer">
      {runs.length === 0 ? (
        <Notice tone="plain" icon="check" title="No run on record touched this value">
          <p>
            That is as much as the fingerprints on record can say; see below what has none. A value
            in another form (with other separators, or a part of it) has another fingerprint.
          </p>
        </Notice>
      ) : (
        <p className="summary-sentence">
          <strong>{counted(runs.length, 'run')}</strong> touched this value,{' '}
          <strong>{counted(touches, 'time')}</strong>
          {truncated && ' in the newest part of the record: there are more than one answer holds'}.
        </p>
      )}
      <Coverage answer={answer} />
      <ol className="subject-runs">
        {runs.map((run) => (
          <Run key={`${run.principal.id} ${run.run?.id ?? ''} ${run.firstTime}`} run={run} />
        ))}
      </ol>
    </section>
  )
}

function Coverage({ answer }: { answer: SubjectAnswer }) {
  const { coverage, keys, entities } = answer
  const { statements, values, keysMissing } = coverage
  return (
    <>
      {keysMissing.length > 0 && (
        <p className="summary-note">
          <strong>A part of the record can't be asked here.</strong> Its fingerprints were made with{' '}
          {counted(keysMissing.length, 'key')} that this server does not have:{' '}
          {keysMissing.map((key) => (
            <code key={key}>{key} </code>
          ))}
          . Add them to <code>fingerprint.keys</code> in <code>gatetrail.yaml</code>, then ask
          again.
        </p>
      )}
      {values > 0 && (
        <p className="summary-note">
          {counted(values, 'touched value')} in {counted(statements, 'statement')} of that time have
          no fingerprint, for example because they were filtered on or too many at once. This value
          may be among them.
        </p>
      )}
      <p className="soft">
        Looked for as {counted(entities.length, 'kind')} of data, with {counted(keys.length, 'key')}
        .
      </p>
    </>
  )
}

const touchesFirst = 20

function Run({ run }: { run: SubjectRun }) {
  const [all, setAll] = useState(false)
  const shown = all ? run.touches : run.touches.slice(0, touchesFirst)
  return (
    <li className="run-card subject-run">
      <h2>
        <RunName run={run.run} principal={run.principal} />
      </h2>
      <Principal principal={run.principal} onBehalfOf={run.onBehalfOf} run={run.run} />
      <table className="data-table">
        <thead>
          <tr>
            <th scope="col">Replay at</th>
            <th scope="col">Connection</th>
            <th scope="col">Column</th>
            <th scope="col">Data</th>
            <th scope="col">Outcome</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ session, statement, time, connection, place, entity, outcome }) => (
            <tr key={`${session} ${statement ?? ''} ${place} ${entity} ${outcome}`}>
              <th scope="row">
                <Link
                  to="/sessions/$session"
                  params={{ session }}
                  search={{ at: statement ?? undefined }}
                >
                  <Moment iso={time} date />
                </Link>
              </th>
              <td data-label="Connection">
                <ConnectionName connection={connection} />
              </td>
              <td data-label="Column">
                <PlaceName place={place} />
              </td>
              <td data-label="Data">
                <EntityName entity={entity} />
              </td>
              <td data-label="Outcome">
                <Outcome outcome={outcome} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {!all && run.touches.length > touchesFirst && (
        <button type="button" className="button button-small" onClick={() => setAll(true)}>
          Show all {count(run.touches.length)}
        </button>
      )}
    </li>
  )
}

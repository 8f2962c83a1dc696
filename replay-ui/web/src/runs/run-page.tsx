/** One run across all of its sessions: who it was, and what it did in one line of time. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import { addressOf, exportApi, type RunAnswer } from '@gatetrail/replay-api'
import { Moment } from '../design/moment.tsx'
import { ConnectionName, EntityName, Name, RepositoryName, WorkflowName } from '../design/names.tsx'
import { Loading } from '../design/notice.tsx'
import { OnBehalfOf, RunUrl } from '../design/principal.tsx'
import { Before, usePagesShown } from '../design/pages-shown.tsx'
import { answerOf, QuestionFailure } from '../design/question-state.tsx'
import { Recorded, recorded } from '../design/recorded.tsx'
import { QuestionTools } from '../questions/question-tools.tsx'
import { bytes, count, counted } from '../text/numbers.ts'
import { principalKindWord } from '../text/words.ts'
import { duration } from '../time/moment.ts'
import { useZone } from '../time/use-zone.ts'
import { runMarks } from './questions.ts'
import './runs.css'
import { RunSessions } from './run-sessions.tsx'
import { RunTimeline } from './run-timeline.tsx'

const pagesShownMax = 5

export function RunPage() {
  const { provider, id } = useParams({ from: '/runs/$provider/$id' })
  const { attempt } = useSearch({ from: '/runs/$provider/$id' })
  const asked = useInfiniteQuery(runMarks(provider, id, attempt))
  const { error } = asked
  const data = answerOf(asked)
  const pages = usePagesShown(data?.pages ?? [], pagesShownMax, asked)
  const first = data?.pages[0]
  const name = first?.run.workflow ?? `Run ${id}`
  useEffect(() => {
    document.title = `${recorded(name)} · Gatetrail`
  }, [name])
  return (
    <main className="page">
      {first === undefined && (
        <h1>
          Run <Recorded text={id} />
        </h1>
      )}
      <QuestionFailure question={asked} what="The run" />
      {data === undefined && error === null && <Loading what="The run" lines={10} />}
      {data !== undefined && first !== undefined && (
        <>
          <RunHead answer={first} attempt={attempt} />
          <RunFacts answer={first} />
          <RunSessions answer={first} />
          <section className="run-story" aria-labelledby="run-timeline">
            <h2 id="run-timeline">What it did</h2>
            <Before show={pages.before}>Show what came before</Before>
            <RunTimeline
              marks={pages.shown.flatMap(({ marks }) => marks)}
              sessions={first.sessions}
            />
            {pages.more !== undefined && (
              <button
                type="button"
                className="button"
                disabled={pages.isComing}
                onClick={pages.more}
              >
                {pages.isComing ? 'Loading…' : 'Show what came next'}
              </button>
            )}
          </section>
        </>
      )}
    </main>
  )
}

function RunHead({ answer, attempt }: { answer: RunAnswer; attempt: string | undefined }) {
  const { run, attempts } = answer
  const zone = useZone()
  const asked = { provider: run.provider, run: run.id, attempt }
  return (
    <>
      <div className="question">
        <h1>
          <span className="question-asked">
            <Recorded text={run.provider} /> run
          </span>
          {run.workflow !== null && (
            <>
              <Recorded text={run.workflow} />{' '}
            </>
          )}
          <span className="run-number">
            <Recorded text={run.id} />
          </span>
          <RunUrl run={run} />
        </h1>
        <QuestionTools
          exportAs={(format) =>
            addressOf(exportApi.exportTouches, {
              query: { ...asked, by: 'place', tz: zone, format },
            })
          }
          report={{ of: 'touches', by: 'place', ...asked }}
        />
      </div>
      {attempts.length > 1 && (
        <nav className="groups" aria-label="Attempts">
          {[undefined, ...attempts].map((one) => (
            <Link
              key={one ?? 'all'}
              to="."
              search={{ attempt: one }}
              aria-current={one === attempt ? 'true' : undefined}
            >
              {one === undefined ? 'All attempts' : <Recorded text={`Attempt ${one}`} />}
            </Link>
          ))}
        </nav>
      )}
    </>
  )
}

function RunFacts({ answer }: { answer: RunAnswer }) {
  const { run, principals, onBehalfOf, connections, firstTime, lastTime, totals } = answer
  const micros = (Date.parse(lastTime) - Date.parse(firstTime)) * 1_000
  return (
    <dl className="pairs run-facts">
      <dt>Who</dt>
      <dd>
        {principals.map((principal) => (
          <div key={principal.id}>
            <span className="badge">{principalKindWord(principal.kind)}</span>{' '}
            <code>
              <Name of="principal" value={principal.id} />
            </code>
          </div>
        ))}
        {onBehalfOf.map((names) => (
          <div key={names.join(' ')}>
            <OnBehalfOf names={names} />
          </div>
        ))}
      </dd>
      {run.workflow !== null && (
        <>
          <dt>Workflow</dt>
          <dd>
            <WorkflowName run={run} workflow={run.workflow} />
            {run.repository !== null && (
              <>
                {' '}
                of <RepositoryName run={run} repository={run.repository} />
              </>
            )}
          </dd>
        </>
      )}
      <dt>Connections</dt>
      <dd>
        {connections.map((connection) => (
          <ConnectionName key={connection} connection={connection} />
        ))}
      </dd>
      <dt>When</dt>
      <dd>
        <Moment iso={firstTime} date /> – <Moment iso={lastTime} date />{' '}
        <span className="soft">({duration(micros)})</span>
      </dd>
      <dt>Statements</dt>
      <dd>
        {count(totals.statements)}
        {totals.denied > 0 && (
          <>
            , <strong className="danger-text">{count(totals.denied)} refused</strong>
          </>
        )}
        , {counted(totals.rows, 'row')} returned
      </dd>
      <dt>Personal data</dt>
      <dd>
        {totals.touchedValues === 0 ? (
          'none found'
        ) : (
          <>
            {counted(totals.touchedValues, 'value')}:{' '}
            {totals.entities.map((entity) => (
              <span key={entity}>
                <EntityName entity={entity} />{' '}
              </span>
            ))}
          </>
        )}
      </dd>
      <dt>Inspected</dt>
      <dd>
        {totals.uninspectedBytes === 0 ? (
          <>all {bytes(totals.inspectedBytes)}</>
        ) : (
          <span className="warning-text">
            {bytes(totals.uninspectedBytes)} of{' '}
            {bytes(totals.inspectedBytes + totals.uninspectedBytes)} were not
          </span>
        )}
      </dd>
    </dl>
  )
}

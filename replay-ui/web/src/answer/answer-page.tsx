/** The question that the product exists for: which runs touched personal data on a day. Opens on today. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import { pii } from '../api/questions.ts'
import { addressOf, exportApi, type PiiAnswer } from '@gatetrail/replay-api'
import { Loading, Notice } from '../design/notice.tsx'
import { Before, usePagesShown } from '../design/pages-shown.tsx'
import { answerOf, QuestionFailure } from '../design/question-state.tsx'
import { lagMsUsual } from '../design/figures.tsx'
import { QuestionTabs } from '../questions/question-tabs.tsx'
import { QuestionTools } from '../questions/question-tools.tsx'
import { count } from '../text/numbers.ts'
import { dayAt, dayName } from '../time/day.ts'
import { useZone } from '../time/use-zone.ts'
import './answer.css'
import { DayPicker } from './day-picker.tsx'
import { RunCard } from './run-card.tsx'
import { Summary } from './summary.tsx'
import { YearMap } from './year-map.tsx'

/** Of a hundred runs each. */
const pagesShownMax = 10

export function AnswerPage() {
  const zone = useZone()
  // Not kept: a page stays open over midnight.
  const today = dayAt(Date.now(), zone)
  const search = useSearch({ from: '/' })
  const on = search.on ?? today
  const question = useInfiniteQuery(pii(on, zone))
  const { isFetching, refetch, dataUpdatedAt } = question
  const data = answerOf(question)
  const first = data?.pages[0]
  const pages = usePagesShown(data?.pages ?? [], pagesShownMax, question)
  const again = () => void refetch()
  useEffect(() => {
    document.title = `Personal data on ${on} · Gatetrail`
  }, [on])
  return (
    <main className="page">
      <QuestionTabs />
      <div className="question">
        <h1>
          <span className="question-asked">Which runs touched personal data on</span>
          <span className="question-day">{dayName(on)}?</span>
        </h1>
        <DayPicker on={on} today={today} />
      </div>
      <YearMap
        on={on}
        today={today}
        year={search.year ?? Number(on.slice(0, 4))}
        waits={question.isPending}
      />
      <QuestionFailure question={question} what="The answer" />
      {data === undefined && question.error === null && <Loading what="The answer" lines={8} />}
      {data !== undefined && first !== undefined && (
        <>
          <Summary
            tools={
              <QuestionTools
                exportAs={(format) =>
                  addressOf(exportApi.exportPii, { query: { on, tz: zone, format } })
                }
                report={{ of: 'pii', on }}
              />
            }
            answer={first}
            askedAtMs={dataUpdatedAt}
            busy={isFetching}
            refresh={again}
          />
          {first.runs.length === 0 ? (
            <NothingTouched answer={first} />
          ) : (
            <section aria-label="Runs">
              <Before show={pages.before}>Show the runs before these</Before>
              <ol className="runs">
                {pages.shown
                  .flatMap(({ runs }) => runs)
                  .map((run) => (
                    <RunCard
                      key={`${run.principal.id} ${run.run?.id ?? ''} ${run.sessions[0]?.session ?? ''}`}
                      run={run}
                    />
                  ))}
              </ol>
              {pages.more !== undefined && (
                <button
                  type="button"
                  className="button"
                  disabled={pages.isComing}
                  onClick={pages.more}
                >
                  {pages.isComing
                    ? 'Loading…'
                    : `Show more of the ${count(first.totals.runs)} runs`}
                </button>
              )}
            </section>
          )}
        </>
      )}
    </main>
  )
}

/** Nothing found is only an answer if everything was looked at: the two are told apart. */
function NothingTouched({ answer }: { answer: PiiAnswer }) {
  const { coverage, gaps, ingest } = answer
  const certain =
    gaps.length === 0 &&
    coverage.uninspectedBytes === 0 &&
    (ingest.lagMs ?? 0) <= lagMsUsual &&
    (ingest.storeError ?? null) === null
  if (coverage.sessions === 0 && gaps.length === 0) {
    return (
      <Notice tone="plain" icon="check" title="No session crossed the proxy on this day">
        <p>
          Nobody connected through Gatetrail between the start and the end of this day, so no run
          touched personal data through it. Other ways to the databases are not on this record.
        </p>
      </Notice>
    )
  }
  return certain ? (
    <Notice tone="good" icon="check" title="No run touched personal data on this day">
      <p>
        {coverage.sessions === 1 ? 'The one session' : `All ${count(coverage.sessions)} sessions`}{' '}
        of the day were inspected, every byte of them, and nothing is missing on record.
      </p>
    </Notice>
  ) : (
    <Notice tone="warning" icon="warning" title="No touch was found, but not everything is known">
      <p>
        See above what was not inspected, what is missing, and whether everything is stored yet: a
        touch may be among it.
      </p>
    </Notice>
  )
}

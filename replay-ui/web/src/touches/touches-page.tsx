/** Personal data touched, by whom, where, with what or when. Everything that narrows the question stands in the address. */
import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { addressOf, exportApi, touchesApi, type TouchesAnswer } from '@gatetrail/replay-api'
import { Figures, FirstFigures } from '../design/figures.tsx'
import { Loading, Notice } from '../design/notice.tsx'
import { answerOf, QuestionFailure } from '../design/question-state.tsx'
import { QuestionTabs } from '../questions/question-tabs.tsx'
import { QuestionTools } from '../questions/question-tools.tsx'
import { Gaps, Uninspected } from '../report/trust.tsx'
import { useZone } from '../time/use-zone.ts'
import { filtersOf, touchQuery } from './address.ts'
import { FilterChips } from './filter-chips.tsx'
import { touchRowsPerPage, touches, touchSums, type TouchQuery } from './questions.ts'
import { RangePicker } from './range-picker.tsx'
import { TouchTable } from './touch-table.tsx'
import './touches.css'
import { groupWords, rangeWords } from './words.ts'

export function TouchesPage() {
  const zone = useZone()
  const search = useSearch({ from: '/touches' })
  // One moment for the page and its tools: all of them ask the same.
  const [nowMs] = useState(() => Date.now())
  const query = touchQuery(search, zone, nowMs)
  const asked = useQuery(touches({ ...query, cursor: search.cursor, limit: touchRowsPerPage }))
  const { error, isPlaceholderData } = asked
  const data = answerOf(asked)
  const isFirstPage = search.cursor === undefined
  const summed = useQuery({
    ...touchSums({ ...query, limit: touchRowsPerPage }),
    enabled: isFirstPage && asked.data === undefined && isLong(query, nowMs),
  })
  const first = data === undefined && error === null ? summed.data : undefined
  const { question } = groupWords(query.by)
  useEffect(() => {
    document.title = `${question.slice(0, -1)} · Gatetrail`
  }, [question])
  return (
    <main className="page">
      <QuestionTabs />
      <div className="question">
        <h1>
          {question}
          <span className="question-asked">
            {data === undefined ? 'in this time' : rangeWords(data.range, zone)}
            {data?.range.defaulted === true && ', the last 366 days'}
          </span>
        </h1>
        <QuestionTools
          exportAs={(format) => addressOf(exportApi.exportTouches, { query: { ...query, format } })}
          report={{ ...search, by: query.by, cursor: undefined, of: 'touches' }}
        />
      </div>
      <nav className="groups" aria-label="Grouped by">
        {touchesApi.touchGroups.map((group) => (
          <Link
            key={group}
            to="/touches"
            search={(old) => ({ ...old, by: group, cursor: undefined, sort: undefined })}
            aria-current={group === query.by ? 'true' : undefined}
          >
            {groupWords(group).name}
          </Link>
        ))}
      </nav>
      <FilterChips filters={filtersOf(search)} />
      <RangePicker search={search} />
      <QuestionFailure question={asked} what="The answer" />
      {data === undefined && (first?.rows.length ?? 0) === 0 && error === null && (
        <Loading what="The answer" lines={8} />
      )}
      {first !== undefined && first.rows.length > 0 && (
        <div className="answer" aria-busy>
          <FirstFigures values={first.totals} />
          <TouchTable by={first.by} rows={first.rows} whole={!first.truncated} search={search} />
        </div>
      )}
      {data !== undefined && (
        <div
          className={isPlaceholderData ? 'answer stale' : 'answer'}
          aria-busy={isPlaceholderData}
        >
          <Figures
            counts={data.totals}
            coverage={data.coverage}
            gaps={data.gaps.length}
            ingest={data.ingest}
          />
          <Uninspected coverage={data.coverage} />
          <Gaps gaps={data.gaps} />
          {data.rows.length === 0 ? (
            <Nothing answer={data} filtered={Object.keys(filtersOf(search)).length > 0} />
          ) : (
            <TouchTable
              by={data.by}
              rows={data.rows}
              whole={data.nextCursor === null && isFirstPage}
              search={search}
            />
          )}
          <nav className="pager" aria-label="Pages of the answer">
            {search.cursor !== undefined && (
              <Link className="button" to="." search={(old) => ({ ...old, cursor: undefined })}>
                First page
              </Link>
            )}
            {data.nextCursor !== null && (
              <Link
                className="button"
                to="."
                search={(old) => ({ ...old, cursor: data.nextCursor ?? undefined })}
              >
                Next page
              </Link>
            )}
          </nav>
        </div>
      )}
    </main>
  )
}

const longMs = 32 * 86_400_000

/** Sums of a shorter time would not come sooner than the answer. Without a beginning it is a year. */
function isLong({ from, to, on }: TouchQuery, nowMs: number): boolean {
  if (on !== undefined) return false
  if (from === undefined) return true
  return (to === undefined ? nowMs : Date.parse(to)) - Date.parse(from) > longMs
}

/** Nothing found is only an answer as far as everything was looked at. */
function Nothing({ answer, filtered }: { answer: TouchesAnswer; filtered: boolean }) {
  const { coverage, gaps } = answer
  const certain = coverage.uninspectedBytes === 0 && gaps.length === 0
  return (
    <Notice
      tone={certain ? 'plain' : 'warning'}
      icon={certain ? 'check' : 'warning'}
      title={
        filtered ? 'No touch on record fits' : 'No personal data is known to have been touched'
      }
    >
      <p>
        {certain
          ? 'Every session that is asked for was inspected, and nothing is missing on record.'
          : 'See above what was not inspected and what is missing: a touch may be among it.'}{' '}
        Ask for more time, or take a filter away.
      </p>
    </Notice>
  )
}

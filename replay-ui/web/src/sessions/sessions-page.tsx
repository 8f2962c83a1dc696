/** Sessions: those that go on first, then all, newest first. */
import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import { addressOf, exportApi, type AnswerOf, type sessionsApi } from '@gatetrail/replay-api'
import { Loading, Notice } from '../design/notice.tsx'
import { answerOf, QuestionFailure } from '../design/question-state.tsx'
import { RefreshButton } from '../answer/refresh-button.tsx'
import { QuestionTools } from '../questions/question-tools.tsx'
import { counted } from '../text/numbers.ts'
import { addDays, startOfDay } from '../time/day.ts'
import { useZone } from '../time/use-zone.ts'
import { runningMax, runningSessions, sessions } from './questions.ts'
import { isFiltered, SessionFilters } from './session-filters.tsx'
import { SessionTable } from './session-table.tsx'
import './sessions.css'

type Answer = AnswerOf<typeof sessionsApi.sessions>

export function SessionsPage() {
  const zone = useZone()
  const search = useSearch({ from: '/sessions' })
  const { on, until, connection, principal, state, touched, refused, entity, cursor } = search
  const filter = {
    from: on && startOfDay(on, zone).toISOString(),
    to: on && startOfDay(addDays(until ?? on, 1), zone).toISOString(),
    ...{ connection, principal, touched, refused, entity },
  }
  const listed = useQuery(sessions({ ...filter, state, cursor }))
  const onTop = cursor === undefined && state === undefined
  const running = useQuery({ ...runningSessions(filter), enabled: onTop })
  useEffect(() => {
    document.title = 'Sessions · Gatetrail'
  }, [])
  const { error } = listed
  const data = answerOf(listed)
  const again = () => {
    void listed.refetch()
    if (onTop) void running.refetch()
  }
  // Both at once: nothing is pushed down by what comes later.
  const isReady = data !== undefined && (!onTop || !running.isPending)
  const open = onTop ? (running.data?.sessions ?? []) : []
  return (
    <main className="page">
      <div className="sessions-head">
        <h1>Sessions</h1>
        <div className="sessions-tools">
          <RefreshButton busy={listed.isFetching} refresh={again} />
          <QuestionTools
            exportAs={(format) =>
              addressOf(exportApi.exportSessions, { query: { ...filter, state, format } })
            }
          />
        </div>
      </div>
      <SessionFilters />
      <QuestionFailure question={listed} what="The sessions" retry={again} />
      {!isReady && error === null && <Loading what="The sessions" lines={10} />}
      {isReady && (
        <>
          {open.length > 0 && (
            <section className="sessions-running" aria-labelledby="running">
              <h2 id="running">
                {counted(open.length, 'session')}
                {open.length >= runningMax ? ' and more' : ''}{' '}
                {open.length === 1 ? 'goes on' : 'go on'} now
              </h2>
              <SessionTable sessions={open} />
            </section>
          )}
          <Listed listed={listed} data={data} without={open} filtered={isFiltered(search)} />
        </>
      )}
    </main>
  )
}

type ListedProps = {
  listed: UseQueryResult<Answer>
  data: Answer
  /** Shown above. */
  without: Answer['sessions']
  filtered: boolean
}

function Listed({ listed, data, without, filtered }: ListedProps) {
  const { cursor } = useSearch({ from: '/sessions' })
  const above = new Set(without.map(({ session }) => session))
  const rest = data.sessions.filter(({ session }) => !above.has(session))
  if (data.sessions.length === 0) return <NoSessions filtered={filtered} />
  return (
    <section
      className={listed.isPlaceholderData ? 'sessions-listed stale' : 'sessions-listed'}
      aria-busy={listed.isPlaceholderData}
      aria-label="Sessions, newest first"
    >
      {without.length > 0 && rest.length > 0 && <h2>Before</h2>}
      {rest.length > 0 && <SessionTable sessions={rest} />}
      <nav className="pager" aria-label="Pages of sessions">
        {cursor !== undefined && (
          <Link className="button" to="/sessions" search={(old) => ({ ...old, cursor: undefined })}>
            Newest
          </Link>
        )}
        {data.nextCursor !== null && (
          <Link
            className="button"
            to="/sessions"
            search={(old) => ({ ...old, cursor: data.nextCursor ?? undefined })}
          >
            Older sessions
          </Link>
        )}
      </nav>
    </section>
  )
}

function NoSessions({ filtered }: { filtered: boolean }) {
  return (
    <Notice
      tone="plain"
      icon="check"
      title={filtered ? 'No session fits' : 'No session is on record yet'}
    >
      <p>
        {filtered ? (
          <>
            Every session that these filters mean would be here; there is none.{' '}
            <Link to="/sessions" search={(old) => ({ tz: old.tz })}>
              Show all sessions
            </Link>
          </>
        ) : (
          'Sessions appear here about a second after somebody connects through the proxy.'
        )}
      </p>
    </Notice>
  )
}

/** Sessions, newest first, by day, connection and principal. */
import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import { sessions } from '../api/questions.ts'
import { Failure, Loading, Notice } from '../design/notice.tsx'
import { addDays } from '../time/day.ts'
import { startOfDay } from '../time/day.ts'
import { useZone } from '../time/use-zone.ts'
import { SessionFilters } from './session-filters.tsx'
import { SessionTable } from './session-table.tsx'
import './sessions.css'

export function SessionsPage() {
  const zone = useZone()
  const { on, connection, principal, cursor } = useSearch({ from: '/sessions' })
  const { data, error, refetch, isPlaceholderData } = useQuery(
    sessions({
      from: on && startOfDay(on, zone).toISOString(),
      to: on && startOfDay(addDays(on, 1), zone).toISOString(),
      connection,
      principal,
      cursor,
    }),
  )
  useEffect(() => {
    document.title = 'Sessions · Gatetrail'
  }, [])
  const filtered = on !== undefined || connection !== undefined || principal !== undefined
  return (
    <main className="page">
      <h1>Sessions</h1>
      <SessionFilters />
      {error !== null && <Failure error={error} what="The sessions" retry={() => void refetch()} />}
      {data === undefined && error === null && <Loading what="The sessions" lines={10} />}
      {data !== undefined && error === null && data.sessions.length === 0 && (
        <Notice
          tone="plain"
          icon="check"
          title={filtered ? 'No session fits' : 'No session is on record yet'}
        >
          <p>
            {filtered ? (
              <>
                Every session of this day, connection and principal would be here; there is none.{' '}
                <Link to="/sessions" search={(old) => ({ tz: old.tz })}>
                  Show all sessions
                </Link>
              </>
            ) : (
              'Sessions appear here about a second after somebody connects through the proxy.'
            )}
          </p>
        </Notice>
      )}
      {data !== undefined && error === null && data.sessions.length > 0 && (
        <div className={isPlaceholderData ? 'stale' : undefined} aria-busy={isPlaceholderData}>
          <SessionTable sessions={data.sessions} />
          <nav className="pager" aria-label="Pages of sessions">
            {cursor !== undefined && (
              <Link
                className="button"
                to="/sessions"
                search={(old) => ({ ...old, cursor: undefined })}
              >
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
        </div>
      )}
    </main>
  )
}

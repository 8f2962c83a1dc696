/** One session, statement by statement, as it was. `?at=` names a statement, `page` its rows: a link to a moment. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { timeline } from '../api/questions.ts'
import type { SessionDetail } from '@gatetrail/replay-api'
import { Failure, Loading, Notice } from '../design/notice.tsx'
import { Moment } from '../design/moment.tsx'
import { Principal, RunName } from '../design/principal.tsx'
import { Recorded } from '../design/recorded.tsx'
import { SessionState } from '../design/session-state.tsx'
import { counted } from '../text/numbers.ts'
import { duration } from '../time/moment.ts'
import { Player } from './player.tsx'
import './replay.css'
import { SessionFacts } from './session-facts.tsx'

/** So many records before the wanted statement: a long session is not read from its beginning. */
const recordsBefore = 400

export function ReplayPage() {
  const { session } = useParams({ from: '/sessions/$session' })
  const at = useSearch({ from: '/sessions/$session', select: (search) => search.at })
  return <Replay key={session} session={session} openedAt={at} />
}

type ReplayProps = { session: string; openedAt: number | undefined }

function Replay({ session, openedAt }: ReplayProps) {
  const [from, setFrom] = useState(() => Math.max(0, (openedAt ?? 0) - recordsBefore))
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    timeline(session, from),
  )
  const detail = data?.pages[0]?.session
  useEffect(() => {
    const name = detail?.run?.workflow ?? detail?.principal.subject
    document.title = `${name ?? 'Session'} · Gatetrail`
  }, [detail])
  if (error !== null) {
    return (
      <main className="page">
        <Failure error={error} what="The session" retry={() => void refetch()} />
      </main>
    )
  }
  if (data === undefined || detail === undefined) {
    return (
      <main className="page">
        <Loading what="The session" lines={12} />
      </main>
    )
  }
  const statements = data.pages.flatMap((page) => page.statements)
  return (
    <main className="page page-wide">
      <SessionHead session={detail} />
      {statements.length === 0 ? (
        <div className="replay-empty">
          <NoStatements session={detail} />
          <aside className="facts" aria-label="Session">
            <SessionFacts session={detail} />
          </aside>
        </div>
      ) : (
        <Player
          session={detail}
          statements={statements}
          earlier={from > 0 ? () => setFrom(0) : undefined}
          more={hasNextPage}
          loadingMore={isFetchingNextPage}
          loadMore={() => void fetchNextPage()}
        />
      )}
    </main>
  )
}

function SessionHead({ session }: { session: SessionDetail }) {
  return (
    <div className="session-head">
      <p className="breadcrumb">
        <Link to="/sessions" search={(old) => ({ tz: old.tz })}>
          Sessions
        </Link>
      </p>
      <h1>
        <RunName run={session.run} principal={session.principal} />{' '}
        <span className="on-connection">
          on <Recorded text={session.connection} />
        </span>
      </h1>
      <div className="session-line">
        <Principal
          principal={session.principal}
          onBehalfOf={session.onBehalfOf}
          repository={session.run?.repository ?? null}
        />
        <span>
          <Moment iso={session.time} date />, {duration(session.durationMicros)}
        </span>
        <span>{counted(session.statements, 'statement')}</span>
        <SessionState state={session.state} reason={session.reason} />
      </div>
    </div>
  )
}

function NoStatements({ session }: { session: SessionDetail }) {
  if (session.state === 'refused') {
    return (
      <Notice tone="warning" icon="stop" title="The caller was not let in">
        <p>
          <Recorded text={session.message ?? session.reason} />
        </p>
        <p className="soft">
          Code <code>{session.error ?? session.reason}</code>. No statement was sent.
        </p>
      </Notice>
    )
  }
  return (
    <Notice tone="plain" icon="check" title="No statement was sent in this session">
      <p>
        The caller connected
        {session.state === 'open'
          ? ' and has not asked anything yet.'
          : ' and left without asking anything.'}
      </p>
    </Notice>
  )
}

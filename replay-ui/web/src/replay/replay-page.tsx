/** One session as it was, or as it goes on. `?at=` names a statement, `page` its rows, `t` a time of a terminal: a link to a moment. */
import { useQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import type { Outline, SessionDetail } from '@gatetrail/replay-api'
import { me } from '../api/questions.ts'
import { Moment } from '../design/moment.tsx'
import { Failure, Loading, Notice } from '../design/notice.tsx'
import { Principal, RunName } from '../design/principal.tsx'
import { Recorded, recorded } from '../design/recorded.tsx'
import { SessionState } from '../design/session-state.tsx'
import { counted } from '../text/numbers.ts'
import { duration } from '../time/moment.ts'
import { KillButton } from './player-tools.tsx'
import { Player } from './player.tsx'
import { outline as outlineQuestion, session as sessionQuestion, statementAt } from './questions.ts'
import './replay.css'
import { SessionPanel } from './session-panel.tsx'
import { TerminalPlayer } from './terminal-player.tsx'
import { useLive, type Live } from './use-live.ts'
import { WhoPanel } from './who-panel.tsx'

export function ReplayPage() {
  const { session } = useParams({ from: '/sessions/$session' })
  return <Replay key={session} id={session} />
}

function Replay({ id }: { id: string }) {
  const session = useQuery(sessionQuestion(id))
  const outline = useQuery(outlineQuestion(id))
  const detail = session.data
  useEffect(() => {
    const name = detail?.run?.workflow ?? detail?.principal.subject
    document.title = `${name === undefined ? 'Session' : recorded(name)} · Gatetrail`
  }, [detail])
  const error = session.error ?? outline.error
  if (error !== null) {
    const again = () => {
      if (session.error !== null) void session.refetch()
      if (outline.error !== null) void outline.refetch()
    }
    return (
      <main className="page">
        <Failure error={error} what="The session" retry={again} />
      </main>
    )
  }
  if (detail === undefined || outline.data === undefined) {
    return (
      <main className="page page-wide">
        <Loading what="The session" lines={12} />
      </main>
    )
  }
  return <Session session={detail} outline={outline.data} />
}

type SessionProps = { session: SessionDetail; outline: Outline }

function Session({ session, outline }: SessionProps) {
  const live = useLive(session)
  const isEmpty = outline.statements === 0 && live.tail.length === 0
  return (
    <main className="page page-wide replay-page">
      <SessionHead session={session} live={live} />
      {outline.kind === 'terminal' ? (
        <TerminalPlayer session={session} outline={outline} />
      ) : isEmpty ? (
        <div className="replay-empty">
          <NoStatements session={session} />
          <aside className="side-content" aria-label="Session">
            <WhoPanel session={session} />
            <SessionPanel session={session} />
          </aside>
        </div>
      ) : (
        <Opening session={session} outline={outline} live={live} />
      )}
    </main>
  )
}

/** Where the replay begins: at the statement of the address, at the end of a session that goes on, at what stands out, or first. */
function Opening({ session, outline, live }: SessionProps & { live: Live }) {
  const at = useSearch({ from: '/sessions/$session', select: (search) => search.at })
  const [seq] = useState(
    () => at ?? (live.state === 'off' ? outline.moments.find(isTelling)?.seq : undefined),
  )
  const [follows] = useState(at === undefined && live.state !== 'off')
  const { data, error, refetch } = useQuery({
    ...statementAt(session.session, { seq: seq ?? 0 }),
    enabled: seq !== undefined,
  })
  if (error !== null) {
    return <Failure error={error} what="That moment" retry={() => void refetch()} />
  }
  if (seq !== undefined && data === undefined) return <Loading what="The moment" lines={10} />
  const index = data?.current ?? 0
  return (
    <Player
      session={session}
      outline={outline}
      live={live}
      start={{ place: { index, waitedMs: 0 }, around: data?.statements ?? [], follows }}
    />
  )
}

function isTelling({ kind }: Outline['moments'][number]): boolean {
  return kind === 'touched' || kind === 'revealed' || kind === 'refused'
}

function SessionHead({ session, live }: { session: SessionDetail; live: Live }) {
  const { data } = useQuery(me)
  const mayKill = data?.permissions.includes('revoke') === true && session.state === 'open'
  return (
    <div className="session-head">
      <p className="breadcrumb">
        <Link to="/sessions" search={(old) => ({ tz: old.tz })}>
          Sessions
        </Link>
      </p>
      <div className="session-title">
        <h1>
          <RunName run={session.run} principal={session.principal} />{' '}
          <span className="on-connection">
            on <Recorded text={session.connection} />
          </span>
        </h1>
        {mayKill && <KillButton session={session} />}
      </div>
      <div className="session-line">
        <Principal
          principal={session.principal}
          onBehalfOf={session.onBehalfOf}
          run={session.run}
        />
        <span>
          <Moment iso={session.time} date />,{' '}
          {session.state === 'open' ? 'goes on' : duration(session.durationMicros)}
        </span>
        <span>{counted(session.statements, 'statement')}</span>
        <SessionState state={session.state} reason={session.reason} />
        <LiveBadge session={session} live={live} />
      </div>
    </div>
  )
}

function LiveBadge({ session, live }: { session: SessionDetail; live: Live }) {
  const words = liveWords(session, live)
  return (
    <span role="status">
      {words !== undefined && <span className={`badge ${words.badge}`}>{words.text}</span>}
    </span>
  )
}

function liveWords(session: SessionDetail, live: Live) {
  switch (live.state) {
    case 'off':
      return undefined
    case 'connecting':
      return { badge: '', text: 'Connecting…' }
    case 'live':
      return { badge: 'badge-danger badge-live', text: 'Live' }
    case 'waiting':
      return { badge: 'badge-warning', text: 'Not live: trying again' }
    case 'closed':
      return { badge: 'badge-warning', text: 'Not live: you may not watch it any more' }
    case 'ended':
      return {
        badge: 'badge-warning',
        text: `The session ended: ${recorded(session.reason.replaceAll('_', ' '))}`,
      }
    default:
      return live.state satisfies never
  }
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
          ? ' and has not asked anything yet. What it asks appears here by itself.'
          : ' and left without asking anything.'}
      </p>
    </Notice>
  )
}

/** Timeline, terminal and facts, side by side. Which statement and page is shown stands in the address. */
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect } from 'react'
import { transcript } from '../api/questions.ts'
import type { SessionDetail, TimelineStatement } from '@gatetrail/replay-api'
import { SessionFacts } from './session-facts.tsx'
import { StatementFacts } from './statement-facts.tsx'
import { StatementList } from './statement-list.tsx'
import { TimeStrip } from './time-strip.tsx'
import { TranscriptPanel } from './transcript-panel.tsx'
import { Transport } from './transport.tsx'
import { usePlayback } from './use-playback.ts'

type PlayerProps = {
  session: SessionDetail
  /** At least one. */
  statements: readonly TimelineStatement[]
  earlier: (() => void) | undefined
  more: boolean
  loadingMore: boolean
  loadMore: () => void
}

export function Player(props: PlayerProps) {
  const { session, statements, earlier, more, loadingMore, loadMore } = props
  const { at, page = 0 } = useSearch({ from: '/sessions/$session' })
  const navigate = useNavigate({ from: '/sessions/$session' })
  const selected = indexOf(statements, at)
  const statement = statements[selected]
  if (statement === undefined) throw new Error('a player has statements')

  const select = useCallback(
    (index: number) => {
      const seq = statements[index]?.seq
      // Replaced, not pushed: "back" leads to where the replay was opened from.
      if (seq !== undefined) {
        void navigate({ search: (old) => ({ ...old, at: seq, page: undefined }), replace: true })
      }
    },
    [navigate, statements],
  )
  const shown = useQuery(transcript(session.session, statement.seq, page))
  const pages = shown.data?.pages ?? page + 1
  const turnPage = (step: number) => {
    const wanted = page + step
    if (wanted < 0 || wanted >= pages) return
    void navigate({
      search: (old) => ({ ...old, at: statement.seq, page: wanted === 0 ? undefined : wanted }),
      replace: true,
    })
  }
  const next = useCallback(() => select(selected + 1), [select, selected])
  const following = statements[selected + 1]
  const playback = usePlayback({
    untilNextMicros: following && following.offsetMicros - statement.offsetMicros,
    ready: !shown.isPending,
    next,
  })
  const nearEnd = selected >= statements.length - 5
  useEffect(() => {
    if (nearEnd && more && !loadingMore) loadMore()
  }, [nearEnd, more, loadingMore, loadMore])

  return (
    <div className="player">
      <section className="timeline" aria-label="Timeline">
        <Transport
          selected={selected}
          statements={statements.length}
          more={more}
          select={select}
          {...playback}
        />
        <TimeStrip statements={statements} selected={selected} select={select} />
        {earlier !== undefined && (
          <button type="button" className="button button-quiet button-small" onClick={earlier}>
            Show the session from its beginning
          </button>
        )}
        <StatementList
          statements={statements}
          selected={selected}
          select={select}
          turnPage={turnPage}
        />
        {more && (
          <button
            type="button"
            className="button button-small"
            disabled={loadingMore}
            onClick={loadMore}
          >
            {loadingMore ? 'Loading…' : 'Show more statements'}
          </button>
        )}
      </section>
      <TranscriptPanel
        session={session.session}
        statement={statement}
        transcript={shown}
        page={page}
        turnPage={turnPage}
      />
      <aside className="facts" aria-label="About this statement">
        <StatementFacts statement={statement} />
        <SessionFacts session={session} />
      </aside>
    </div>
  )
}

/** Without `at`: the first statement that touched personal data or was refused, else the first. */
function indexOf(statements: readonly TimelineStatement[], at: number | undefined): number {
  if (at === undefined) {
    const telling = statements.findIndex(
      ({ touches, verdict }) => touches.length > 0 || verdict !== 'allow',
    )
    return Math.max(0, telling)
  }
  const after = statements.findIndex(({ seq }) => seq > at)
  return Math.max(0, (after === -1 ? statements.length : after) - 1)
}

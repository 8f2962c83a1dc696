/** What goes on at the moment: open sessions with what they do, and who was refused. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Now, OpenSession, RefusedCaller } from '@gatetrail/replay-api'
import { useState } from 'react'
import { Moment } from '../design/moment.tsx'
import { Notice } from '../design/notice.tsx'
import { Principal, RunName } from '../design/principal.tsx'
import { Recorded } from '../design/recorded.tsx'
import { bytes, count, counted } from '../text/numbers.ts'
import { verdictWord } from '../text/words.ts'
import { duration } from '../time/moment.ts'
import { Asked } from './asked.tsx'
import { DataTable, type Column } from './data-table.tsx'
import { KillDialog } from '../stop/kill-dialog.tsx'
import { Nothing, OperationFrame, usePermissions } from './operation-frame.tsx'
import { now } from './questions.ts'

/** Every look is on record: by itself the page looks only when its reader wants that, or has just ended something. */
const watchMs = 10_000
const endingMs = 2_000
/** A proxy that has not obeyed by then is out of reach: its reader asks again. */
const endingMsMax = 60_000

export function NowPage() {
  const [watching, setWatching] = useState(false)
  const [ended, setEnded] = useState<ReadonlyMap<string, OpenSession>>(new Map())
  const [askUntil, setAskUntil] = useState(0)
  const [asking, setAsking] = useState(false)
  const query = useQuery({
    ...now,
    refetchInterval: ({ state }) => {
      // Nothing moves below a dialog: a row that goes away would take it along.
      if (asking) return false
      const isEnding = state.data?.open.some(({ session }) => ended.has(session.session)) === true
      return isEnding && Date.now() < askUntil ? endingMs : watching && watchMs
    },
  })
  const end = (open: OpenSession) => {
    setEnded(new Map(ended).set(open.session.session, open))
    setAskUntil(Date.now() + endingMsMax)
    void query.refetch()
  }
  return (
    <OperationFrame
      title="Now"
      about="Sessions that are open, with what they do, and callers that were not let in."
      refresh={{ busy: query.isFetching, ask: () => void query.refetch() }}
      tools={
        <label>
          <input
            type="checkbox"
            checked={watching}
            onChange={({ target }) => setWatching(target.checked)}
          />
          Ask every 10 s
        </label>
      }
    >
      <Asked query={query} what="What goes on">
        {(data) => (
          <>
            <section aria-labelledby="open-sessions">
              <Ended ended={ended} data={data} />
              <h2 id="open-sessions">
                {data.opened === 0 ? 'No open session' : counted(data.opened, 'open session')}
                {data.open.length < data.opened && `, the newest ${data.open.length} shown`}
              </h2>
              {data.open.length === 0 ? (
                <Nothing>
                  Nobody is connected at the moment. A session is here about a second after it
                  began.
                </Nothing>
              ) : (
                <OpenSessions data={data} ending={ended} asking={setAsking} end={end} />
              )}
            </section>
            <section aria-labelledby="refused-callers">
              <h2 id="refused-callers">
                {data.refusals === 0
                  ? 'Nobody was refused in the last hour'
                  : `${counted(data.refusals, 'caller')} refused in the last hour`}
              </h2>
              {data.refused.length > 0 && (
                <DataTable
                  caption="Callers that were refused"
                  columns={refusedColumns}
                  rows={data.refused}
                  keyOf={({ time, clientAddress, reason }) => `${time} ${clientAddress} ${reason}`}
                />
              )}
            </section>
          </>
        )}
      </Asked>
    </OperationFrame>
  )
}

type EndedProps = { ended: ReadonlyMap<string, OpenSession>; data: Now }

/** What was ended here, once it is over. */
function Ended({ ended, data }: EndedProps) {
  const over = [...ended.keys()].filter(
    (session) => !data.open.some((open) => open.session.session === session),
  )
  return (
    <div role="status">
      {over.length > 0 && (
        <Notice
          tone="good"
          icon="check"
          title={over.length === 1 ? 'The session has ended' : `${over.length} sessions have ended`}
        >
          {over.map((session) => {
            const principal = ended.get(session)?.session.principal
            return (
              <p key={session}>
                <Link to="/sessions/$session" params={{ session }} search={({ tz }) => ({ tz })}>
                  See what <Recorded text={principal?.subject ?? session} /> did
                </Link>
              </p>
            )
          })}
        </Notice>
      )}
    </div>
  )
}

type OpenSessionsProps = {
  data: Now
  ending: ReadonlyMap<string, OpenSession>
  asking: (open: boolean) => void
  end: (open: OpenSession) => void
}

function OpenSessions({ data, ending, asking, end }: OpenSessionsProps) {
  const mayEnd = usePermissions().includes('revoke')
  const columns: Column<OpenSession>[] = [
    {
      name: 'Who',
      cell: ({ session: { run, principal, onBehalfOf } }) => (
        <>
          <strong>
            <RunName run={run} principal={principal} />
          </strong>
          <Principal principal={principal} onBehalfOf={onBehalfOf} />
        </>
      ),
    },
    {
      name: 'Connection',
      cell: ({ session }) => (
        <code>
          <Recorded text={session.connection} />
        </code>
      ),
    },
    {
      name: 'Since',
      cell: ({ session: { session, time } }) => (
        <>
          <Link to="/sessions/$session" params={{ session }} search={({ tz }) => ({ tz })}>
            <Moment iso={time} date />
          </Link>
          <div className="soft numeric">{lasted(time, data.at)}</div>
        </>
      ),
    },
    { name: 'Last statement', wide: true, cell: ({ last }) => <Last last={last} at={data.at} /> },
    {
      name: 'Statements',
      right: true,
      cell: ({ session }) => (
        <>
          {count(session.statements)}
          {session.denied > 0 && <div className="danger-text">{count(session.denied)} refused</div>}
        </>
      ),
    },
    { name: 'Answered', right: true, cell: ({ answeredBytes }) => bytes(answeredBytes) },
    {
      name: 'Touched',
      right: true,
      cell: ({ session }) => (session.touchedValues === 0 ? '–' : count(session.touchedValues)),
    },
  ]
  const actions: Column<OpenSession> = {
    name: 'Action',
    cell: (open) =>
      ending.has(open.session.session) ? (
        <span className="badge badge-warning">ending…</span>
      ) : (
        <KillDialog
          session={open.session}
          trigger={
            <button type="button" className="button button-small">
              End…
            </button>
          }
          asking={asking}
          done={() => end(open)}
        />
      ),
  }
  return (
    <DataTable
      caption="Open sessions"
      columns={mayEnd ? [...columns, actions] : columns}
      rows={data.open}
      keyOf={({ session }) => session.session}
    />
  )
}

function Last({ last, at }: { last: OpenSession['last']; at: string }) {
  if (last === null) return <span className="soft">none yet</span>
  const runs = last.verdict === 'allow' && !last.completed
  return (
    <>
      <code className="statement-line">
        <Recorded text={last.text} />
        {last.textCut && '…'}
      </code>
      <span className={runs ? 'badge badge-warning' : 'badge'}>
        {runs
          ? `running for ${lasted(last.time, at)}`
          : last.verdict === 'allow'
            ? `answered, ${lasted(last.time, at)} ago`
            : `${verdictWord(last.verdict)}, ${lasted(last.time, at)} ago`}
      </span>
    </>
  )
}

/** Never less than nothing: the clocks of two machines differ. */
function lasted(from: string, to: string): string {
  return duration(Math.max(0, Math.floor((Date.parse(to) - Date.parse(from)) / 1_000)) * 1_000_000)
}

const refusedColumns: readonly Column<RefusedCaller>[] = [
  { name: 'When', cell: ({ time }) => <Moment iso={time} date /> },
  {
    name: 'From',
    cell: ({ clientAddress }) => (
      <code>
        <Recorded text={clientAddress} />
      </code>
    ),
  },
  {
    name: 'Who',
    cell: ({ principal, issuer }) =>
      principal === null ? (
        <span className="soft">
          not known{issuer !== null && ', with a token of '}
          {issuer !== null && <Recorded text={issuer} />}
        </span>
      ) : (
        <Recorded text={principal} />
      ),
  },
  {
    name: 'Asked for',
    cell: ({ connection }) => (connection === null ? '–' : <Recorded text={connection} />),
  },
  {
    name: 'Why',
    wide: true,
    cell: ({ reason, message }) => (
      <>
        <code>{reason}</code>
        {message !== null && (
          <div className="soft">
            <Recorded text={message} />
          </div>
        )}
      </>
    ),
  },
  { name: 'Times', right: true, cell: (refused) => count(refused.count) },
]

/** One principal: what it did, in which runs and on which connections. */
import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { PrincipalDetail } from '@gatetrail/replay-api'
import { Moment } from '../design/moment.tsx'
import { ConnectionName, ConnectionNames } from '../design/names.tsx'
import { BehalfNames, Principal, RunName } from '../design/principal.tsx'
import { Recorded } from '../design/recorded.tsx'
import { bytes, count, counted } from '../text/numbers.ts'
import { useZone } from '../time/use-zone.ts'
import { Asked } from './asked.tsx'
import { countedDays } from './counted-days.ts'
import { DataTable, type Column } from './data-table.tsx'
import { Nothing, OperationFrame } from './operation-frame.tsx'
import { principal } from './questions.ts'

type RunRow = PrincipalDetail['runs'][number]
type ConnectionRow = PrincipalDetail['connections'][number]
type Counts = Pick<
  RunRow,
  'sessions' | 'statements' | 'refused' | 'touched' | 'uninspectedBytes' | 'first' | 'last'
>

export function PrincipalPage() {
  const { id } = useSearch({ from: '/operation/principal' })
  return id === undefined ? (
    <OperationFrame title="Principal" about="The address names none." within="Principals">
      <Nothing>
        <Link to="/operation/principals" search={({ tz }) => ({ tz })}>
          All principals
        </Link>
      </Nothing>
    </OperationFrame>
  ) : (
    <OnePrincipal id={id} />
  )
}

function OnePrincipal({ id }: { id: string }) {
  const [nowMs] = useState(() => Date.now())
  const { from, inSessions, inTouches } = countedDays(useZone(), nowMs)
  const query = useQuery(principal(id, from))
  return (
    <OperationFrame
      title={<Recorded text={id} />}
      within="Principals"
      about="What it did in the last 90 days."
      refresh={{ busy: query.isFetching, ask: () => void query.refetch() }}
    >
      <Asked query={query} what="The principal" lines={8}>
        {({ principal: found, runs, connections, truncated }) => (
          <>
            <section aria-label="Summary">
              <Principal principal={found} onBehalfOf={[]} />
              <dl className="pairs">
                <dt>Groups</dt>
                <dd>
                  {found.groups.length === 0 ? 'none' : <Recorded text={found.groups.join(', ')} />}
                </dd>
                <dt>Seen</dt>
                <dd>
                  from <Moment iso={found.first} date /> to <Moment iso={found.last} date />
                </dd>
                <dt>Sessions</dt>
                <dd>
                  <Link
                    to="/sessions"
                    search={({ tz }) => ({ tz, principal: found.id, ...inSessions })}
                  >
                    {counted(found.sessions, 'session')}
                  </Link>
                  {found.open > 0 && `, ${count(found.open)} of them open`}
                </dd>
                <dt>Statements</dt>
                <dd>
                  {count(found.statements)},{' '}
                  {found.refused === 0 ? (
                    'none refused'
                  ) : (
                    <>
                      <Link
                        className="danger-text"
                        to="/sessions"
                        search={({ tz }) => ({
                          tz,
                          principal: found.id,
                          refused: 'true',
                          ...inSessions,
                        })}
                      >
                        {count(found.refused)} refused
                      </Link>{' '}
                      (openings included)
                    </>
                  )}
                </dd>
                <dt>Personal data</dt>
                <dd>
                  {found.touched === 0 ? (
                    'none found'
                  ) : (
                    <Link
                      to="/touches"
                      search={({ tz }) => ({ tz, by: 'run', principal: found.id, ...inTouches })}
                    >
                      {counted(found.touched, 'value')} touched
                    </Link>
                  )}
                  {found.uninspectedBytes > 0 && `, ${bytes(found.uninspectedBytes)} not inspected`}
                </dd>
              </dl>
            </section>
            <section aria-labelledby="connections">
              <h2 id="connections">Connections</h2>
              {connections.length === 0 ? (
                <Nothing>None was reached.</Nothing>
              ) : (
                <DataTable
                  caption="Connections of this principal"
                  columns={ofConnections}
                  rows={connections}
                  keyOf={({ connection }) => connection}
                />
              )}
            </section>
            <section aria-labelledby="runs">
              <h2 id="runs">Runs{truncated && ', the newest'}</h2>
              {runs.length === 0 ? (
                <Nothing>It acted for itself: no run is named in its tokens.</Nothing>
              ) : (
                <DataTable
                  caption="Runs of this principal"
                  columns={[
                    { name: 'Run', cell: ({ run }) => <RunName run={run} principal={found} /> },
                    ...ofRuns,
                  ]}
                  rows={runs}
                  keyOf={({ run }) => `${run.provider} ${run.id} ${run.attempt}`}
                />
              )}
            </section>
          </>
        )}
      </Asked>
    </OperationFrame>
  )
}

const counts: readonly Column<Counts>[] = [
  { name: 'Sessions', right: true, cell: ({ sessions }) => count(sessions) },
  { name: 'Statements', right: true, cell: ({ statements }) => count(statements) },
  {
    name: 'Refused',
    right: true,
    cell: ({ refused }) =>
      refused === 0 ? '0' : <strong className="danger-text">{count(refused)}</strong>,
  },
  { name: 'Touched', right: true, cell: ({ touched }) => count(touched) },
  { name: 'Not inspected', right: true, cell: ({ uninspectedBytes }) => bytes(uninspectedBytes) },
  { name: 'First', cell: ({ first }) => <Moment iso={first} date /> },
  { name: 'Last', cell: ({ last }) => <Moment iso={last} date /> },
]

const ofConnections: readonly Column<ConnectionRow>[] = [
  { name: 'Connection', cell: ({ connection }) => <ConnectionName connection={connection} /> },
  ...counts,
]

const ofRuns: readonly Column<RunRow>[] = [
  { name: 'Connections', cell: ({ connections }) => <ConnectionNames names={connections} /> },
  {
    name: 'On behalf of',
    cell: ({ onBehalfOf }) => (onBehalfOf.length === 0 ? '–' : <BehalfNames names={onBehalfOf} />),
  },
  ...counts,
]

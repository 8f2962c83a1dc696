/** Connections, configured and seen; with what they carried on a day for who may read the trail. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { ConnectionActivity } from '@gatetrail/replay-api'
import { connections } from '../api/questions.ts'
import { CountLink } from '../design/count-link.tsx'
import { Moment } from '../design/moment.tsx'
import { Recorded } from '../design/recorded.tsx'
import { bytes, count, counted } from '../text/numbers.ts'
import { DayField } from '../design/day-field.tsx'
import { useZone } from '../time/use-zone.ts'
import { Asked } from './asked.tsx'
import { DataTable, type Column } from './data-table.tsx'
import { Nothing, OperationFrame, usePermissions } from './operation-frame.tsx'
import { connectionActivity } from './questions.ts'

export function ConnectionsPage() {
  return usePermissions().includes('read_audit') ? <WithActivity /> : <Configured />
}

function Configured() {
  const query = useQuery(connections)
  return (
    <OperationFrame
      title="Connections"
      about="The configured ones. What they carried is for who may read the trail."
    >
      <Asked query={query} what="The connections">
        {(data) => (
          <DataTable
            caption="Connections"
            rows={data.connections}
            keyOf={({ name }) => name}
            columns={[
              { name: 'Connection', cell: ({ name }) => <Recorded text={name} /> },
              { name: 'Protocol', cell: ({ protocol }) => protocol },
              { name: 'Tags', cell: ({ tags }) => (tags.length === 0 ? '–' : tags.join(', ')) },
              {
                name: 'Tagged columns',
                right: true,
                cell: ({ columns }) => count(Object.keys(columns).length),
              },
            ]}
          />
        )}
      </Asked>
    </OperationFrame>
  )
}

function WithActivity() {
  const tz = useZone()
  const { on } = useSearch({ from: '/operation/connections' })
  const navigate = useNavigate()
  const query = useQuery(connectionActivity(on, tz))
  return (
    <OperationFrame
      title="Connections"
      about="Those that are configured, and those that are on record, with the sessions that began on the day."
      refresh={{ busy: query.isFetching, ask: () => void query.refetch() }}
      tools={
        <label>
          Day
          <DayField
            day={on ?? query.data?.on}
            apply={(day) =>
              void navigate({
                to: '/operation/connections',
                search: (old) => ({ ...old, on: day }),
              })
            }
          />
        </label>
      }
    >
      <Asked query={query} what="The connections">
        {(data) =>
          data.connections.length === 0 ? (
            <Nothing>No connection that you may see is configured or on record.</Nothing>
          ) : (
            <>
              <p className="soft">
                Of {data.on} in {data.tz}.
              </p>
              <DataTable
                caption={`Connections on ${data.on}`}
                columns={columnsOn(data.on)}
                rows={data.connections}
                keyOf={({ connection }) => connection}
              />
            </>
          )
        }
      </Asked>
    </OperationFrame>
  )
}

function columnsOn(day: string): Column<ConnectionActivity>[] {
  return [
    {
      name: 'Connection',
      cell: ({ connection, configured, protocol }) => (
        <>
          <Link to="/sessions" search={({ tz }) => ({ tz, connection, on: day })}>
            <Recorded text={connection} />
          </Link>{' '}
          <span className="soft">{protocol}</span>{' '}
          {!configured && (
            <span
              className="badge"
              title="It is on record, and in no configuration that is known here."
            >
              not configured
            </span>
          )}
        </>
      ),
    },
    {
      name: 'Open',
      right: true,
      cell: ({ connection, open }) => (
        <CountLink
          value={open}
          label={`${counted(open, 'session')} open`}
          to="/sessions"
          search={({ tz }) => ({ tz, connection, state: 'open' })}
        />
      ),
    },
    { name: 'Sessions', right: true, cell: ({ sessions }) => count(sessions) },
    { name: 'Statements', right: true, cell: ({ statements }) => count(statements) },
    {
      name: 'Refused',
      right: true,
      cell: ({ connection, refused }) => (
        <CountLink
          value={refused}
          label={`${count(refused)} refused`}
          bad
          to="/sessions"
          search={({ tz }) => ({ tz, connection, on: day, refused: 'true' })}
        />
      ),
    },
    {
      name: 'Not let in',
      right: true,
      cell: ({ connection, refusedCallers }) => (
        <CountLink
          value={refusedCallers}
          label={`${counted(refusedCallers, 'caller')} not let in`}
          bad
          to="/sessions"
          search={({ tz }) => ({ tz, connection, on: day, state: 'refused' })}
        />
      ),
    },
    {
      name: 'Touched',
      right: true,
      cell: ({ connection, touched }) => (
        <CountLink
          value={touched}
          label={`${counted(touched, 'value')} touched`}
          to="/touches"
          search={({ tz }) => ({ tz, by: 'run', connection, from: day, to: day })}
        />
      ),
    },
    {
      name: 'Shown in clear',
      right: true,
      cell: ({ connection, revealed }) => (
        <CountLink
          value={revealed}
          label={`${counted(revealed, 'value')} shown in clear`}
          bad
          to="/touches"
          search={({ tz }) => ({
            ...{ tz, by: 'run', connection, from: day, to: day },
            outcome: 'revealed',
          })}
        />
      ),
    },
    {
      name: 'Not inspected',
      right: true,
      cell: ({ uninspectedBytes }) =>
        uninspectedBytes === 0 ? (
          '0 B'
        ) : (
          <span className="warning-text">{bytes(uninspectedBytes)}</span>
        ),
    },
    { name: 'Last seen', cell: ({ last }) => (last === null ? '–' : <Moment iso={last} date />) },
  ]
}

/** Who was there, those seen last first. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { PrincipalRow } from '@gatetrail/replay-api'
import { AddressField } from '../design/address-field.tsx'
import { CountLink } from '../design/count-link.tsx'
import { Moment } from '../design/moment.tsx'
import { ConnectionNames } from '../design/names.tsx'
import { Recorded } from '../design/recorded.tsx'
import { count, counted } from '../text/numbers.ts'
import { principalKindWord } from '../text/words.ts'
import { useZone } from '../time/use-zone.ts'
import { Asked } from './asked.tsx'
import { countedDays, type CountedDays } from './counted-days.ts'
import { DataTable, type Column } from './data-table.tsx'
import { Nothing, OperationFrame } from './operation-frame.tsx'
import { principals } from './questions.ts'

export function PrincipalsPage() {
  const { search, cursor } = useSearch({ from: '/operation/principals' })
  const navigate = useNavigate()
  const [nowMs] = useState(() => Date.now())
  const days = countedDays(useZone(), nowMs)
  const query = useQuery(principals({ search, cursor }, days.from))
  return (
    <OperationFrame
      title="Principals"
      about="Who opened a session, or tried to, in the last 90 days."
      refresh={{ busy: query.isFetching, ask: () => void query.refetch() }}
    >
      <form
        className="filters"
        aria-label="Filter"
        onSubmit={(event) => {
          event.preventDefault()
          const value = new FormData(event.currentTarget).get('search')
          const asked = typeof value === 'string' ? value.trim() || undefined : undefined
          void navigate({
            to: '/operation/principals',
            search: ({ tz }) => ({ tz, search: asked }),
          })
        }}
      >
        <label className="filter-wide">
          Name or group
          <AddressField name="search" value={search} maxLength={200} />
        </label>
        <button type="submit" className="button">
          Find
        </button>
      </form>
      <Asked query={query} what="The principals" lines={8}>
        {({ principals: rows, nextCursor }) => (
          <>
            {rows.length === 0 ? (
              <Nothing>
                {search === undefined
                  ? 'Nobody opened a session in that time.'
                  : 'No principal of that name or group opened a session in that time.'}
              </Nothing>
            ) : (
              <DataTable
                caption="Principals"
                columns={columnsOf(days)}
                rows={rows}
                keyOf={({ id }) => id}
              />
            )}
            <nav className="pager" aria-label="Pages of principals">
              {cursor !== undefined && (
                <Link
                  className="button"
                  to="/operation/principals"
                  search={(old) => ({ ...old, cursor: undefined })}
                >
                  First page
                </Link>
              )}
              {nextCursor !== null && (
                <Link
                  className="button"
                  to="/operation/principals"
                  search={(old) => ({ ...old, cursor: nextCursor })}
                >
                  Seen earlier
                </Link>
              )}
            </nav>
          </>
        )}
      </Asked>
    </OperationFrame>
  )
}

const columnsOf = ({ inSessions, inTouches }: CountedDays): readonly Column<PrincipalRow>[] => [
  {
    name: 'Principal',
    cell: ({ id, kind, open }) => (
      <>
        <Link to="/operation/principal" search={({ tz }) => ({ tz, id })}>
          <Recorded text={id} />
        </Link>
        <div>
          <span className="badge">{principalKindWord(kind)}</span>{' '}
          {open > 0 && <span className="badge badge-good">{count(open)} open</span>}
        </div>
      </>
    ),
  },
  {
    name: 'Groups',
    cell: ({ groups }) => (groups.length === 0 ? '–' : <Recorded text={groups.join(', ')} />),
  },
  {
    name: 'Connections',
    cell: ({ connections }) => <ConnectionNames names={connections.filter(Boolean)} />,
  },
  { name: 'Sessions', right: true, cell: ({ sessions }) => count(sessions) },
  { name: 'Statements', right: true, cell: ({ statements }) => count(statements) },
  {
    name: 'Refused',
    right: true,
    cell: ({ id, refused }) => (
      <CountLink
        value={refused}
        label={`${count(refused)} refused`}
        bad
        to="/sessions"
        search={({ tz }) => ({ tz, principal: id, refused: 'true', ...inSessions })}
      />
    ),
  },
  {
    name: 'Touched',
    right: true,
    cell: ({ id, touched }) => (
      <CountLink
        value={touched}
        label={`${counted(touched, 'value')} touched`}
        to="/touches"
        search={({ tz }) => ({ tz, by: 'run', principal: id, ...inTouches })}
      />
    ),
  },
  { name: 'First seen', cell: ({ first }) => <Moment iso={first} date /> },
  { name: 'Last seen', cell: ({ last }) => <Moment iso={last} date /> },
]

/** The audit's own log: who looked at what. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { AuditRead } from '@gatetrail/replay-api'
import { AddressField } from '../design/address-field.tsx'
import { Moment } from '../design/moment.tsx'
import { Recorded } from '../design/recorded.tsx'
import { count } from '../text/numbers.ts'
import { addDays, isDay, startOfDay } from '../time/day.ts'
import { useZone } from '../time/use-zone.ts'
import type { LogSearch } from './address.ts'
import { Asked } from './asked.tsx'
import { DataTable, type Column } from './data-table.tsx'
import { Nothing, OperationFrame } from './operation-frame.tsx'
import { auditLog } from './questions.ts'

export function LogPage() {
  const search = useSearch({ from: '/operation/log' })
  const { on, who, question, cursor } = search
  const zone = useZone()
  const [from, to] =
    on === undefined ? [] : [startOfDay(on, zone), startOfDay(addDays(on, 1), zone)]
  const query = useQuery(auditLog(search, from?.toISOString(), to?.toISOString()))
  return (
    <OperationFrame
      title="Audit log"
      about={`Who looked at what, ${on === undefined ? 'in the last seven days' : `on ${on} in ${zone}`}. This look is on record, too.`}
      refresh={{ busy: query.isFetching, ask: () => void query.refetch() }}
    >
      <Filters search={search} />
      <Asked query={query} what="The audit log" lines={10}>
        {({ reads, nextCursor }) => (
          <>
            {reads.length === 0 ? (
              <Nothing>
                {who === undefined && question === undefined
                  ? 'Nobody looked at anything in that time.'
                  : 'No look of that kind in that time.'}
              </Nothing>
            ) : (
              <DataTable
                caption="Looks at the trail"
                columns={columns}
                rows={reads}
                keyOf={({ session, seq }) => `${session} ${seq}`}
              />
            )}
            <nav className="pager" aria-label="Pages of the audit log">
              {cursor !== undefined && (
                <Link
                  className="button"
                  to="/operation/log"
                  search={(old) => ({ ...old, cursor: undefined })}
                >
                  Newest
                </Link>
              )}
              {nextCursor !== null && (
                <Link
                  className="button"
                  to="/operation/log"
                  search={(old) => ({ ...old, cursor: nextCursor })}
                >
                  Earlier looks
                </Link>
              )}
            </nav>
          </>
        )}
      </Asked>
    </OperationFrame>
  )
}

function Filters({ search }: { search: LogSearch }) {
  const navigate = useNavigate()
  return (
    <form
      className="filters"
      aria-label="Filter"
      onSubmit={(event) => {
        event.preventDefault()
        const form = new FormData(event.currentTarget)
        const given = (name: string) => {
          const value = form.get(name)
          return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
        }
        const day = given('on')
        const asked = { who: given('who'), question: given('question') }
        void navigate({
          to: '/operation/log',
          search: ({ tz }) => ({
            tz,
            ...asked,
            on: day !== undefined && isDay(day) ? day : undefined,
          }),
        })
      }}
    >
      <label>
        Day
        <AddressField type="date" name="on" value={search.on} />
      </label>
      <label className="filter-wide">
        Who
        <AddressField name="who" value={search.who} placeholder="issuer#subject, or local" />
      </label>
      <label>
        Question
        <AddressField name="question" value={search.question} placeholder="such as replay" />
      </label>
      <button type="submit" className="button">
        Find
      </button>
    </form>
  )
}

const columns: readonly Column<AuditRead>[] = [
  { name: 'When', cell: ({ time }) => <Moment iso={time} date /> },
  {
    name: 'Who',
    cell: ({ who }) => (
      <Link to="/operation/log" search={(old) => ({ ...old, who, cursor: undefined })}>
        <Recorded text={who} />
      </Link>
    ),
  },
  { name: 'Role', cell: ({ role }) => <span className="badge">{role}</span> },
  {
    name: 'Question',
    cell: ({ question }) => (
      <Link to="/operation/log" search={(old) => ({ ...old, question, cursor: undefined })}>
        <code className="one-line">{question}</code>
      </Link>
    ),
  },
  { name: 'Asked for', wide: true, cell: (read) => <Parameters parameters={read.parameters} /> },
  { name: 'Shown', right: true, cell: ({ rows }) => count(rows) },
]

function Parameters({ parameters }: Pick<AuditRead, 'parameters'>) {
  const { session, ...others } = parameters
  const rest = Object.entries(others).map(([name, value]) => `${name} ${value}`)
  return (
    <>
      {session !== undefined && (
        <Link to="/sessions/$session" params={{ session }} search={({ tz }) => ({ tz })}>
          <code>
            <Recorded text={session} />
          </code>
        </Link>
      )}
      {session !== undefined && rest.length > 0 && ', '}
      <Recorded text={rest.join(', ')} />
      {session === undefined && rest.length === 0 && '–'}
    </>
  )
}

/** Policy sets that were loaded, and changes that were refused. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { PolicySet } from '@gatetrail/replay-api'
import { Moment } from '../design/moment.tsx'
import { Recorded } from '../design/recorded.tsx'
import { fileWord } from '../text/words.ts'
import { count, counted } from '../text/numbers.ts'
import { Asked } from './asked.tsx'
import { DataTable, type Column } from './data-table.tsx'
import { Nothing, OperationFrame } from './operation-frame.tsx'
import { policies } from './questions.ts'

export function PoliciesPage() {
  const query = useQuery(policies)
  return (
    <OperationFrame
      title="Policies"
      about="Every decision names the set of policies that it was made by. A changed file makes another set."
      refresh={{ busy: query.isFetching, ask: () => void query.refetch() }}
    >
      <Asked query={query} what="The policies">
        {({ sets, refused, truncated }) => (
          <>
            <section aria-labelledby="sets">
              <h2 id="sets">Sets{truncated && ', the newest'}</h2>
              {sets.length === 0 ? (
                <Nothing>No proxy has loaded policies yet.</Nothing>
              ) : (
                <DataTable
                  caption="Policy sets"
                  columns={columns}
                  rows={sets}
                  keyOf={({ policySet }) => policySet}
                />
              )}
            </section>
            {refused.length > 0 && (
              <section aria-labelledby="refused-policies">
                <h2 id="refused-policies">Changes that were refused</h2>
                <DataTable
                  caption="Changes that were refused"
                  rows={refused}
                  keyOf={({ time, writer, file }) => `${time} ${writer} ${file}`}
                  columns={[
                    { name: 'When', cell: ({ time }) => <Moment iso={time} date /> },
                    {
                      name: 'Where',
                      cell: ({ file, line, column }) => (
                        <code>
                          <Recorded
                            text={[file, line, column].filter((part) => part !== null).join(':')}
                          />
                        </code>
                      ),
                    },
                    { name: 'Why', wide: true, cell: ({ message }) => <Recorded text={message} /> },
                  ]}
                />
              </section>
            )}
          </>
        )}
      </Asked>
    </OperationFrame>
  )
}

const columns: readonly Column<PolicySet>[] = [
  {
    name: 'Set',
    cell: ({ policySet, inForce }) => (
      <>
        <Link
          to="/operation/policies/$set"
          params={{ set: policySet }}
          search={({ tz }) => ({ tz })}
          title={policySet}
        >
          <code className="one-line">{policySet.slice(0, 12)}</code>
        </Link>{' '}
        {inForce && <span className="badge badge-good">in force</span>}
      </>
    ),
  },
  { name: 'Policies', right: true, cell: (set) => count(set.policies) },
  {
    name: 'Files',
    wide: true,
    cell: ({ files }) => files.map((file) => <Line key={file} text={fileWord(file)} />),
  },
  { name: 'First loaded', cell: ({ first }) => <Moment iso={first} date /> },
  { name: 'Last loaded', cell: ({ last }) => <Moment iso={last} date /> },
  {
    name: 'By',
    cell: ({ loadings, writers }) => (
      <span
        className="one-line"
        title={loadings.map(({ instance, writer }) => instance ?? writer).join(', ')}
      >
        {counted(writers, 'process', 'processes')}
      </span>
    ),
  },
]

function Line({ text }: { text: string }) {
  return (
    <div>
      <Recorded text={text} />
    </div>
  )
}

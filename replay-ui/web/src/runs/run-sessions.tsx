/** The sessions of a run, in the order of time. */
import { Link } from '@tanstack/react-router'
import type { RunAnswer } from '@gatetrail/replay-api'
import { Moment } from '../design/moment.tsx'
import { ConnectionName } from '../design/names.tsx'
import { SessionState } from '../design/session-state.tsx'
import { bytes, count, counted } from '../text/numbers.ts'

export function RunSessions({ answer }: { answer: RunAnswer }) {
  const { sessions, truncated, totals } = answer
  return (
    <section className="run-story" aria-labelledby="run-sessions">
      <h2 id="run-sessions">
        {counted(totals.sessions, 'session')}
        {totals.refused > 0 && (
          <span className="danger-text">, {count(totals.refused)} not let in</span>
        )}
      </h2>
      <table className="data-table">
        <thead>
          <tr>
            <th scope="col">Began</th>
            <th scope="col">Connection</th>
            <th scope="col">State</th>
            <th scope="col" className="right">
              Statements
            </th>
            <th scope="col" className="right">
              Refused
            </th>
            <th scope="col" className="right">
              Rows
            </th>
            <th scope="col" className="right">
              Touched values
            </th>
            <th scope="col" className="right">
              Not inspected
            </th>
          </tr>
        </thead>
        <tbody>
          {sessions.map((session) => (
            <tr key={session.session}>
              <th scope="row">
                <Link to="/sessions/$session" params={{ session: session.session }}>
                  <Moment iso={session.time} date />
                </Link>
              </th>
              <td data-label="Connection">
                <ConnectionName connection={session.connection} />
              </td>
              <td data-label="State">
                <SessionState state={session.state} reason={session.reason} />
              </td>
              <td data-label="Statements" className="right numeric">
                {count(session.statements)}
              </td>
              <td data-label="Refused" className="right numeric">
                {session.denied === 0 ? (
                  '0'
                ) : (
                  <strong className="danger-text">{count(session.denied)}</strong>
                )}
              </td>
              <td data-label="Rows" className="right numeric">
                {count(session.rows)}
              </td>
              <td data-label="Touched values" className="right numeric">
                {count(session.touchedValues)}
              </td>
              <td data-label="Not inspected" className="right numeric">
                {bytes(session.uninspectedBytes)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {truncated && (
        <p className="soft">
          The first {count(sessions.length)} of {counted(totals.sessions, 'session')} are shown.
        </p>
      )}
    </section>
  )
}

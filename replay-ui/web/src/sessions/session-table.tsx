/** One row per session; on a narrow screen, one card. */
import { Link } from '@tanstack/react-router'
import type { Session } from '@gatetrail/replay-api'
import { Icon } from '../design/icons.tsx'
import { Moment } from '../design/moment.tsx'
import { Principal, RunName } from '../design/principal.tsx'
import { Recorded } from '../design/recorded.tsx'
import { SessionState } from '../design/session-state.tsx'
import { bytes, count } from '../text/numbers.ts'
import { duration } from '../time/moment.ts'

export function SessionTable({ sessions }: { sessions: readonly Session[] }) {
  return (
    <table className="data-table session-table">
      <thead>
        <tr>
          <th scope="col">Began</th>
          <th scope="col">Who</th>
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
          <th scope="col">Personal data</th>
          <th scope="col" className="right">
            Lasted
          </th>
        </tr>
      </thead>
      <tbody>
        {sessions.map((session) => (
          <SessionRow key={session.session} session={session} />
        ))}
      </tbody>
    </table>
  )
}

function SessionRow({ session }: { session: Session }) {
  const { principal, run, onBehalfOf, touchedValues, entities, uninspectedBytes } = session
  return (
    <tr>
      <th scope="row" data-label="Began">
        <Link
          to="/sessions/$session"
          params={{ session: session.session }}
          search={(old) => ({ tz: old.tz })}
        >
          <Moment iso={session.time} date />
        </Link>
      </th>
      <td data-label="Who">
        <div>
          <strong>
            <RunName run={run} principal={principal} />
          </strong>
          <Principal principal={principal} onBehalfOf={onBehalfOf} />
        </div>
      </td>
      <td data-label="Connection">
        <code>
          <Recorded text={session.connection} />
        </code>
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
          <strong className="danger-text">
            <Icon name="stop" /> {count(session.denied)}
          </strong>
        )}
      </td>
      <td data-label="Rows" className="right numeric">
        {count(session.rows)}
      </td>
      <td data-label="Personal data">
        <div>
          {touchedValues === 0 ? (
            <span className="soft">none found</span>
          ) : (
            <>
              <span className="numeric">{count(touchedValues)}</span>{' '}
              <span className="soft">
                <Recorded text={entities.join(', ')} />
              </span>
            </>
          )}
          {uninspectedBytes > 0 && (
            <span className="warning-text"> {bytes(uninspectedBytes)} not inspected</span>
          )}
        </div>
      </td>
      <td data-label="Lasted" className="right numeric">
        {session.state === 'open' ? (
          <span className="soft">goes on</span>
        ) : (
          duration(session.durationMicros)
        )}
      </td>
    </tr>
  )
}

/** The session: from where to where, how it ended, how much of it was inspected, and how to check its record. */
import { Link } from '@tanstack/react-router'
import type { SessionDetail } from '@gatetrail/replay-api'
import { Icon } from '../design/icons.tsx'
import { Moment } from '../design/moment.tsx'
import { PolicySetName } from '../design/names.tsx'
import { Recorded } from '../design/recorded.tsx'
import { SessionState } from '../design/session-state.tsx'
import { bytes, count } from '../text/numbers.ts'
import { uninspectedWord } from '../text/words.ts'
import { duration } from '../time/moment.ts'
import { Codes, Pair } from './pairs.tsx'

export function SessionPanel({ session }: { session: SessionDetail }) {
  return (
    <>
      <section className="fact-box">
        <h2>Session</h2>
        <dl className="pairs">
          <Pair name="Id">
            <code className="break">{session.session}</code>
          </Pair>
          <Pair name="State">
            <SessionState state={session.state} reason={session.reason} />
          </Pair>
          <Pair name="From">
            <Recorded text={session.clientAddress} />{' '}
            <span className="soft">{session.clientTls ? 'TLS' : 'without TLS'}</span>
          </Pair>
          <Pair name="To">
            <Recorded text={`${session.targetUser}@${session.targetAddress}`} />
          </Pair>
          {session.applicationName !== '' && (
            <Pair name="Application">
              <Recorded text={session.applicationName} />
            </Pair>
          )}
          <Pair name="Began">
            <Moment iso={session.time} date />
          </Pair>
          <Pair name="Ended">
            {session.ended === null ? (
              <span className="soft">still open</span>
            ) : (
              <>
                <Moment iso={session.ended} date />{' '}
                <Recorded text={session.reason.replaceAll('_', ' ')} />
              </>
            )}
          </Pair>
          {session.ended !== null && (
            <Pair name="Lasted">
              <span className="numeric">{duration(session.durationMicros)}</span>
            </Pair>
          )}
          {session.message !== null && (
            <Pair name="Message">
              <Recorded text={session.message} />
            </Pair>
          )}
          <Pair name="Rows">
            <span className="numeric">{count(session.rows)}</span>
          </Pair>
          <Pair name="Bytes">
            {bytes(session.bytesFromClient)} in, {bytes(session.bytesToClient)} out
          </Pair>
          <Pair name="Let in by">
            <Codes values={session.policies} />
          </Pair>
          <Pair name="Policy set">
            <PolicySetName set={session.policySet} />
          </Pair>
        </dl>
      </section>
      <Coverage session={session} />
      <section className="fact-box">
        <h2>Check the record</h2>
        <p>
          Every record of it is derived anew from its bytes, on journal and store, by{' '}
          <code>gatetrail verify {session.session}</code>
        </p>
        <Link
          className="button button-small"
          to="/sessions/$session/verify"
          params={{ session: session.session }}
        >
          <Icon name="check" />
          Verify it here
        </Link>
      </section>
    </>
  )
}

function Coverage({ session }: { session: SessionDetail }) {
  const reasons = Object.entries(session.uninspected)
  return (
    <section className="fact-box">
      <h2>Inspected</h2>
      {session.uninspectedBytes === 0 ? (
        <p>All {bytes(session.inspectedBytes)}.</p>
      ) : (
        <>
          <p className="warning-text">{bytes(session.uninspectedBytes)} were not inspected:</p>
          <dl className="pairs">
            {reasons.map(([reason, amount]) => (
              <Pair key={reason} name={bytes(amount)}>
                {uninspectedWord(reason)}
              </Pair>
            ))}
          </dl>
        </>
      )}
    </section>
  )
}

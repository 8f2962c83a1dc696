/** Whose session it is, with which claims, from where to where, and how it ended. */
import type { ReactNode } from 'react'
import type { SessionDetail } from '@gatetrail/replay-api'
import { Moment } from '../design/moment.tsx'
import { Recorded, recorded } from '../design/recorded.tsx'
import { bytes, count } from '../text/numbers.ts'
import { principalKindWord } from '../text/words.ts'

export function SessionFacts({ session }: { session: SessionDetail }) {
  const { principal, claims, run } = session
  return (
    <>
      <section className="fact-box">
        <h2>Principal</h2>
        <dl className="pairs">
          <Pair name="Kind">{principalKindWord(principal.kind)}</Pair>
          <Pair name="Identity">
            <code>
              <Recorded text={principal.id} />
            </code>
          </Pair>
          {session.onBehalfOf.length > 0 && (
            <Pair name="For">
              <Recorded text={session.onBehalfOf.join(', for ')} />
            </Pair>
          )}
          {run !== null && (
            <Pair name="Run">
              <Recorded text={`${run.provider} ${run.id}`} />
            </Pair>
          )}
          <Pair name="Groups">
            {principal.groups.length === 0 ? (
              'none'
            ) : (
              <Recorded text={principal.groups.join(', ')} />
            )}
          </Pair>
          {session.expiresAt !== null && (
            <Pair name="Token until">
              <Moment iso={new Date(session.expiresAt * 1_000).toISOString()} date />
            </Pair>
          )}
        </dl>
        {claims !== null && (
          <details>
            <summary>Claims on record</summary>
            <dl className="pairs claims">
              {Object.entries(claims).map(([name, value]) => (
                <Pair key={name} name={recorded(name)}>
                  <code>
                    <Recorded text={typeof value === 'string' ? value : JSON.stringify(value)} />
                  </code>
                </Pair>
              ))}
            </dl>
          </details>
        )}
      </section>
      <section className="fact-box">
        <h2>Session</h2>
        <dl className="pairs">
          <Pair name="Id">
            <code className="break">{session.session}</code>
          </Pair>
          <Pair name="From">
            <Recorded text={session.clientAddress} />{' '}
            <span className="soft">{session.clientTls ? 'TLS' : 'without TLS'}</span>
          </Pair>
          <Pair name="To">
            <Recorded text={`${session.targetUser}@${session.targetAddress}`} />
          </Pair>
          {session.requestedUser !== '' && (
            <Pair name="Asked as">
              <Recorded text={session.requestedUser} />
            </Pair>
          )}
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
          <Pair name="Bytes">
            {bytes(session.bytesFromClient)} in, {bytes(session.bytesToClient)} out
          </Pair>
          <Pair name="Inspected">
            {session.uninspectedBytes === 0 ? (
              `all ${bytes(session.inspectedBytes)}`
            ) : (
              <span className="warning-text">{count(session.uninspectedBytes)} bytes were not</span>
            )}
          </Pair>
        </dl>
      </section>
    </>
  )
}

function Pair({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

/** Who it was: the principal, the run that it acts for, on whose behalf, and the claims that said so. */
import type { SessionDetail } from '@gatetrail/replay-api'
import { Moment } from '../design/moment.tsx'
import { Name, RepositoryName } from '../design/names.tsx'
import { BehalfNames, RunName } from '../design/principal.tsx'
import { Recorded, recorded } from '../design/recorded.tsx'
import { principalKindWord } from '../text/words.ts'
import { Codes, Pair } from './pairs.tsx'

export function WhoPanel({ session }: { session: SessionDetail }) {
  const { principal, claims, run, onBehalfOf } = session
  return (
    <>
      <section className="fact-box">
        <h2>Principal</h2>
        <dl className="pairs">
          <Pair name="Kind">{principalKindWord(principal.kind)}</Pair>
          <Pair name="Identity">
            <code>
              <Name of="principal" value={principal.id} />
            </code>
          </Pair>
          {onBehalfOf.length > 0 && (
            <Pair name="For">
              <BehalfNames names={onBehalfOf} />
            </Pair>
          )}
          <Pair name="Groups">
            <Codes values={principal.groups} />
          </Pair>
          {session.requestedUser !== '' && (
            <Pair name="Asked as">
              <Recorded text={session.requestedUser} />
            </Pair>
          )}
          {session.expiresAt !== null && (
            <Pair name="Token until">
              <Moment iso={new Date(session.expiresAt * 1_000).toISOString()} date />
            </Pair>
          )}
        </dl>
      </section>
      {run !== null && (
        <section className="fact-box">
          <h2>Run</h2>
          <dl className="pairs">
            <Pair name="Name">
              <RunName run={run} principal={principal} />
            </Pair>
            <Pair name="Provider">
              <Recorded text={run.provider} />
            </Pair>
            {run.repository !== null && (
              <Pair name="Repository">
                <RepositoryName run={run} repository={run.repository} />
              </Pair>
            )}
          </dl>
        </section>
      )}
      <section className="fact-box">
        <h2>Claims on record</h2>
        {claims === null || Object.keys(claims).length === 0 ? (
          <p className="soft">None.</p>
        ) : (
          <dl className="pairs">
            {Object.entries(claims).map(([name, value]) => (
              <Pair key={name} name={recorded(name)}>
                <code>
                  <Recorded text={typeof value === 'string' ? value : JSON.stringify(value)} />
                </code>
              </Pair>
            ))}
          </dl>
        )}
      </section>
    </>
  )
}

/** One policy set: what its policies say, and what they decided. */
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { Policy, PolicyDecisions } from '@gatetrail/replay-api'
import { CedarText } from '../design/cedar-text.tsx'
import { Failure } from '../design/notice.tsx'
import { Moment } from '../design/moment.tsx'
import { Recorded, recorded } from '../design/recorded.tsx'
import { bytes, count, counted } from '../text/numbers.ts'
import { fileWord, verdictWord } from '../text/words.ts'
import { Asked } from './asked.tsx'
import { OperationFrame } from './operation-frame.tsx'
import { policySet } from '../api/questions.ts'
import { policyDecisions } from './questions.ts'
import { reveals } from './reveals.ts'

/** What is asked for where no time is given. */
const decidedDays = 7

export function PolicySetPage() {
  const { set } = useParams({ from: '/operation/policies/$set' })
  const query = useQuery(policySet(set))
  const decisions = useQuery(policyDecisions(set))
  const decided = new Map(decisions.data?.decided.map((row) => [row.policy, row]))
  return (
    <OperationFrame
      title={
        <>
          Policy set <code title={set}>{set.slice(0, 12)}</code>
        </>
      }
      about="What each policy says, and what it decided in the last seven days."
      refresh={{
        busy: query.isFetching || decisions.isFetching,
        ask: () => void Promise.all([query.refetch(), decisions.refetch()]),
      }}
    >
      <Asked query={query} what="The policy set" lines={8}>
        {({ set: found, policies }) => (
          <>
            <p>
              {counted(found.policies, 'policy', 'policies')} of{' '}
              {counted(found.files.length, 'file')}, first loaded <Moment iso={found.first} date />,
              last <Moment iso={found.last} date /> by{' '}
              {counted(found.writers, 'process', 'processes')}.{' '}
              {found.inForce ? (
                <span className="badge badge-good">in force</span>
              ) : (
                <span className="badge">not in force any more</span>
              )}
            </p>
            {decisions.error !== null && (
              <Failure
                error={decisions.error}
                what="What they decided"
                retry={() => void decisions.refetch()}
              />
            )}
            {decisions.data !== undefined && decisions.data.byDefault > 0 && (
              <p>
                {counted(decisions.data.byDefault, 'statement')} refused because no policy allowed{' '}
                {decisions.data.byDefault === 1 ? 'it' : 'them'}.
              </p>
            )}
            {policies.map((policy) => (
              <PolicyCard
                key={policy.id}
                policy={policy}
                decided={
                  decisions.data === undefined ? undefined : (decided.get(policy.id) ?? null)
                }
              />
            ))}
          </>
        )}
      </Asked>
    </OperationFrame>
  )
}

type PolicyCardProps = {
  policy: Policy
  /** Null: nothing; undefined: not known yet. */
  decided: PolicyDecisions | null | undefined
}

function PolicyCard({ policy, decided }: PolicyCardProps) {
  const { id, file, text, textBytes, textCut } = policy
  return (
    <section className="policy-card" id={id} aria-label={`Policy ${id}`}>
      <h3>
        <Recorded text={id} />{' '}
        <span className="soft">
          <code title={recorded(file)}>
            <Recorded text={fileWord(file)} />
          </code>
        </span>
      </h3>
      <div className="policy-counts soft" aria-live="polite">
        {decided === undefined && <span>…</span>}
        {decided === null && <span>decided no session or statement</span>}
        {decided?.sessions ? <span>opened {counted(decided.sessions, 'session')}</span> : null}
        {decided?.allow ? <span>allowed {counted(decided.allow, 'statement')}</span> : null}
        {decided?.deny ? (
          <span className="danger-text">refused {counted(decided.deny, 'statement')}</span>
        ) : null}
        {/* By which policy a value was shown is on record nowhere. */}
        {text !== null && reveals(text) && (
          <Link
            to="/touches"
            search={({ tz }) => ({ tz, by: 'run', outcome: 'revealed', last: decidedDays })}
          >
            values shown in clear, by any policy
          </Link>
        )}
        {decided?.hold ? <span>held {count(decided.hold)}</span> : null}
        {decided?.last != null && (
          <Link
            to="/sessions/$session"
            params={{ session: decided.last.session }}
            search={({ tz }) => ({ tz, at: decided.last?.seq })}
          >
            last {verdictWord(decided.last.verdict)} <Moment iso={decided.last.time} date />
          </Link>
        )}
      </div>
      {text === null ? (
        <p className="soft">Its text is not on record: the release that loaded it kept ids only.</p>
      ) : (
        <CedarText
          text={text}
          label={`Text of ${id}`}
          {...(textCut && { rest: `\n… (cut: ${bytes(textBytes ?? 0)} in all)` })}
        />
      )}
    </section>
  )
}

/** Why it was allowed, refused or held: the policies that decided with their text, and the facts that they saw. */
import { useQuery } from '@tanstack/react-query'
import type { Moment, Policy, TimelineStatement } from '@gatetrail/replay-api'
import { Icon } from '../design/icons.tsx'
import { CedarText } from '../design/cedar-text.tsx'
import { Failure, Loading } from '../design/notice.tsx'
import { Name, PolicySetName } from '../design/names.tsx'
import { Recorded, recorded } from '../design/recorded.tsx'
import { fileWord, verdictWord } from '../text/words.ts'
import { Codes, Pair } from './pairs.tsx'
import { policySet } from '../api/questions.ts'
import { moment } from './questions.ts'

type DecisionPanelProps = { session: string; statement: TimelineStatement }

export function DecisionPanel({ session, statement }: DecisionPanelProps) {
  const { data, error, refetch } = useQuery(moment(session, statement.seq))
  const allowed = statement.verdict === 'allow'
  return (
    <>
      <section className={allowed ? 'fact-box' : 'fact-box fact-box-danger'}>
        <h2>Decision</h2>
        <p className="verdict">
          <Icon name={allowed ? 'check' : 'stop'} />
          <strong>{verdictWord(statement.verdict)}</strong>
        </p>
        <dl className="pairs">
          {statement.reason !== null && (
            <Pair name="Reason">
              <Recorded text={statement.reason} />
            </Pair>
          )}
          {statement.code !== null && (
            <Pair name="Code">
              <code>{statement.code}</code>
            </Pair>
          )}
          <Pair name="Policy set">
            <PolicySetName set={statement.policySet} />
          </Pair>
        </dl>
      </section>
      <Policies statement={statement} />
      {error !== null && <Failure error={error} what="The decision" retry={() => void refetch()} />}
      {data === undefined && error === null && <Loading what="The decision" lines={3} />}
      {data !== undefined && <Facts decision={data.decision} />}
    </>
  )
}

function Policies({ statement }: { statement: TimelineStatement }) {
  const { data, error, refetch } = useQuery({
    ...policySet(statement.policySet),
    enabled: statement.policies.length > 0,
  })
  if (statement.policies.length === 0) {
    return (
      <section className="fact-box">
        <h2>Policies</h2>
        <p>No policy allows it. What no policy allows is refused.</p>
      </section>
    )
  }
  return (
    <section className="fact-box">
      <h2>Policies that decided</h2>
      {error !== null && <Failure error={error} what="The policies" retry={() => void refetch()} />}
      {statement.policies.map((id) => (
        <OnePolicy
          key={id}
          id={id}
          policy={data?.policies.find((each) => each.id === id)}
          asked={data !== undefined}
        />
      ))}
    </section>
  )
}

type OnePolicyProps = { id: string; policy: Policy | undefined; asked: boolean }

function OnePolicy({ id, policy, asked }: OnePolicyProps) {
  return (
    <div className="policy">
      <p>
        <code>
          <Name of="policy" value={id} />
        </code>{' '}
        {policy !== undefined && (
          <span className="soft" title={recorded(policy.file)}>
            in <Recorded text={fileWord(policy.file)} />
          </span>
        )}
      </p>
      {policy?.text !== undefined && policy.text !== null && <CedarText text={policy.text} />}
      {policy?.textCut === true && <p className="soft">The record held no room for all of it.</p>}
      {asked && (policy === undefined || policy.text === null) && (
        <p className="soft">Its text is not on record: it was loaded by an older release.</p>
      )}
    </div>
  )
}

function Facts({ decision }: { decision: Moment['decision'] }) {
  const { facts } = decision
  if (facts === null) {
    return (
      <section className="fact-box">
        <h2>Facts</h2>
        <p className="soft">They are not on record any more.</p>
      </section>
    )
  }
  return (
    <section className="fact-box">
      <h2>Facts that the policies saw</h2>
      <dl className="pairs">
        <Pair name="Kinds">
          <Codes values={facts.kinds} />
        </Pair>
        <Pair name="Effects">
          <Codes values={facts.effects} />
        </Pair>
        <Pair name="Reads">
          <Codes values={facts.reads} />
        </Pair>
        <Pair name="Writes">
          <Codes values={facts.writes} />
        </Pair>
        <Pair name="Columns">
          <Codes values={facts.columns} />
        </Pair>
        <Pair name="Filters">
          <Codes values={facts.filters} />
        </Pair>
        <Pair name="Functions">
          <Codes values={facts.functions} />
        </Pair>
        <Pair name="Complete">{facts.complete ? 'yes' : 'no: it may do more'}</Pair>
        <Pair name="Sent as">{decision.path.replaceAll('_', ' ')}</Pair>
      </dl>
    </section>
  )
}

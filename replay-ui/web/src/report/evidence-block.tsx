/** What makes an answer evidence: how far it can be trusted, under which policies, and how somebody else checks it. */
import type { Evidence, TimeRange } from '@gatetrail/replay-api'
import { Moment } from '../design/moment.tsx'
import { Recorded, recorded } from '../design/recorded.tsx'
import { bytes, count, counted, share } from '../text/numbers.ts'
import { sentence } from '../text/words.ts'
import { questionParts } from './question-sentence.ts'
import { GapList, reasonList } from './trust.tsx'

export function EvidenceBlock({ evidence }: { evidence: Evidence }) {
  const { question, range, coverage, gaps, chain, policySets, ingest, release } = evidence
  const inspected = coverage.inspectedBytes + coverage.uninspectedBytes
  return (
    <>
      <section aria-labelledby="report-question">
        <h2 id="report-question">Question</h2>
        <p>
          <QuestionWords text={sentence(question.sentence)} range={range} />
        </p>
        <p>
          Time: from <Moment iso={range.from} date both /> to <Moment iso={range.to} date both />
          {range.defaulted && ', as no beginning was given'}.
        </p>
        <p>
          Asked again by machine:{' '}
          <code>
            GET <Recorded text={question.operation} />
          </code>
        </p>
      </section>
      <section aria-labelledby="report-coverage">
        <h2 id="report-coverage">Coverage</h2>
        <p>
          {counted(coverage.sessions, 'session')}, {bytes(inspected)}:{' '}
          {share(coverage.inspectedBytes, inspected)} inspected.{' '}
          {coverage.uninspectedBytes > 0 &&
            `${bytes(coverage.uninspectedBytes)} were not, and personal data in them would not be in the answer: ${reasonList(coverage.uninspected)}.`}
        </p>
        <p>
          {ingest.lagMs !== undefined && ingest.lagMs > 0
            ? `The store was ${count(Math.ceil(ingest.lagMs / 1_000))} s behind when this was asked.`
            : 'Everything on record then was in the store when this was asked.'}
        </p>
      </section>
      <section aria-labelledby="report-gaps">
        <h2 id="report-gaps">Gaps in the record</h2>
        {gaps.length === 0 ? (
          <p>None is known in this time.</p>
        ) : (
          <>
            <p>{counted(gaps.length, 'gap')}: what happened there is not in this answer.</p>
            <GapList gaps={gaps} />
          </>
        )}
      </section>
      <section aria-labelledby="report-chain">
        <h2 id="report-chain">Chain of the record</h2>
        {chain.sentences.map((words) => (
          <p key={words}>
            <Words text={sentence(words)} />
          </p>
        ))}
      </section>
      <section aria-labelledby="report-policies">
        <h2 id="report-policies">Policies in force</h2>
        {policySets.length === 0 && <p>No load of policies is on record for this time.</p>}
        <ul className="report-list">
          {policySets.map(({ policySet, loaded, writers, policies }) => (
            <li key={policySet}>
              <code>{policySet}</code>, loaded <Moment iso={loaded} date both /> by{' '}
              {counted(writers, 'process', 'processes')}: <Recorded text={policies.join(', ')} />
            </li>
          ))}
        </ul>
      </section>
      <section aria-labelledby="report-check">
        <h2 id="report-check">How to check it</h2>
        <p>
          On a machine that reaches the record, <code>gatetrail verify --since {range.from}</code>{' '}
          derives everything anew from the recorded bytes and names each record that is missing or
          was changed. It shows edits of the store and the journal, not what somebody who rules the
          proxy&#39;s own host did before records left it. That this was asked is itself on record.
        </p>
        <p className="soft">Gatetrail {release}</p>
      </section>
    </>
  )
}

function QuestionWords({ text, range }: { text: string; range: TimeRange }) {
  return questionParts(text, range).map((part, at) =>
    part.kind === 'time' ? (
      <Moment key={at} iso={part.text} date both />
    ) : (
      <Recorded key={at} text={part.text} />
    ),
  )
}

/** Commands stand between backticks in it, times as they are on record; never a name. */
function Words({ text }: { text: string }) {
  return text.split(/(`[^`]*`|\d{4}-\d\d-\d\dT[\d:.]+Z)/).map((part, at) => {
    if (at % 2 === 0) return <Recorded key={at} text={part} />
    if (part.startsWith('`')) return <code key={at}>{recorded(part.slice(1, -1))}</code>
    if (Number.isNaN(Date.parse(part))) return <Recorded key={at} text={part} />
    return <Moment key={at} iso={part} date both />
  })
}

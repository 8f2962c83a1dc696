/** Beside the terminal: what was decided and why, what the statement touched, what it was about to do. */
import type { TimelineStatement } from '@gatetrail/replay-api'
import { Icon } from '../design/icons.tsx'
import { Moment } from '../design/moment.tsx'
import { Outcome, outcomeOrder } from '../design/outcome.tsx'
import { Recorded } from '../design/recorded.tsx'
import { bytes, count } from '../text/numbers.ts'
import { verdictWord } from '../text/words.ts'
import { duration } from '../time/moment.ts'

export function StatementFacts({ statement }: { statement: TimelineStatement }) {
  return (
    <>
      <Decision statement={statement} />
      <Answer statement={statement} />
      <Touches statement={statement} />
      <Facts statement={statement} />
    </>
  )
}

function Decision({ statement }: { statement: TimelineStatement }) {
  const { verdict, policies, reason, code, approvalGroups, policySet } = statement
  const allowed = verdict === 'allow'
  return (
    <section className={allowed ? 'fact-box' : 'fact-box fact-box-danger'}>
      <h2>Decision</h2>
      <p className="verdict">
        <Icon name={allowed ? 'check' : 'stop'} />
        <strong>{verdictWord(verdict)}</strong>
        {!allowed && <span> The database never saw it.</span>}
      </p>
      <dl className="pairs">
        {reason !== null && (
          <>
            <dt>Reason</dt>
            <dd>
              <Recorded text={reason} />
            </dd>
          </>
        )}
        {code !== null && (
          <>
            <dt>Code</dt>
            <dd>
              <code>{code}</code>
            </dd>
          </>
        )}
        {approvalGroups.length > 0 && (
          <>
            <dt>Approval</dt>
            <dd>
              would need <Recorded text={approvalGroups.join(' and ')} />
            </dd>
          </>
        )}
        <dt>Policies</dt>
        <dd>
          {policies.length === 0 ? (
            <span className="soft">no policy allows it</span>
          ) : (
            <Codes values={policies} />
          )}
        </dd>
        <dt>Policy set</dt>
        <dd>
          <code title={policySet}>{policySet.slice(0, 12)}</code>
        </dd>
      </dl>
    </section>
  )
}

function Answer({ statement }: { statement: TimelineStatement }) {
  const { completed, rows, command, durationMicros, error, time, path } = statement
  return (
    <section className="fact-box">
      <h2>Answer</h2>
      <dl className="pairs">
        <dt>At</dt>
        <dd>
          <Moment iso={time} date milliseconds />
        </dd>
        {completed ? (
          <>
            <dt>Took</dt>
            <dd className="numeric">{duration(durationMicros)}</dd>
            <dt>Rows</dt>
            <dd className="numeric">
              {count(rows)} <span className="soft">({bytes(statement.bytes)})</span>
            </dd>
            {command !== null && (
              <>
                <dt>Command</dt>
                <dd>
                  <code>
                    <Recorded text={command} />
                  </code>
                </dd>
              </>
            )}
          </>
        ) : (
          <>
            <dt>Answer</dt>
            <dd className="soft">not on record</dd>
          </>
        )}
        {error !== null && (
          <>
            <dt>Error</dt>
            <dd className="danger-text">
              <code>{error.sqlstate}</code> <Recorded text={error.message} />
            </dd>
          </>
        )}
        <dt>Sent as</dt>
        <dd>{path.replaceAll('_', ' ')}</dd>
      </dl>
    </section>
  )
}

const touchesMax = 100

function Touches({ statement }: { statement: TimelineStatement }) {
  const touches = [...statement.touches].sort(
    (one, other) => outcomeOrder.indexOf(one.outcome) - outcomeOrder.indexOf(other.outcome),
  )
  return (
    <section className="fact-box">
      <h2>Personal data</h2>
      {touches.length === 0 ? (
        <p className="soft">None was found in it.</p>
      ) : (
        <ul className="touch-list">
          {touches.slice(0, touchesMax).map((touch) => (
            <li key={`${touch.place} ${touch.entity} ${touch.outcome} ${touch.level}`}>
              <span className="numeric touch-count">{count(touch.count)}</span>
              <span>
                <span className="entity">
                  <Recorded text={touch.entity} />
                </span>{' '}
                <Outcome outcome={touch.outcome} />
                <br />
                <code className="soft">
                  <Recorded text={touch.place} />
                </code>
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Facts({ statement }: { statement: TimelineStatement }) {
  const { kinds, effects, reads, writes, complete } = statement
  return (
    <section className="fact-box">
      <h2>What it does</h2>
      <dl className="pairs">
        <dt>Kinds</dt>
        <dd>
          <Codes values={kinds} />
        </dd>
        <dt>Effects</dt>
        <dd>
          <Codes values={effects} />
        </dd>
        <dt>Reads</dt>
        <dd>
          <Codes values={reads} />
        </dd>
        <dt>Writes</dt>
        <dd>
          <Codes values={writes} />
        </dd>
      </dl>
      {!complete && (
        <p className="warning-text">
          <Icon name="warning" /> The text does not tell everything that it will do.
        </p>
      )}
    </section>
  )
}

const codesMax = 50

function Codes({ values }: { values: readonly string[] }) {
  if (values.length === 0) return <span className="soft">none</span>
  return (
    <span className="codes">
      {values.slice(0, codesMax).map((value) => (
        <code key={value}>
          <Recorded text={value} />
        </code>
      ))}
      {values.length > codesMax && (
        <span className="soft">and {values.length - codesMax} more</span>
      )}
    </span>
  )
}

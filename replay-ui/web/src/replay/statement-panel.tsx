/** The statement: whether it ran, what came back, which personal data it touched and why that was masked or not. */
import { useQuery } from '@tanstack/react-query'
import type { MomentTouch, TimelineStatement } from '@gatetrail/replay-api'
import { Icon } from '../design/icons.tsx'
import { Moment } from '../design/moment.tsx'
import { Outcome, outcomeOrder } from '../design/outcome.tsx'
import { Recorded } from '../design/recorded.tsx'
import { bytes, count } from '../text/numbers.ts'
import { verdictWord } from '../text/words.ts'
import { duration } from '../time/moment.ts'
import { Codes, Pair } from './pairs.tsx'
import { moment } from './questions.ts'

type StatementPanelProps = {
  session: string
  statement: TimelineStatement
  /** The session does: an answer may come. */
  goesOn: boolean
}

export function StatementPanel({ session, statement, goesOn }: StatementPanelProps) {
  return (
    <>
      <Verdict statement={statement} />
      <Answer statement={statement} goesOn={goesOn} />
      <Touches session={session} statement={statement} />
      <Does statement={statement} />
    </>
  )
}

function Verdict({ statement }: { statement: TimelineStatement }) {
  const { verdict, policies, reason, code, approvalGroups } = statement
  const allowed = verdict === 'allow'
  return (
    <section className={allowed ? 'fact-box' : 'fact-box fact-box-danger'}>
      <h2>Verdict</h2>
      <p className="verdict">
        <Icon name={allowed ? 'check' : 'stop'} />
        <strong>{verdictWord(verdict)}</strong>
        {!allowed && <span> The database never saw it.</span>}
      </p>
      <dl className="pairs">
        {reason !== null && (
          <Pair name="Reason">
            <Recorded text={reason} />
          </Pair>
        )}
        {code !== null && (
          <Pair name="Code">
            <code>{code}</code>
          </Pair>
        )}
        {approvalGroups.length > 0 && (
          <Pair name="Approval">
            would need <Recorded text={approvalGroups.join(' and ')} />
          </Pair>
        )}
        <Pair name="Policies">
          {policies.length === 0 ? (
            <span className="soft">no policy allows it</span>
          ) : (
            <Codes values={policies} />
          )}
        </Pair>
      </dl>
    </section>
  )
}

function Answer({ statement, goesOn }: Omit<StatementPanelProps, 'session'>) {
  const { completed, verdict, rows, command, durationMicros, error, time, path, seq } = statement
  // To what was refused none will come.
  const missing = verdict !== 'allow' ? 'none' : goesOn ? 'none yet' : 'not on record'
  return (
    <section className="fact-box">
      <h2>Answer</h2>
      <dl className="pairs">
        <Pair name="At">
          <Moment iso={time} date milliseconds />
        </Pair>
        {completed ? (
          <>
            <Pair name="Took">
              <span className="numeric">{duration(durationMicros)}</span>
            </Pair>
            <Pair name="Rows">
              <span className="numeric">{count(rows)}</span>{' '}
              <span className="soft">({bytes(statement.bytes)})</span>
            </Pair>
            {command !== null && (
              <Pair name="Command">
                <code>
                  <Recorded text={command} />
                </code>
              </Pair>
            )}
          </>
        ) : (
          <Pair name="Answer">
            <span className="soft">{missing}</span>
          </Pair>
        )}
        {error !== null && (
          <Pair name="Error">
            <span className="danger-text">
              <code>
                <Recorded text={error.sqlstate} />
              </code>{' '}
              <Recorded text={error.message} />
            </span>
          </Pair>
        )}
        <Pair name="Sent as">{path.replaceAll('_', ' ')}</Pair>
        <Pair name="Record">
          <span className="numeric">seq {seq}</span>
        </Pair>
      </dl>
    </section>
  )
}

const touchesMax = 100

function Touches({ session, statement }: Omit<StatementPanelProps, 'goesOn'>) {
  const touched = statement.touches.length > 0
  // Why each was masked or shown; the counts are known before.
  const { data, error } = useQuery({ ...moment(session, statement.seq), enabled: touched })
  const touches = [...statement.touches].sort(
    (one, other) => outcomeOrder.indexOf(one.outcome) - outcomeOrder.indexOf(other.outcome),
  )
  return (
    <section className="fact-box">
      <h2>Personal data</h2>
      {!touched && <p className="soft">None was found in it.</p>}
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
              <Why of={data?.touches.find((other) => isSame(touch, other))} />
            </span>
          </li>
        ))}
      </ul>
      {touches.length > touchesMax && (
        <p className="soft">and {count(touches.length - touchesMax)} more places</p>
      )}
      {error !== null && <p className="soft">The reasons could not be loaded.</p>}
      {data?.redacted === true && (
        <p className="soft">A later scan masked something of it in the record.</p>
      )}
      {data?.contents === 'expired' && (
        <p className="soft">
          Its contents have expired: what was done stays, what was shown is gone.
        </p>
      )}
    </section>
  )
}

function Why({ of }: { of: MomentTouch | undefined }) {
  if (of === undefined) return null
  return (
    <>
      <br />
      <span className="soft">
        <Recorded text={of.why} />
      </span>
    </>
  )
}

type Placed = Pick<MomentTouch, 'place' | 'entity' | 'outcome' | 'level'>

function isSame(one: Placed, other: Placed): boolean {
  return (
    one.place === other.place &&
    one.entity === other.entity &&
    one.outcome === other.outcome &&
    one.level === other.level
  )
}

function Does({ statement }: { statement: TimelineStatement }) {
  const { kinds, effects, reads, writes, complete } = statement
  return (
    <section className="fact-box">
      <h2>What it does</h2>
      <dl className="pairs">
        <Pair name="Kinds">
          <Codes values={kinds} />
        </Pair>
        <Pair name="Effects">
          <Codes values={effects} />
        </Pair>
        <Pair name="Reads">
          <Codes values={reads} />
        </Pair>
        <Pair name="Writes">
          <Codes values={writes} />
        </Pair>
      </dl>
      {!complete && (
        <p className="warning-text">
          <Icon name="warning" /> The text does not tell everything that it will do.
        </p>
      )}
    </section>
  )
}

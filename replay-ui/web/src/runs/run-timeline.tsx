/** One line of time across sessions: what stands out is written out, with a way to its replay; quiet statements are counted. */
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { RunMark, RunSession } from '@gatetrail/replay-api'
import { unreachable } from '@gatetrail/schemas'
import { Icon, type IconName } from '../design/icons.tsx'
import { Moment } from '../design/moment.tsx'
import { EntityName, Name, PlaceName } from '../design/names.tsx'
import { Outcome } from '../design/outcome.tsx'
import { Recorded } from '../design/recorded.tsx'
import { count, counted } from '../text/numbers.ts'
import { verdictWord } from '../text/words.ts'
import { dayAt } from '../time/day.ts'
import { useZone } from '../time/use-zone.ts'

type RunTimelineProps = { marks: readonly RunMark[]; sessions: readonly RunSession[] }

export function RunTimeline({ marks, sessions }: RunTimelineProps) {
  const numbers = new Map(sessions.map(({ session }, index) => [session, index + 1]))
  const zone = useZone()
  const days = new Set(marks.map(({ time }) => dayAt(Date.parse(time), zone)))
  return (
    <ol className="run-timeline">
      {marks.map((mark) => (
        <li key={keyOf(mark)} className={`run-mark run-mark-${toneOf(mark)}`}>
          <span className="run-mark-time">
            <MomentOf mark={mark} date={days.size > 1} />
            {mark.kind !== 'quiet' && sessions.length > 1 && (
              <span className="soft numeric"> session {numbers.get(mark.session) ?? '?'}</span>
            )}
          </span>
          <span className="run-mark-sign">
            <Icon name={signOf(mark)} />
          </span>
          <div className="run-mark-what">
            <Mark mark={mark} />
          </div>
        </li>
      ))}
    </ol>
  )
}

function MomentOf({ mark, date }: { mark: RunMark; date: boolean }) {
  const moment = <Moment iso={mark.time} date={date} milliseconds />
  if (mark.kind === 'quiet') return moment
  const at = mark.kind === 'statement' ? mark.seq : undefined
  return (
    <Link to="/sessions/$session" params={{ session: mark.session }} search={{ at }}>
      {moment}
    </Link>
  )
}

function Mark({ mark }: { mark: RunMark }): ReactNode {
  switch (mark.kind) {
    case 'session_opened':
      return (
        <>
          Session opened on <Name of="connection" value={mark.connection} />
        </>
      )
    case 'session_refused':
      return (
        <>
          <strong className="danger-text">Not let in</strong> on{' '}
          <Name of="connection" value={mark.connection} />
          <Why error={mark.error} message={mark.message} />
        </>
      )
    case 'session_ended':
      return (
        <>
          Session {mark.state === 'aborted' ? 'aborted' : 'ended'}:{' '}
          <Recorded text={mark.reason.replaceAll('_', ' ')} />
          <Why error={mark.error} message={mark.message} />
        </>
      )
    case 'quiet':
      return (
        <span className="soft">
          {counted(mark.statements, 'statement')} allowed, without an error and without personal
          data
        </span>
      )
    case 'statement':
      return <Statement mark={mark} />
    default:
      return unreachable(mark)
  }
}

function Statement({ mark }: { mark: RunMark & { kind: 'statement' } }) {
  const { text, textCut, verdict, code, reason, error, touches, policies } = mark
  return (
    <>
      <code className="run-mark-text">
        <Recorded text={text} />
        {textCut && '…'}
      </code>
      {verdict !== 'allow' && (
        <p>
          <strong className="danger-text">
            <Icon name="stop" /> {verdictWord(verdict)}
          </strong>
          {reason !== null && (
            <>
              : <Recorded text={reason} />
            </>
          )}
          {code !== null && (
            <>
              {' '}
              <code className="soft">{code}</code>
            </>
          )}
          {policies.length > 0 && (
            <span className="soft">
              {' '}
              by{' '}
              {policies.map((policy) => (
                <code key={policy}>
                  <Name of="policy" value={policy} />{' '}
                </code>
              ))}
            </span>
          )}
        </p>
      )}
      {error !== null && verdict === 'allow' && (
        <p className="danger-text">
          <Icon name="warning" /> <Recorded text={error.message} />{' '}
          <code>
            <Recorded text={error.sqlstate} />
          </code>
        </p>
      )}
      {touches.length > 0 && (
        <ul className="run-mark-touches">
          {touches.map((touch) => (
            <li key={`${touch.place} ${touch.entity} ${touch.outcome} ${touch.level}`}>
              <Outcome outcome={touch.outcome} values={touch.count} />{' '}
              <EntityName entity={touch.entity} /> <PlaceName place={touch.place} />
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

function Why({ error, message }: { error: string | null; message: string | null }) {
  if (error === null && message === null) return null
  return (
    <p className="soft">
      {message !== null && <Recorded text={message} />} {error !== null && <code>{error}</code>}
    </p>
  )
}

function keyOf(mark: RunMark): string {
  switch (mark.kind) {
    case 'statement':
      return `${mark.session} ${mark.seq}`
    case 'quiet':
      return `quiet ${mark.time} ${count(mark.statements)}`
    default:
      return `${mark.session} ${mark.kind}`
  }
}

function toneOf(mark: RunMark): 'plain' | 'quiet' | 'danger' | 'touch' {
  switch (mark.kind) {
    case 'quiet':
      return 'quiet'
    case 'session_refused':
      return 'danger'
    case 'statement': {
      const isBad = mark.verdict !== 'allow' || mark.error !== null
      return isBad || mark.touches.some(({ outcome }) => outcome === 'revealed')
        ? 'danger'
        : 'touch'
    }
    case 'session_opened':
    case 'session_ended':
      return 'plain'
    default:
      return unreachable(mark)
  }
}

function signOf(mark: RunMark): IconName {
  switch (mark.kind) {
    case 'session_opened':
      return 'play'
    case 'session_refused':
      return 'stop'
    case 'session_ended':
      return mark.state === 'aborted' ? 'warning' : 'check'
    case 'quiet':
      return 'clock'
    case 'statement':
      if (mark.verdict !== 'allow') return 'stop'
      if (mark.error !== null) return 'warning'
      return mark.touches.some(({ outcome }) => outcome === 'revealed') ? 'eye-open' : 'eye-closed'
    default:
      return unreachable(mark)
  }
}

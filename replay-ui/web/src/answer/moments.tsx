/** The statements that touched, each with a way to its replay. */
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { PiiRun } from '@gatetrail/replay-api'
import { Icon } from '../design/icons.tsx'
import { Moment } from '../design/moment.tsx'
import { Recorded } from '../design/recorded.tsx'
import { count, counted } from '../text/numbers.ts'

const momentsFirst = 5
const momentsMax = 500

export function Moments({ run }: { run: PiiRun }) {
  const [all, setAll] = useState(false)
  const moments = run.sessions.flatMap(({ session, statements }) =>
    statements.map((statement) => ({ session, ...statement })),
  )
  // Where something was revealed comes first: that is what is looked at.
  const first = moments.find(({ revealed }) => revealed > 0) ?? moments[0]
  const shown = moments.slice(0, all ? momentsMax : momentsFirst)
  return (
    <div className="moments">
      {first !== undefined && (
        <Link
          className={first.revealed > 0 ? 'button button-primary' : 'button button-accent'}
          to="/sessions/$session"
          params={{ session: first.session }}
          search={(old) => ({ tz: old.tz, at: first.seq ?? undefined })}
        >
          <Icon name="play" />
          Replay the moment
        </Link>
      )}
      <ol className="moment-list">
        {shown.map(({ session, seq, time, values, revealed, entities }) => (
          <li key={`${session} ${seq ?? 'session'}`}>
            <Link
              to="/sessions/$session"
              params={{ session }}
              search={(old) => ({ tz: old.tz, at: seq ?? undefined })}
            >
              <Moment iso={time} milliseconds />
            </Link>
            <span>
              <span className="numeric">{counted(values, 'value')}</span>
              {revealed > 0 && (
                <strong className="revealed-text"> {count(revealed)} in clear</strong>
              )}
              <span className="soft">
                {' '}
                <Recorded text={entities.join(', ')} />
              </span>
            </span>
          </li>
        ))}
      </ol>
      {moments.length > momentsFirst && (
        <button
          type="button"
          className="button button-quiet button-small"
          onClick={() => setAll(!all)}
        >
          {all ? 'Show fewer' : `Show all ${count(moments.length)} moments`}
        </button>
      )}
    </div>
  )
}

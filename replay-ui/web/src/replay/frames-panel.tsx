/** The frames of the statement as they crossed the wire: each in words and, opened, in hex. In step with the player. */
import { useInfiniteQuery } from '@tanstack/react-query'
import type { MomentFrame } from '@gatetrail/replay-api'
import { Failure, Loading } from '../design/notice.tsx'
import { Recorded } from '../design/recorded.tsx'
import { bytes, count } from '../text/numbers.ts'
import { offset } from '../time/moment.ts'
import { hexLines } from './hex-lines.ts'
import { Pair } from './pairs.tsx'
import { momentFrames } from './questions.ts'

export function FramesPanel({ session, seq }: { session: string; seq: number }) {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(
    momentFrames(session, seq),
  )
  if (error !== null) {
    return <Failure error={error} what="The frames" retry={() => void refetch()} />
  }
  if (data === undefined) return <Loading what="The frames" lines={6} />
  const frames = data.pages.flatMap((page) => page.frames)
  if (frames.length === 0) {
    return <p className="soft">No frame of it is on record any more: its contents have expired.</p>
  }
  return (
    <>
      <ol className="frames" aria-label="Frames of this statement">
        {frames.map((frame) => (
          <Frame key={`${frame.seq} ${frame.fragment}`} frame={frame} />
        ))}
      </ol>
      {hasNextPage && (
        <button
          type="button"
          className="button button-small"
          disabled={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
        >
          {isFetchingNextPage ? 'Loading…' : 'More frames'}
        </button>
      )}
    </>
  )
}

function Frame({ frame }: { frame: MomentFrame }) {
  const sent = frame.direction === 'to_target'
  return (
    <li>
      <details className="frame">
        <summary>
          <span className={sent ? 'frame-way frame-sent' : 'frame-way'}>
            {sent ? 'sent' : 'answer'}
          </span>{' '}
          <strong>
            <Recorded text={frame.name} />
          </strong>{' '}
          <span className="soft numeric">
            {offset(frame.offsetMicros)} · {bytes(frame.totalLength)}
          </span>
          {frame.masked && <span className="badge badge-warning">masked in the record</span>}
          {frame.withheld && <span className="badge badge-danger">withheld</span>}
          <span className="frame-summary">
            <Recorded text={frame.summary} />
          </span>
        </summary>
        {frame.fields.length > 0 && (
          <dl className="pairs">
            {frame.fields.map(({ name, value }, at) => (
              // Fields have their place in the message; names may stand twice.
              // eslint-disable-next-line react/no-array-index-key
              <Pair key={at} name={name}>
                <code>
                  <Recorded text={value} />
                </code>
              </Pair>
            ))}
          </dl>
        )}
        <pre className="hex" tabIndex={0} aria-label={`Bytes of ${frame.name}`}>
          {hexLines(frame.hex).join('\n')}
        </pre>
        <p className="soft">
          Record seq {count(frame.seq)}, fragment {count(frame.fragment)}
          {frame.hexCut && '; only its first bytes are shown'}
        </p>
      </details>
    </li>
  )
}

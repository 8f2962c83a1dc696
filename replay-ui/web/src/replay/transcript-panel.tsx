/** What a person at psql would have seen of one statement, a page of rows at a time. */
import type { UseQueryResult } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { TimelineStatement, Transcript } from '@gatetrail/replay-api'
import { Icon } from '../design/icons.tsx'
import { Failure, Loading } from '../design/notice.tsx'
import { count, counted } from '../text/numbers.ts'
import { offset } from '../time/moment.ts'
import { StatementMarks } from './statement-marks.tsx'
import { Terminal } from './terminal.tsx'

type TranscriptPanelProps = {
  session: string
  statement: TimelineStatement
  transcript: UseQueryResult<Transcript>
  page: number
  turnPage: (step: number) => void
}

export function TranscriptPanel(props: TranscriptPanelProps) {
  const { session, statement, transcript, page, turnPage } = props
  const { data, error, refetch } = transcript
  return (
    <section className="transcript" aria-label="Terminal">
      <div className="transcript-head">
        <span className="numeric">{offset(statement.offsetMicros)}</span>
        <StatementMarks statement={statement} />
        {/* To copy: the page's own permissions policy keeps the clipboard out of every script's reach. */}
        <Link
          className="moment-link"
          to="/sessions/$session"
          params={{ session }}
          search={(old) => ({ tz: old.tz, at: statement.seq, page: page === 0 ? undefined : page })}
        >
          <Icon name="link" />
          Link to this moment
        </Link>
      </div>
      {error !== null && (
        <Failure error={error} what="The transcript" retry={() => void refetch()} />
      )}
      {data === undefined && error === null && (
        <div className="terminal-scroll">
          <Loading what="The transcript" lines={6} />
        </div>
      )}
      {data !== undefined && error === null && (
        <Terminal
          text={data.text}
          label={`Statement at ${offset(statement.offsetMicros)}, as psql showed it`}
        />
      )}
      <Pages data={data} page={page} turnPage={turnPage} />
    </section>
  )
}

type PagesProps = { data: Transcript | undefined; page: number; turnPage: (step: number) => void }

function Pages({ data, page, turnPage }: PagesProps) {
  const rows = data?.rows ?? 0
  const pages = data?.pages ?? page + 1
  const perPage = data?.rowsPerPage ?? 0
  const first = rows === 0 ? 0 : page * perPage + 1
  return (
    <nav className="transcript-pages" aria-label="Pages of rows">
      <button
        type="button"
        className="button button-small"
        disabled={page === 0}
        onClick={() => turnPage(-1)}
      >
        <Icon name="left" />
        Page back
      </button>
      <span className="numeric soft" aria-live="polite">
        {data === undefined
          ? 'Loading…'
          : rows === 0
            ? 'No rows'
            : `Rows ${count(first)}–${count(Math.min(rows, first + perPage - 1))} of ${count(rows)}${data.complete || pages > page + 1 ? '' : '+'} · page ${count(page + 1)} of ${count(pages)}`}
        {data !== undefined && data.maskedCells > 0 && (
          <> · {counted(data.maskedCells, 'masked cell')}</>
        )}
      </span>
      <button
        type="button"
        className="button button-small"
        disabled={data === undefined || page + 1 >= pages}
        onClick={() => turnPage(1)}
      >
        Page on
        <Icon name="right" />
      </button>
    </nav>
  )
}

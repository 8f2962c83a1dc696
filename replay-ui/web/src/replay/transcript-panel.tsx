/** What a person at psql would have seen of one statement, a page of rows at a time, and why cells of it are masked. */
import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import type { MomentTouch, TimelineStatement, Transcript } from '@gatetrail/replay-api'
import { Icon } from '../design/icons.tsx'
import { Failure, Loading } from '../design/notice.tsx'
import { Outcome } from '../design/outcome.tsx'
import { Recorded, recorded } from '../design/recorded.tsx'
import { count, counted } from '../text/numbers.ts'
import { outcomeWord } from '../text/words.ts'
import { offset } from '../time/moment.ts'
import { moment } from './questions.ts'
import { StatementMarks } from './statement-marks.tsx'
import { Terminal } from './terminal.tsx'

type TranscriptPanelProps = {
  session: string
  statement: TimelineStatement
  transcript: UseQueryResult<Transcript>
  page: number
  find: string
  turnPage: (step: number) => void
}

export function TranscriptPanel(props: TranscriptPanelProps) {
  const { session, statement, transcript, page, find, turnPage } = props
  const { data, error, refetch, isPlaceholderData } = transcript
  const masked = data !== undefined && data.maskedCells > 0
  const reasons = useQuery({ ...moment(session, statement.seq), enabled: masked })
  const touches = reasons.data?.touches ?? []
  return (
    <section className="transcript" aria-label="Terminal">
      <div className="transcript-head">
        <span className="numeric">{offset(statement.offsetMicros)}</span>
        <StatementMarks statement={statement} />
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
        <div
          className={isPlaceholderData ? 'terminal-box stale' : 'terminal-box'}
          aria-busy={isPlaceholderData}
        >
          <Terminal
            text={data.text}
            label={`Statement at ${offset(statement.offsetMicros)}, as psql showed it`}
            find={find}
            whyMasked={(column) => whyIn(touches, column)}
          />
        </div>
      )}
      {masked && touches.length > 0 && <MaskedBecause touches={touches} />}
      <Pages
        data={isPlaceholderData ? undefined : data}
        failed={error !== null}
        page={page}
        turnPage={turnPage}
      />
    </section>
  )
}

const listedMax = 20

function MaskedBecause({ touches }: { touches: readonly MomentTouch[] }) {
  const shown = touches.filter(({ outcome }) => outcome !== 'filtered' && outcome !== 'written')
  if (shown.length === 0) return null
  return (
    <details className="masked-because">
      <summary>Why cells are masked</summary>
      <ul>
        {shown.slice(0, listedMax).map(({ place, entity, outcome, level, why }) => (
          <li key={`${place} ${entity} ${outcome} ${level}`}>
            <span className="entity">
              <Recorded text={entity} />
            </span>{' '}
            <Outcome outcome={outcome} />{' '}
            <code>
              <Recorded text={place} />
            </code>{' '}
            <span className="soft">
              <Recorded text={why} />
            </span>
          </li>
        ))}
      </ul>
    </details>
  )
}

/** In a sentence; the touch of that column, or of the whole answer if the column has another name there. */
function whyIn(touches: readonly MomentTouch[], column: string | undefined): string {
  const ofColumn = touches.filter(
    ({ place }) => column !== undefined && place.split('.').at(-1) === column,
  )
  const [touch] = ofColumn.length > 0 ? ofColumn : touches.length === 1 ? touches : []
  if (touch === undefined) return 'Masked'
  const { entity, outcome, place, why } = touch
  return recorded(`${entity}, ${outcomeWord(outcome).name}, of ${place}. ${why}`)
}

type PagesProps = {
  data: Transcript | undefined
  failed: boolean
  page: number
  turnPage: (step: number) => void
}

function Pages({ data, failed, page, turnPage }: PagesProps) {
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
          ? failed
            ? `Page ${count(page + 1)}`
            : 'Loading…'
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

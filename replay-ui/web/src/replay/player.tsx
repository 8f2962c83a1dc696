/** A session of statements: strip, list, terminal and what is beside it. Which moment is shown stands in the address. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useCallback, useMemo, useRef, useState } from 'react'
import type { Outline, SessionDetail } from '@gatetrail/replay-api'
import { Failure, Loading } from '../design/notice.tsx'
import { recorded } from '../design/recorded.tsx'
import { count } from '../text/numbers.ts'
import { duration, offset } from '../time/moment.ts'
import { DecisionPanel } from './decision-panel.tsx'
import { FindBox, type Found } from './find-box.tsx'
import { FramesPanel } from './frames-panel.tsx'
import type { Target } from './go-to.ts'
import { speeds } from './playback.ts'
import { PlayerTools } from './player-tools.tsx'
import { transcript } from './questions.ts'
import { SessionPanel } from './session-panel.tsx'
import { useShortcuts, type Shortcut } from '../design/shortcuts.tsx'
import { SidePanel, usePanel } from './side-panel.tsx'
import { StatementList } from './statement-list.tsx'
import { toneOf } from './statement-marks.tsx'
import { StatementPanel } from './statement-panel.tsx'
import { barsOf, laterMarks, marksOf, type Mark } from './strip-shapes.ts'
import { StripLegend, TimeStrip } from './time-strip.tsx'
import { TranscriptPanel } from './transcript-panel.tsx'
import { Transport } from './transport.tsx'
import type { Live } from './use-live.ts'
import { usePlayhead, type PlayheadState } from './use-playhead.ts'
import { useStatements, type Range } from './use-statements.ts'
import { useThrottled } from './use-throttled.ts'
import { WhoPanel } from './who-panel.tsx'

type PlayerProps = {
  session: SessionDetail
  outline: Outline
  live: Live
  start: PlayheadState
}

const restMs = 90
const playedRestMs = 400
/** Asked for before the player gets there. */
const ahead = 120

export function Player({ session, outline, live, start }: PlayerProps) {
  const id = session.session
  const [state, setState] = useState(start)
  const [sight, setSight] = useState<Range>({ from: 0, to: 0 })
  const [found, setFound] = useState<Found>({ hits: [], text: '' })
  const [linkOpen, setLinkOpen] = useState(false)
  const goToField = useRef<HTMLInputElement>(null)
  const findField = useRef<HTMLInputElement>(null)
  const [panel, setPanel] = usePanel('statement')

  const total = Math.max(outline.statements, (live.tail.at(-1)?.index ?? -1) + 1)
  const near = { from: state.place.index - 1, to: state.place.index + ahead }
  const statements = useStatements(id, total, [near, sight], [state.around, live.tail])
  const { statementAt } = statements
  const head = usePlayhead({
    session: id,
    state,
    setState,
    total,
    statementAt,
    canFollow: live.state !== 'off' && live.state !== 'ended',
  })
  const { index, statement, page, playing } = head

  const durationMicros = Math.max(1, outline.durationMicros, live.tail.at(-1)?.offsetMicros ?? 0)
  const bars = useMemo(() => barsOf(outline, durationMicros), [outline, durationMicros])
  const marks = useMemo(
    () => [
      ...marksOf(outline.moments, durationMicros),
      ...laterMarks(live.tail, outline.durationMicros, durationMicros, toneOf),
    ],
    [outline, durationMicros, live.tail],
  )
  const hits = useMemo(
    () => [...new Set(found.hits.map((hit) => Math.min(1, hit.offsetMicros / durationMicros)))],
    [found, durationMicros],
  )
  const micros = head.micros ?? 0

  // Who goes fast through a session asks for the transcript where they rest.
  const shown = useThrottled(statement, playing ? playedRestMs : restMs) ?? statement
  const shownPage = shown?.seq === statement?.seq ? page : 0
  const asked = useQuery({
    ...transcript(id, shown?.seq ?? 0, shownPage),
    enabled: shown !== undefined,
    placeholderData: keepPreviousData,
  })
  const turnPage = (step: number) => {
    const wanted = page + step
    if (wanted >= 0 && wanted < (asked.data?.pages ?? page + 1)) head.turnPage(wanted)
  }
  const { seek } = head
  const select = useCallback((wanted: number) => void seek({ index: wanted }), [seek])
  const step = (by: number) => select(Math.max(0, Math.min(total - 1, index + by)))
  const goToMark = (mark: Mark) => void seek({ seq: mark.seq })
  const goTo = (target: Target) => {
    if ('number' in target) select(Math.max(0, Math.min(total, target.number) - 1))
    else void seek(target)
  }
  const nextMark = (by: 1 | -1) => {
    const seq = statement?.seq ?? 0
    const mark =
      by === 1 ? marks.find((each) => each.seq > seq) : marks.findLast((each) => each.seq < seq)
    if (mark !== undefined) goToMark(mark)
  }
  const faster = (by: 1 | -1) => {
    const speed = speeds[speeds.findIndex((each) => each === head.pace.speed) + by]
    if (speed !== undefined) head.setPace({ ...head.pace, speed })
  }
  const togglePanel = () => setPanel(panel === 'none' ? 'statement' : 'none')
  const shortcuts: readonly Shortcut[] = [
    { key: ' ', shown: 'Space', does: 'Play, pause', run: () => head.setPlaying(!playing) },
    { key: 'j', does: 'Next statement', run: () => step(1) },
    { key: 'k', does: 'Previous statement', run: () => step(-1) },
    { key: ']', does: 'Next mark on the strip', run: () => nextMark(1) },
    { key: '[', does: 'Previous mark on the strip', run: () => nextMark(-1) },
    { key: '>', does: 'Faster', run: () => faster(1) },
    { key: '<', does: 'Slower', run: () => faster(-1) },
    { key: 'i', does: 'Skip idle time, or not', run: () => head.setPace({ ...head.pace, skipIdle: !head.pace.skipIdle }) },
    { key: '/', does: 'Find in this session; Enter goes on, Shift+Enter back', run: () => findField.current?.focus() },
    { key: 'g', does: 'Go to a statement or a time', run: () => goToField.current?.focus() },
    { key: 'l', does: 'Link to this moment', run: () => setLinkOpen(true) },
    { key: 'p', does: 'Open or close the side panel', run: togglePanel },
    ...(head.follow === undefined ? [] : [{ key: 'e', does: 'Follow the end', run: head.follow }]),
  ] // prettier-ignore
  const keys = useShortcuts(shortcuts)

  return (
    <div className={panel === 'none' ? 'player player-without-side' : 'player'}>
      <section className="player-head" aria-label="Timeline">
        <div className="player-bar">
          <Transport
            by="statement"
            atStart={index === 0}
            atEnd={index >= total - 1}
            playing={playing}
            pace={head.pace}
            goToField={goToField}
            step={step}
            setPlaying={head.setPlaying}
            setPace={head.setPace}
            goTo={goTo}
          />
          <FindBox
            session={id}
            field={findField}
            onFound={setFound}
            goTo={(hit) => void seek({ seq: hit.seq, page: hit.page ?? 0 })}
          />
          <PlayerTools
            session={id}
            link={{ open: linkOpen, setOpen: setLinkOpen }}
            help={{ ...keys, shortcuts }}
            panel={{ open: panel !== 'none', toggle: togglePanel }}
          />
        </div>
        <TimeStrip
          durationMicros={durationMicros}
          micros={micros}
          bars={bars}
          marks={marks}
          hits={hits}
          valueText={`${offset(Math.round(micros))}, statement ${count(index + 1)} of ${count(total)}${statement === undefined ? '' : `: ${recorded(statement.text.slice(0, 80))}`}`}
          scrubTo={head.scrubTo}
          goToMark={goToMark}
        />
        <p className="soft numeric strip-place">
          <span>
            {offset(Math.round(micros))} of {duration(durationMicros)}
          </span>
          <span>
            Statement <strong>{count(index + 1)}</strong> of {count(total)}
          </span>
          <StripLegend />
        </p>
        {head.failure !== undefined && <Failure error={head.failure} what="That moment" />}
      </section>
      <section className="timeline" aria-label="Statements of the session">
        {head.follow !== undefined && !state.follows && (
          <button type="button" className="button button-small button-accent" onClick={head.follow}>
            Follow the end
          </button>
        )}
        {statements.error !== null && (
          <Failure error={statements.error} what="The statements" retry={statements.retry} />
        )}
        <StatementList
          total={total}
          statementAt={statementAt}
          selected={index}
          follows={state.follows}
          select={select}
          turnPage={turnPage}
          onSight={setSight}
          onLeaveEnd={() => select(index)}
        />
      </section>
      {shown === undefined ? (
        <section className="transcript" aria-label="Terminal">
          {statements.error === null && <Loading what="The statement" lines={6} />}
        </section>
      ) : (
        <TranscriptPanel
          session={id}
          statement={shown}
          transcript={asked}
          page={shownPage}
          find={found.text}
          turnPage={turnPage}
        />
      )}
      <SidePanel
        first="statement"
        label="About this statement"
        content={{
          ...(shown !== undefined && {
            statement: () => (
              <StatementPanel session={id} statement={shown} goesOn={session.state === 'open'} />
            ),
            decision: () => <DecisionPanel session={id} statement={shown} />,
            frames: () => <FramesPanel session={id} seq={shown.seq} />,
          }),
          who: () => <WhoPanel session={session} />,
          session: () => <SessionPanel session={session} />,
        }}
      />
    </div>
  )
}

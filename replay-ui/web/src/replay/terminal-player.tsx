/** A session of a terminal: its screen as it was recorded, at any time of it. Which time is shown stands in the address. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { Outline, SessionDetail, TerminalSlice } from '@gatetrail/replay-api'
import { Failure, Loading } from '../design/notice.tsx'
import { share } from '../text/numbers.ts'
import { duration, offset } from '../time/moment.ts'
import { FindBox, type Found } from './find-box.tsx'
import type { Target } from './go-to.ts'
import { speeds, type Pace } from './playback.ts'
import { PlayerTools } from './player-tools.tsx'
import { terminalSlice } from './questions.ts'
import { SessionPanel } from './session-panel.tsx'
import { useShortcuts, type Shortcut } from '../design/shortcuts.tsx'
import { SidePanel, usePanel } from './side-panel.tsx'
import { barsOf, marksOf } from './strip-shapes.ts'
import { Screen } from './terminal-screen.tsx'
import { advanceTerminal, exactPollMs, isIn } from './terminal-time.ts'
import { TimeStrip } from './time-strip.tsx'
import { Transport } from './transport.tsx'
import { useThrottled } from './use-throttled.ts'
import { WhoPanel } from './who-panel.tsx'

const tickMs = 50
const addressMs = 1_000
const seekRestMs = 80
const stepMicros = 5_000_000

type TerminalPlayerProps = { session: SessionDetail; outline: Outline }

export function TerminalPlayer({ session, outline }: TerminalPlayerProps) {
  const id = session.session
  const addressed = useSearch({ from: '/sessions/$session', select: (search) => search.t })
  const navigate = useNavigate({ from: '/sessions/$session' })
  const [micros, setMicros] = useState(addressed ?? 0)
  const [playing, setPlaying] = useState(false)
  const [pace, setPace] = useState<Pace>({ speed: 1, skipIdle: true })
  const [linkOpen, setLinkOpen] = useState(false)
  const goToField = useRef<HTMLInputElement>(null)
  const findField = useRef<HTMLInputElement>(null)
  const [found, setFound] = useState<Found>({ hits: [], text: '' })
  const [panel, setPanel] = usePanel('session')
  const client = useQueryClient()

  // A slice answers for every time that it holds: only a time beyond it asks for another one.
  const [slice, setSlice] = useState<TerminalSlice>()
  const wanted = Math.floor(useThrottled(micros, seekRestMs))
  const holds = slice !== undefined && isIn(slice, wanted)
  const { data, error, refetch } = useQuery({ ...terminalSlice(id, wanted), enabled: !holds })
  if (data !== undefined && data !== slice && isIn(data, wanted) && !holds) setSlice(data)
  useEffect(() => {
    const next = slice?.nextMicros
    if (playing && next !== null && next !== undefined) {
      void client.prefetchQuery(terminalSlice(id, next))
    }
  }, [playing, slice, client, id])

  const shownAt = useRef(micros)
  useEffect(() => {
    shownAt.current = micros
  })
  // What is shown meanwhile is nearly always right: it is taken for the truth only once it is.
  useEffect(() => {
    if (slice === undefined || slice.isExact) return undefined
    let [asked, timer] = [0, 0]
    const askLater = () => {
      timer = window.setTimeout(() => {
        const question = terminalSlice(id, Math.floor(shownAt.current))
        client.fetchQuery({ ...question, staleTime: 0 }).then(
          (better) => {
            if (better.isExact && isIn(better, shownAt.current)) setSlice(better)
          },
          // The next time may do better; a moment that is sought says what is wrong.
          () => undefined,
        )
        askLater()
      }, exactPollMs(asked++))
    }
    askLater()
    return () => window.clearTimeout(timer)
  }, [slice, id, client])

  const durationMicros = Math.max(1, outline.durationMicros)
  const ready = slice !== undefined && isIn(slice, micros)
  useEffect(() => {
    if (!playing || !ready) return undefined
    let last = performance.now()
    const timer = setInterval(() => {
      const now = performance.now()
      const elapsedMs = now - last
      last = now
      setMicros((old) => advanceTerminal(slice, old, elapsedMs, pace))
    }, tickMs)
    return () => clearInterval(timer)
  }, [playing, ready, slice, pace])
  const atEnd = micros >= durationMicros
  useEffect(() => {
    if (playing && atEnd) setPlaying(false)
  }, [playing, atEnd])

  const written = useRef(addressed)
  useEffect(() => {
    const t = Math.round(micros)
    if (t === (written.current ?? 0)) return undefined
    const timer = setTimeout(
      () => {
        written.current = t
        void navigate({ search: (old) => ({ ...old, t }), replace: true, resetScroll: false })
      },
      playing ? addressMs : seekRestMs,
    )
    return () => clearTimeout(timer)
  }, [micros, playing, navigate])
  useEffect(() => {
    if (addressed === undefined || addressed === written.current) return
    written.current = addressed
    setMicros(addressed)
  }, [addressed])

  const seek = useCallback(
    (to: number) => setMicros(Math.max(0, Math.min(durationMicros, to))),
    [durationMicros],
  )
  const bars = useMemo(() => barsOf(outline, durationMicros), [outline, durationMicros])
  const marks = useMemo(() => marksOf(outline.moments, durationMicros), [outline, durationMicros])
  const hits = useMemo(
    () => [...new Set(found.hits.map((hit) => Math.min(1, hit.offsetMicros / durationMicros)))],
    [found, durationMicros],
  )
  const step = (by: number) => seek(micros + by * stepMicros)
  const faster = (by: 1 | -1) => {
    const speed = speeds[speeds.findIndex((each) => each === pace.speed) + by]
    if (speed !== undefined) setPace({ ...pace, speed })
  }
  const togglePanel = () => setPanel(panel === 'none' ? 'session' : 'none')
  const shortcuts: readonly Shortcut[] = [
    { key: ' ', shown: 'Space', does: 'Play, pause', run: () => setPlaying(!playing) },
    { key: 'j', does: '5 seconds on', run: () => step(1) },
    { key: 'k', does: '5 seconds back', run: () => step(-1) },
    { key: '>', does: 'Faster', run: () => faster(1) },
    { key: '<', does: 'Slower', run: () => faster(-1) },
    { key: 'i', does: 'Skip idle time, or not', run: () => setPace({ ...pace, skipIdle: !pace.skipIdle }) },
    { key: '/', does: 'Find in this session', run: () => findField.current?.focus() },
    { key: 'g', does: 'Go to a time', run: () => goToField.current?.focus() },
    { key: 'l', does: 'Link to this moment', run: () => setLinkOpen(true) },
    { key: 'p', does: 'Open or close the side panel', run: togglePanel },
  ] // prettier-ignore
  const keys = useShortcuts(shortcuts)

  return (
    <div className={`player player-terminal${panel === 'none' ? ' player-without-side' : ''}`}>
      <section className="player-head" aria-label="Timeline">
        <div className="player-bar">
          <Transport
            by="time"
            atStart={micros === 0}
            atEnd={atEnd}
            playing={playing}
            pace={pace}
            goToField={goToField}
            step={step}
            setPlaying={setPlaying}
            setPace={setPace}
            goTo={(target: Target) => {
              if ('at' in target) seek(target.at)
            }}
          />
          <FindBox
            session={id}
            field={findField}
            onFound={setFound}
            goTo={(hit) => seek(hit.offsetMicros)}
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
          valueText={offset(Math.round(micros))}
          scrubTo={seek}
          goToMark={(mark) => seek(mark.micros)}
        />
        <p className="soft numeric strip-place">
          {offset(Math.round(micros))} of {duration(durationMicros)}
        </p>
      </section>
      <section className="transcript" aria-label="Terminal">
        {error !== null && (
          <Failure error={error} what="The terminal" retry={() => void refetch()} />
        )}
        {slice?.isExact === false && (
          <p className="soft terminal-near" role="status">
            Shown from the last output before this moment: what was drawn long before may be missing
            until all of it is read ({share(slice.preparedMicros, durationMicros)}).
          </p>
        )}
        {slice === undefined && error === null && <Loading what="The terminal" lines={8} />}
        {slice !== undefined && (
          <Screen
            slice={slice}
            micros={micros}
            label={`The terminal at ${offset(Math.round(micros))}`}
          />
        )}
      </section>
      <SidePanel
        first="session"
        label="About this session"
        content={{
          who: () => <WhoPanel session={session} />,
          session: () => <SessionPanel session={session} />,
        }}
      />
    </div>
  )
}

/** The whole session as a line of time: bars of what happened, marks of what matters, and the playhead, by pointer and by keyboard. */
import { useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react'
import { recorded } from '../design/recorded.tsx'
import { offset } from '../time/moment.ts'
import { markNear, type Bar, type Mark } from './strip-shapes.ts'

const height = 44
const hitHeight = 6
const markPixels = 5

type TimeStripProps = {
  durationMicros: number
  micros: number
  bars: readonly Bar[]
  marks: readonly Mark[]
  /** Where a search found something, from 0 to 1. */
  hits: readonly number[]
  /** What is there, for those who do not see it. */
  valueText: string
  scrubTo: (micros: number) => void
  goToMark: (mark: Mark) => void
}

export function TimeStrip(props: TimeStripProps) {
  const { durationMicros, micros, bars, marks, hits, valueText, scrubTo, goToMark } = props
  const strip = useRef<HTMLDivElement>(null)
  const [pointed, setPointed] = useState<number>()
  const drags = useRef(false)
  const near = pointed === undefined ? undefined : nearMark(strip.current, marks, pointed)

  const placeOf = (event: PointerEvent): number => {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    return Math.max(0, Math.min(1, (event.clientX - left) / Math.max(1, width)))
  }
  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    const at = placeOf(event)
    const mark = nearMark(strip.current, marks, at)
    // Who presses a mark means it: a hand that trembles does not drag it away.
    drags.current = mark === undefined
    if (mark !== undefined) goToMark(mark)
    else scrubTo(at * durationMicros)
  }
  const onPointerMove = (event: PointerEvent) => {
    const at = placeOf(event)
    setPointed(at)
    if (drags.current) scrubTo(at * durationMicros)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const target = targetOf(event.key, micros, durationMicros)
    if (target === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    scrubTo(target)
  }
  return (
    <div className="strip">
      <div
        ref={strip}
        className="strip-slider"
        role="slider"
        tabIndex={0}
        aria-label="Time in the session"
        aria-valuemin={0}
        aria-valuemax={Math.round(durationMicros / 1_000)}
        aria-valuenow={Math.round(micros / 1_000)}
        aria-valuetext={valueText}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={() => {
          drags.current = false
        }}
        onPointerCancel={() => {
          drags.current = false
        }}
        onPointerLeave={() => setPointed(undefined)}
        onKeyDown={onKeyDown}
      >
        <Drawn bars={bars} marks={marks} hits={hits} />
        <span
          className="playhead"
          style={{ left: `${Math.min(1, micros / durationMicros) * 100}%` }}
        />
        {pointed !== undefined && (
          <span
            className={`strip-tip${pointed > 0.5 ? ' strip-tip-left' : ''}`}
            style={{ left: `${pointed * 100}%` }}
            aria-hidden="true"
          >
            <span className="numeric">{offset(near?.micros ?? pointed * durationMicros)}</span>
            {near !== undefined && <span> {recorded(near.label)}</span>}
          </span>
        )}
      </div>
    </div>
  )
}

/** Drawn once, not for each step of the playhead. */
function Drawn({ bars, marks, hits }: Pick<TimeStripProps, 'bars' | 'marks' | 'hits'>) {
  return useMemo(
    () => (
      <svg
        className="strip-drawn"
        viewBox={`0 0 1000 ${height}`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        {bars.map(({ from, width, height: tall, tone }) => (
          <rect
            key={from}
            className={`tone-${tone}`}
            x={from * 1_000}
            width={Math.max(1, width * 1_000 - 0.4)}
            y={height - tall * (height - 14)}
            height={tall * (height - 14)}
          />
        ))}
        {marks.map(({ at, seq, tone }) => (
          <rect
            key={`${seq} ${tone}`}
            className={`strip-mark tone-${tone}`}
            x={at * 998}
            width={2}
            y={0}
            height={10}
          />
        ))}
        {hits.map((at) => (
          <rect
            key={at}
            className="strip-hit"
            x={at * 998}
            width={2}
            y={height - hitHeight}
            height={hitHeight}
          />
        ))}
      </svg>
    ),
    [bars, marks, hits],
  )
}

const legend = [
  ['touched', 'personal data'],
  ['error', 'error'],
  ['refused', 'refused or shown in clear'],
] as const

export function StripLegend() {
  return (
    <span className="strip-legend" aria-hidden="true">
      {legend.map(([tone, name]) => (
        <span key={tone}>
          <span className={`strip-swatch tone-${tone}`} /> {name}
        </span>
      ))}
    </span>
  )
}

function nearMark(element: HTMLElement | null, marks: readonly Mark[], at: number) {
  return markNear(marks, at, markPixels / Math.max(1, element?.clientWidth ?? 1))
}

function targetOf(key: string, micros: number, duration: number): number | undefined {
  const within = (wanted: number) => Math.max(0, Math.min(duration, wanted))
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return within(micros + duration / 100)
    case 'ArrowLeft':
    case 'ArrowDown':
      return within(micros - duration / 100)
    case 'PageUp':
      return within(micros + duration / 10)
    case 'PageDown':
      return within(micros - duration / 10)
    case 'Home':
      return 0
    case 'End':
      return duration
    default:
      return undefined
  }
}

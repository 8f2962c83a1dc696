/**
 * A year at a glance: a square per day, the stronger the more values were touched; what was revealed has a sign of its own. One stop
 * for the tab key; arrow keys go by day and week, Enter opens.
 */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import {
  memo,
  useEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
} from 'react'
import { stringifySearch } from '../address.ts'
import { calendar } from '../api/questions.ts'
import type { CalendarDay } from '@gatetrail/replay-api'
import { Icon } from '../design/icons.tsx'
import { count, counted } from '../text/numbers.ts'
import { dayName, isDay, monthNameShort } from '../time/day.ts'
import { useZone } from '../time/use-zone.ts'
import { cellsOf, dayByKey, strength } from './year.ts'

const step = 15
const side = 12
const left = 34
const top = 20
const columnsMax = 54
const width = left + columnsMax * step
const height = top + 7 * step
const yearMin = 1970

/** `waits`: what the page is about comes first. */
type YearMapProps = { on: string; today: string; year: number; waits: boolean }

export function YearMap({ on, today, year, waits }: YearMapProps) {
  const zone = useZone()
  const navigate = useNavigate()
  const { data, error, isPlaceholderData } = useQuery({
    ...calendar(year, zone),
    enabled: !waits,
  })
  const known = data !== undefined && error === null && !isPlaceholderData
  const byDate = useMemo(
    () => new Map((known ? data.days : []).map((day) => [day.date, day])),
    [data, known],
  )
  const box = useRef<HTMLDivElement>(null)
  const [pointed, setPointed] = useState<string>()
  const lastDay = `${year}-12-31` < today ? `${year}-12-31` : today
  const first = on.slice(0, 4) === String(year) ? on : lastDay
  const [stop, setStop] = useState(first)
  useEffect(() => {
    setStop(first)
    // On a narrow screen the year is wider than its box: the day that is shown comes into sight.
    const cell = box.current?.querySelector(`[data-day="${first}"]`)
    if (!(cell instanceof SVGElement) || box.current === null) return
    const [inside, outside] = [cell.getBoundingClientRect(), box.current.getBoundingClientRect()]
    box.current.scrollLeft += inside.left - outside.left - outside.width / 2
  }, [first])

  const onKeyDown = (event: KeyboardEvent) => {
    const next =
      event.altKey || event.ctrlKey || event.metaKey ? undefined : dayByKey(event.key, stop)
    if (next === undefined) return
    event.preventDefault()
    const inYear = next < `${year}-01-01` ? `${year}-01-01` : next > lastDay ? lastDay : next
    setStop(inYear)
    box.current?.querySelector<SVGElement>(`[data-day="${inYear}"]`)?.focus()
  }
  const onClick = (event: MouseEvent) => {
    const day = dayOf(event.target)
    // Another tab is the browser's own business.
    const plain = !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
    if (day === undefined || !plain) return
    event.preventDefault()
    void navigate({ to: '/', search: { on: day }, resetScroll: false })
  }
  const point = (target: EventTarget | null) => setPointed(dayOf(target))
  return (
    <section className="year" aria-label={`The year ${year}`}>
      <div className="year-head">
        {year > yearMin && <YearLink year={year - 1} label="Previous year" icon="left" />}
        <strong className="numeric">{year}</strong>
        {`${year + 1}-01-01` <= today ? (
          <YearLink year={year + 1} label="Next year" icon="right" />
        ) : (
          <span className="button button-quiet button-small button-disabled" aria-hidden="true">
            <Icon name="right" />
          </span>
        )}
        <span className="year-words">
          {pointed === undefined ? (
            error === null ? (
              known && <YearSentence days={data.days} />
            ) : (
              'What the days of this year hold could not be loaded.'
            )
          ) : (
            <>
              {dayName(pointed)}
              {known && pointed <= today && `: ${described(byDate.get(pointed))}`}
            </>
          )}
        </span>
      </div>
      <div ref={box} className={known ? 'year-box' : 'year-box stale'} aria-busy={!known}>
        <svg
          viewBox={`0 0 ${width} ${height}`}
          role="grid"
          aria-label={`Days of ${year}, a row for each day of the week`}
          onKeyDown={onKeyDown}
          onClick={onClick}
          onPointerOver={({ target }) => point(target)}
          onPointerLeave={() => point(null)}
          onFocus={({ target }) => {
            point(target)
            setStop(dayOf(target) ?? stop)
          }}
          onBlur={() => point(null)}
        >
          <Names year={year} />
          <Cells
            {...{ year, on, today, stop, byDate, known }}
            addresses={stringifySearch({ ...(zone !== 'UTC' && { tz: zone }), on: '' })}
          />
        </svg>
      </div>
      <Legend />
    </section>
  )
}

type CellsProps = {
  year: number
  on: string
  today: string
  stop: string
  byDate: ReadonlyMap<string, CalendarDay>
  known: boolean
  /** An address that a day is to be put behind. */
  addresses: string
}

const Cells = memo(function Cells({ year, on, today, stop, byDate, known, addresses }: CellsProps) {
  const most = Math.max(0, ...[...byDate.values()].map(({ values }) => values))
  const rows = [0, 1, 2, 3, 4, 5, 6].map((row) => cellsOf(year).filter((cell) => cell.row === row))
  return rows.map((cells, row) => (
    <g key={row} role="row">
      {cells.map(({ day, column }) => {
        const found = byDate.get(day)
        const at = { x: left + column * step, y: top + row * step, width: side, height: side }
        const classes = ['year-day', `year-strength-${strength(found?.values ?? 0, most)}`]
        if (day > today) classes.push('year-future')
        if (day === today) classes.push('year-today')
        if (day === on) classes.push('year-chosen')
        const cell = (
          <>
            <rect {...at} rx={2.5} className={classes.join(' ')} />
            {found !== undefined && found.revealed > 0 && (
              <circle cx={at.x + side / 2} cy={at.y + side / 2} r={3} className="year-revealed" />
            )}
          </>
        )
        return day > today ? (
          <g key={day} role="gridcell" aria-label={`${dayName(day)}: not yet`}>
            {cell}
          </g>
        ) : (
          <g key={day} role="gridcell">
            <a
              href={`/${addresses}${day}`}
              data-day={day}
              tabIndex={day === stop ? 0 : -1}
              aria-current={day === on ? 'date' : undefined}
              aria-label={`${dayName(day)}${day === today ? ', today' : ''}${known ? `: ${described(found)}` : ''}`}
            >
              {cell}
            </a>
          </g>
        )
      })}
    </g>
  ))
})

function Names({ year }: { year: number }) {
  return (
    <g aria-hidden="true" className="year-names">
      {cellsOf(year)
        .filter(({ day }) => day.endsWith('-01'))
        .map(({ day, column, row }) => (
          <text key={day} x={left + (column + (row > 3 ? 1 : 0)) * step} y={top - 7}>
            {monthNameShort(day)}
          </text>
        ))}
      {['Mon', '', 'Wed', '', 'Fri', '', 'Sun'].map((name, row) => (
        <text key={row} x={0} y={top + row * step + side - 2}>
          {name}
        </text>
      ))}
    </g>
  )
}

function Legend() {
  return (
    <p className="year-legend soft">
      <span>
        Values touched: none{' '}
        {[0, 1, 2, 3, 4].map((level) => (
          <Swatch key={level} className={`year-strength-${level}`} />
        ))}{' '}
        most
      </span>
      <span>
        <Swatch className="year-strength-2" revealed /> some shown in clear
      </span>
      <span>
        <Swatch className="year-strength-0 year-today" /> today
      </span>
      <span>
        <Swatch className="year-strength-0 year-chosen" /> the day below
      </span>
    </p>
  )
}

function Swatch({ className, revealed = false }: { className: string; revealed?: boolean }) {
  return (
    <svg className="year-swatch" viewBox="-1 -1 14 14" aria-hidden="true">
      <rect width={side} height={side} rx={2.5} className={className} />
      {revealed && <circle cx={side / 2} cy={side / 2} r={3} className="year-revealed" />}
    </svg>
  )
}

function YearSentence({ days }: { days: readonly CalendarDay[] }) {
  if (days.length === 0) return <>No run is known to have touched personal data in this year.</>
  const sum = (name: 'values' | 'revealed') => days.reduce((total, day) => total + day[name], 0)
  return (
    <>
      {counted(sum('values'), 'value')} touched on {counted(days.length, 'day')},{' '}
      {count(sum('revealed'))} shown in clear
    </>
  )
}

function YearLink({ year, label, icon }: { year: number; label: string; icon: 'left' | 'right' }) {
  return (
    <Link
      className="button button-quiet button-small"
      to="/"
      search={(old) => ({ ...old, year, signin: undefined, returnTo: undefined })}
      resetScroll={false}
      aria-label={`${label}, ${year}`}
    >
      <Icon name={icon} />
    </Link>
  )
}

function described(day: CalendarDay | undefined): string {
  if (day === undefined) return 'nothing touched'
  const { runs, values, revealed } = day
  return `${counted(runs, 'run')}, ${counted(values, 'value')} touched, ${count(revealed)} shown in clear`
}

function dayOf(target: EventTarget | null): string | undefined {
  const cell = target instanceof Element ? target.closest('[data-day]') : null
  const day = cell?.getAttribute('data-day') ?? ''
  return isDay(day) ? day : undefined
}

/** A month at a glance: a bar per day, as high as the number of values that were touched; what was revealed stands out. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useRef, type KeyboardEvent } from 'react'
import { calendar } from '../api/questions.ts'
import type { CalendarDay } from '@gatetrail/replay-api'
import { Icon } from '../design/icons.tsx'
import { count, counted } from '../text/numbers.ts'
import { addMonths, dayName, daysOfMonth, monthName, weekday } from '../time/day.ts'
import { useZone } from '../time/use-zone.ts'

type MonthStripProps = { on: string; today: string }

export function MonthStrip({ on, today }: MonthStripProps) {
  const zone = useZone()
  const { data, error } = useQuery(calendar(Number(on.slice(0, 4)), zone))
  const list = useRef<HTMLOListElement>(null)
  const byDate = new Map(data?.days.map((day) => [day.date, day]))
  const days = daysOfMonth(on)
  const most = Math.max(1, ...days.map((day) => byDate.get(day)?.values ?? 0))
  const next = addMonths(on, 1)

  const move = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (step === undefined) return
    const links = [...(list.current?.querySelectorAll('a') ?? [])]
    const at = links.findIndex((link) => link === document.activeElement)
    links[at + step]?.focus()
    event.preventDefault()
  }
  return (
    <nav className="month" aria-label={`Days of ${monthName(on)}`}>
      <div className="month-head">
        <MonthLink to={addMonths(on, -1)} label="Previous month" icon="left" />
        <strong>{monthName(on)}</strong>
        {on.slice(0, 7) < today.slice(0, 7) && (
          <MonthLink to={next > today ? today : next} label="Next month" icon="right" />
        )}
        <span className="month-legend soft">
          {error === null ? (
            <>
              <i className="swatch swatch-masked" /> masked and other
              <i className="swatch swatch-revealed" /> revealed
            </>
          ) : (
            'What other days hold could not be loaded.'
          )}
        </span>
      </div>
      <ol ref={list} className="month-days" onKeyDown={move}>
        {days.map((day) => (
          <li key={day} className={isWeekend(day) ? 'weekend' : undefined}>
            <Day
              day={day}
              selected={day === on}
              future={day > today}
              found={byDate.get(day)}
              known={data !== undefined && error === null}
              most={most}
            />
          </li>
        ))}
      </ol>
    </nav>
  )
}

type DayProps = {
  day: string
  selected: boolean
  future: boolean
  found: CalendarDay | undefined
  known: boolean
  most: number
}

function Day({ day, selected, future, found, known, most }: DayProps) {
  const number = <span className="month-number numeric">{Number(day.slice(8))}</span>
  if (future) return <span className="month-day month-future">{number}</span>
  return (
    <Link
      className="month-day"
      to="/"
      search={(old) => ({ ...old, on: day, signin: undefined })}
      aria-current={selected ? 'date' : undefined}
      // One stop for the tab key; the arrow keys go from day to day.
      tabIndex={selected ? 0 : -1}
      aria-label={`${dayName(day)}${known ? `: ${described(found)}` : ''}`}
      title={known ? described(found) : undefined}
    >
      <span className="month-bar" aria-hidden="true">
        {found !== undefined && (
          <>
            <span className="month-revealed" style={{ height: height(found.revealed, most) }} />
            <span
              className="month-values"
              style={{ height: height(found.values - found.revealed, most) }}
            />
          </>
        )}
      </span>
      {number}
    </Link>
  )
}

function MonthLink({ to, label, icon }: { to: string; label: string; icon: 'left' | 'right' }) {
  return (
    <Link
      className="button button-quiet button-small"
      to="/"
      search={(old) => ({ ...old, on: to, signin: undefined })}
      aria-label={label}
    >
      <Icon name={icon} />
    </Link>
  )
}

/** By the root, so that a small day beside a huge one is still seen. */
function height(values: number, most: number): string {
  return values <= 0 ? '0' : `${Math.max(8, Math.sqrt(values / most) * 100)}%`
}

function described(day: CalendarDay | undefined): string {
  if (day === undefined) return 'no touches'
  const { runs, values, revealed } = day
  return `${counted(runs, 'run')}, ${counted(values, 'value')} touched, ${count(revealed)} revealed`
}

function isWeekend(day: string): boolean {
  return weekday(day) === 0 || weekday(day) === 6
}

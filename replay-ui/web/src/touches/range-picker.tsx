/** From which day to which: some last days, or two days. */
import { Link, useNavigate } from '@tanstack/react-router'
import { DayField } from '../design/day-field.tsx'
import { dayAt } from '../time/day.ts'
import { useZone } from '../time/use-zone.ts'
import type { RangeSearch } from './address.ts'

const presets = [
  [1, 'Today'],
  [7, '7 days'],
  [30, '30 days'],
  [90, '90 days'],
  [366, '366 days'],
] as const

export function RangePicker({ search }: { search: RangeSearch }) {
  const navigate = useNavigate()
  const today = dayAt(Date.now(), useZone())
  const { from, to, last } = search
  const isDefault = from === undefined && to === undefined
  const chosen = last ?? (isDefault ? 366 : undefined)
  const apply = (change: RangeSearch) => {
    void navigate({
      to: '/touches',
      search: (old) => ({ ...old, last: undefined, ...change, cursor: undefined }),
    })
  }
  const dayField = (label: string, value: string | undefined, name: 'from' | 'to') => (
    <label>
      {label} <DayField day={value} max={today} apply={(day) => apply({ [name]: day })} />
    </label>
  )
  return (
    <div className="range" role="group" aria-label="Time">
      <div className="range-presets">
        {presets.map(([days, name]) => (
          <Link
            key={days}
            className="button button-small"
            to="/touches"
            search={(old) => ({
              ...old,
              last: days,
              from: undefined,
              to: undefined,
              cursor: undefined,
            })}
            aria-current={chosen === days ? 'true' : undefined}
          >
            {name}
          </Link>
        ))}
      </div>
      {dayField('From', from, 'from')}
      {dayField('to', to, 'to')}
    </div>
  )
}

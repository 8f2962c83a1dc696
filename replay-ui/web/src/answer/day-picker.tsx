/** The day before, a day, the day after, today. */
import { Link, useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { Icon } from '../design/icons.tsx'
import { addDays, isDay } from '../time/day.ts'

type DayPickerProps = { on: string; today: string }

export function DayPicker({ on, today }: DayPickerProps) {
  const navigate = useNavigate()
  // While somebody types a year, the text is no day yet.
  const [text, setText] = useState(on)
  useEffect(() => setText(on), [on])
  const choose = (day: string) => {
    setText(day)
    if (isDay(day) && day !== on && day >= '1970-01-01' && day <= today) {
      void navigate({
        to: '/',
        search: (old) => ({
          ...old,
          on: day,
          year: undefined,
          signin: undefined,
          returnTo: undefined,
        }),
      })
    }
  }
  return (
    <div className="day-picker" role="group" aria-label="Day">
      <Link
        className="button"
        to="/"
        search={(old) => ({
          ...old,
          on: addDays(on, -1),
          year: undefined,
          signin: undefined,
          returnTo: undefined,
        })}
        aria-label="Previous day"
      >
        <Icon name="left" />
      </Link>
      <input
        className="field"
        type="date"
        aria-label="Day"
        min="1970-01-01"
        max={today}
        value={text}
        onChange={({ target }) => choose(target.value)}
      />
      {on < today ? (
        <Link
          className="button"
          to="/"
          search={(old) => ({
            ...old,
            on: addDays(on, 1),
            year: undefined,
            signin: undefined,
            returnTo: undefined,
          })}
          aria-label="Next day"
        >
          <Icon name="right" />
        </Link>
      ) : (
        <span className="button button-disabled" aria-hidden="true">
          <Icon name="right" />
        </span>
      )}
      <Link
        className="button"
        to="/"
        search={(old) => ({
          ...old,
          on: undefined,
          year: undefined,
          signin: undefined,
          returnTo: undefined,
        })}
        aria-current={on === today ? 'date' : undefined}
      >
        Today
      </Link>
    </div>
  )
}

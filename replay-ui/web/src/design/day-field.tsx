/** A day of the address. While somebody types a year, the text is no day yet: nothing is asked for, and the field keeps the focus. */
import { useEffect, useState } from 'react'
import { isDay } from '../time/day.ts'

const dayMin = '1970-01-01'

type DayFieldProps = {
  day: string | undefined
  min?: string | undefined
  max?: string | undefined
  apply: (day: string | undefined) => void
}

export function DayField({ day, min = dayMin, max, apply }: DayFieldProps) {
  const [text, setText] = useState(day ?? '')
  useEffect(() => setText(day ?? ''), [day])
  return (
    <input
      className="field"
      type="date"
      min={min}
      max={max}
      value={text}
      onChange={({ target: { value } }) => {
        setText(value)
        if (value === '' || isTyped(value)) apply(value || undefined)
      }}
    />
  )
}

/** Year 0002 is on the way to 2026: a browser gives each digit as a day of its own. */
export function isTyped(text: string): boolean {
  return isDay(text) && text >= dayMin
}

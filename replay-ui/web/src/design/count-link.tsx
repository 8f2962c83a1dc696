/** A figure of a table that leads to what it counts; what counts nothing leads nowhere. */
import { createLink } from '@tanstack/react-router'
import type { ComponentProps } from 'react'
import { count } from '../text/numbers.ts'

type CountAnchorProps = {
  value: number
  /** What it counts, in words with the figure. */
  label: string
  bad?: boolean
} & ComponentProps<'a'>

function CountAnchor({ value, label, bad = false, ...anchor }: CountAnchorProps) {
  if (value === 0) return '0'
  return bad ? (
    <a {...anchor} aria-label={label} className="danger-text">
      <strong>{count(value)}</strong>
    </a>
  ) : (
    <a {...anchor} aria-label={label}>
      {count(value)}
    </a>
  )
}

export const CountLink = createLink(CountAnchor)

/** A question's states: on its way, failed, answered. */
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Failure, Loading } from '../design/notice.tsx'

type AskedProps<Answer> = {
  query: UseQueryResult<Answer>
  what: string
  lines?: number
  children: (answer: Answer) => ReactNode
}

export function Asked<Answer>({ query, what, lines = 6, children }: AskedProps<Answer>) {
  const { data, error, isPlaceholderData, refetch } = query
  if (error !== null) return <Failure error={error} what={what} retry={() => void refetch()} />
  if (data === undefined) return <Loading what={what} lines={lines} />
  return (
    <div className={isPlaceholderData ? 'answer stale' : 'answer'} aria-busy={isPlaceholderData}>
      {children(data)}
    </div>
  )
}

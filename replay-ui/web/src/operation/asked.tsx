/** A question's states: on its way, failed, answered, answered before and failed since. */
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Loading } from '../design/notice.tsx'
import { answerOf, QuestionFailure } from '../design/question-state.tsx'

type AskedProps<Answer> = {
  query: Pick<
    UseQueryResult<Answer>,
    'data' | 'error' | 'isPlaceholderData' | 'dataUpdatedAt' | 'refetch'
  >
  what: string
  lines?: number
  children: (answer: Answer) => ReactNode
}

export function Asked<Answer>({ query, what, lines = 6, children }: AskedProps<Answer>) {
  const { error, isPlaceholderData } = query
  const answer = answerOf(query)
  if (answer === undefined && error === null) return <Loading what={what} lines={lines} />
  return (
    <>
      <QuestionFailure question={query} what={what} />
      {answer !== undefined && (
        <div
          className={isPlaceholderData ? 'answer stale' : 'answer'}
          aria-busy={isPlaceholderData}
        >
          {children(answer)}
        </div>
      )}
    </>
  )
}

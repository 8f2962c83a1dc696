/** What went wrong with a question. What was answered last stays where it is, and then it says of when it is. */
import { ApiError } from '@gatetrail/replay-api'
import { sentence } from '../text/words.ts'
import { Icon } from './icons.tsx'
import { Moment } from './moment.tsx'
import { Failure, Notice } from './notice.tsx'

type Question<Answer> = { data: Answer | undefined; error: Error | null }

/** The answer, also an older one; not to who may not see it any more. */
export function answerOf<Answer>({ data, error }: Question<Answer>): Answer | undefined {
  const isTakenAway = error instanceof ApiError && (error.status === 401 || error.status === 403)
  return isTakenAway ? undefined : data
}

type QuestionFailureProps = {
  question: Question<unknown> & {
    dataUpdatedAt: number
    /** Of an answer in pages: the next one failed, what is there is of now. */
    isFetchNextPageError?: boolean
    refetch: () => unknown
  }
  what: string
  /** Left out: asks the question again. */
  retry?: () => void
}

export function QuestionFailure({ question, what, retry }: QuestionFailureProps) {
  const { error, dataUpdatedAt, isFetchNextPageError = false, refetch } = question
  const again = retry ?? (() => void refetch())
  if (error === null) return null
  if (answerOf(question) === undefined) return <Failure error={error} what={what} retry={again} />
  return (
    <div role="alert">
      <Notice
        tone="warning"
        icon="clock"
        title={
          isFetchNextPageError ? (
            `${what} could not be continued`
          ) : (
            <>
              As of <Moment iso={new Date(dataUpdatedAt).toISOString()} />: {what.toLowerCase()}{' '}
              could not be refreshed
            </>
          )
        }
      >
        <p>
          {sentence(error.message)}
          {error instanceof ApiError && error.hint !== undefined && ` ${sentence(error.hint)}`}
        </p>
        <button type="button" className="button button-small" onClick={again}>
          <Icon name="refresh" />
          Try again
        </button>
      </Notice>
    </div>
  )
}

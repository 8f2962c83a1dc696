/** Questions that somebody saved: opened, and deleted by whoever may. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useRouter } from '@tanstack/react-router'
import { useEffect } from 'react'
import { questionsApi, type SavedQuestion } from '@gatetrail/replay-api'
import { api } from '../api/client.ts'
import { Icon } from '../design/icons.tsx'
import { Moment } from '../design/moment.tsx'
import { Failure, Loading, Notice } from '../design/notice.tsx'
import { answerOf, QuestionFailure } from '../design/question-state.tsx'
import { Recorded, recorded } from '../design/recorded.tsx'
import { QuestionTabs } from './question-tabs.tsx'
import './questions.css'
import { savedQuestions } from './questions.ts'

export function QuestionsPage() {
  const asked = useQuery(savedQuestions)
  const data = answerOf(asked)
  useEffect(() => {
    document.title = 'Saved questions · Gatetrail'
  }, [])
  return (
    <main className="page">
      <QuestionTabs />
      <h1>Saved questions</h1>
      <QuestionFailure question={asked} what="The saved questions" />
      {data === undefined && asked.error === null && (
        <Loading what="The saved questions" lines={4} />
      )}
      {data?.questions.length === 0 && (
        <Notice tone="plain" icon="star" title="No question is saved yet">
          <p>
            Ask one, for example <Link to="/touches">who touched personal data</Link>, and press
            Save. Everybody who may read finds it here.
          </p>
        </Notice>
      )}
      {data !== undefined && data.questions.length > 0 && (
        <ul className="saved">
          {data.questions.map((question) => (
            <Saved key={question.id} question={question} />
          ))}
        </ul>
      )}
    </main>
  )
}

function Saved({ question }: { question: SavedQuestion }) {
  const { id, name, address, by, mine, saved, notAfter } = question
  const router = useRouter()
  const queryClient = useQueryClient()
  // It is kept because it is used; if that can't be said, it opens all the same.
  const open = useMutation({
    mutationFn: () => api.ask(questionsApi.openQuestion, { params: { id } }),
  })
  const remove = useMutation({
    mutationFn: () => api.ask(questionsApi.deleteQuestion, { params: { id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: savedQuestions.queryKey }),
  })
  // The server keeps addresses of our own pages only; a link to anywhere else is drawn as text.
  const isOurs = address.startsWith('/') && !/^\/[/\\]/.test(address)
  return (
    <li className="saved-question">
      <div>
        {isOurs ? (
          <a
            href={address}
            onClick={(event) => {
              open.mutate()
              if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
              event.preventDefault()
              router.history.push(address)
            }}
          >
            <Recorded text={name} />
          </a>
        ) : (
          <Recorded text={name} />
        )}
        <p className="soft">
          saved by <Recorded text={by} /> at <Moment iso={saved} date />, kept until{' '}
          <Moment iso={notAfter} date />
        </p>
        {remove.error !== null && (
          <Failure error={remove.error} what="The question" done="deleted" />
        )}
      </div>
      {mine && (
        <button
          type="button"
          className="button button-quiet button-small"
          disabled={remove.isPending}
          onClick={() => remove.mutate()}
          aria-label={`Delete ${recorded(name)}`}
        >
          <Icon name="close" />
          Delete
        </button>
      )}
    </li>
  )
}

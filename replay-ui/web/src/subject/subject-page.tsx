/**
 * Which runs ever touched a value that somebody holds, for example of a person who asks what is known about them. The value stays in
 * the field and in the body of one request: in no address, no history, no cache and no storage.
 */
import { useMutation } from '@tanstack/react-query'
import { useEffect, useId, useState } from 'react'
import { subjectApi } from '@gatetrail/replay-api'
import { api } from '../api/client.ts'
import { Icon } from '../design/icons.tsx'
import { Failure, Loading } from '../design/notice.tsx'
import { QuestionTabs } from '../questions/question-tabs.tsx'
import { addDays, isDay, startOfDay } from '../time/day.ts'
import { useZone } from '../time/use-zone.ts'
import { SubjectResult } from './subject-result.tsx'
import './subject.css'

type Ask = { value: string; entity: string; since: string; until: string }

export function SubjectPage() {
  const zone = useZone()
  const note = useId()
  const [shown, setShown] = useState(false)
  const ask = useMutation({
    mutationFn: ({ value, entity, since, until }: Ask) =>
      api.ask(subjectApi.subject, {
        body: {
          value,
          ...(entity !== '' && { entity }),
          ...(isDay(since) && { since: startOfDay(since, zone).toISOString() }),
          ...(isDay(until) && { until: startOfDay(addDays(until, 1), zone).toISOString() }),
        },
      }),
    // The value is forgotten with the page.
    gcTime: 0,
  })
  useEffect(() => {
    document.title = 'Which runs touched a value · Gatetrail'
  }, [])
  return (
    <main className="page">
      <QuestionTabs />
      <h1>Which runs ever touched this value?</h1>
      <form
        className="subject-form"
        method="post"
        autoComplete="off"
        // The answer was about what stood there before.
        onInput={() => ask.reset()}
        onSubmit={(event) => {
          event.preventDefault()
          const form = new FormData(event.currentTarget)
          const field = (name: string) => {
            const given = form.get(name)
            return typeof given === 'string' ? given.trim() : ''
          }
          if (field('value') === '') return
          ask.mutate({
            ...{ value: field('value'), entity: field('entity').toUpperCase() },
            ...{ since: field('since'), until: field('until') },
          })
        }}
      >
        <label className="labelled subject-value">
          The value
          <span className="subject-field">
            <input
              className="field"
              name="value"
              type={shown ? 'text' : 'password'}
              required
              maxLength={subjectApi.subjectValueCharactersMax}
              autoComplete="off"
              spellCheck={false}
              aria-describedby={note}
              placeholder="such as 123-45-6789, or an e-mail"
              data-1p-ignore=""
              data-lpignore="true"
            />
            <button
              type="button"
              className="button"
              aria-pressed={shown}
              aria-label="Show the value"
              onClick={() => setShown(!shown)}
            >
              <Icon name={shown ? 'eye-open' : 'eye-closed'} />
            </button>
          </span>
        </label>
        <label className="labelled">
          Kind of data
          <input
            className="field"
            name="entity"
            pattern="[A-Za-z][A-Za-z0-9_]{0,99}"
            placeholder="any, or such as US_SSN"
            autoComplete="off"
            spellCheck={false}
          />
        </label>
        <label className="labelled">
          From
          <input className="field" name="since" type="date" />
        </label>
        <label className="labelled">
          to
          <input className="field" name="until" type="date" />
        </label>
        <button type="submit" className="button button-primary" disabled={ask.isPending}>
          {ask.isPending ? 'Asking…' : 'Ask'}
        </button>
        <p className="soft subject-note" id={note}>
          The value is turned into fingerprints and forgotten: it is neither stored nor logged, and
          stands in no address. That you asked is on record, without the value.
        </p>
      </form>
      <div aria-live="polite">
        {ask.isPending && <Loading what="The answer" lines={4} />}
        {ask.error !== null && !ask.isPending && <Failure error={ask.error} what="The answer" />}
        {ask.isSuccess && <SubjectResult answer={ask.data} />}
      </div>
    </main>
  )
}

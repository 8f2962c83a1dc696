/** Words in everything on record: one field, what it is narrowed by, and the hits, each a link to its moment. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { ApiError, type SearchAnswer } from '@gatetrail/replay-api'
import { useEffect } from 'react'
import { Loading, Notice } from '../design/notice.tsx'
import { Moment } from '../design/moment.tsx'
import { Before, usePagesShown } from '../design/pages-shown.tsx'
import { answerOf, QuestionFailure } from '../design/question-state.tsx'
import { counted } from '../text/numbers.ts'
import { sentence } from '../text/words.ts'
import { useZone } from '../time/use-zone.ts'
import { hits } from './questions.ts'
import { SearchForm } from './search-form.tsx'
import { SearchHits } from './search-hits.tsx'
import './search.css'

const pagesShownMax = 20

export function SearchPage() {
  const search = useSearch({ from: '/search' })
  const question = useInfiniteQuery(hits(search, useZone()))
  const { error, isFetching } = question
  const data = answerOf(question)
  const { q = '' } = search
  useEffect(() => {
    document.title = q === '' ? 'Search · Gatetrail' : `${q} · Search · Gatetrail`
  }, [q])
  const pages = data?.pages ?? []
  const [first] = pages
  const last = pages.at(-1)
  const found = pages.flatMap((page) => page.hits)
  const { shown, before, more, isComing } = usePagesShown(pages, pagesShownMax, question)
  return (
    <main className="page">
      <h1>Search</h1>
      <SearchForm />
      <p className="visually-hidden" role="status">
        {q !== '' && first !== undefined && !isFetching && `${counted(found.length, 'hit')} shown`}
      </p>
      {q === '' && <Explained />}
      {first !== undefined && first.personal.length > 0 && <Personal kinds={first.personal} />}
      {isRefused(error) ? (
        <Refused error={error} />
      ) : (
        <QuestionFailure question={question} what="The search" />
      )}
      {q !== '' && data === undefined && error === null && <Loading what="The search" lines={8} />}
      {first !== undefined && last !== undefined && (
        <>
          <Before show={before}>Newer hits</Before>
          {found.length > 0 && <SearchHits hits={shown.flatMap((page) => page.hits)} />}
          {found.length === 0 && last.stopped === null && <NothingFound searched={search} />}
          {more !== undefined && (
            <div>
              <button type="button" className="button" disabled={isComing} onClick={more}>
                {isComing ? 'Looking further back …' : 'Older hits'}
              </button>
            </div>
          )}
          <HowFar first={first} last={last} any={found.length > 0} />
        </>
      )}
    </main>
  )
}

function Explained() {
  return (
    <section className="search-help" aria-label="How to search">
      <p>
        Words in statements, in what results showed, in values that clients sent, in errors and
        notices, and in claims: as they were recorded, after masking. Each hit opens the replay at
        its moment.
      </p>
      <dl>
        <div>
          <dt>
            <code>invoice overdue</code>
          </dt>
          <dd>both words, anywhere in one record</dd>
        </div>
        <div>
          <dt>
            <code>&quot;permission denied&quot;</code>
          </dt>
          <dd>one after the other</dd>
        </div>
        <div>
          <dt>
            <code>cust*</code>
          </dt>
          <dd>words that begin so, from three letters on</dd>
        </div>
      </dl>
      <p className="soft">
        What was masked is not found, by nobody. Who touched a certain person&apos;s value is asked{' '}
        <Link to="/subject">by that value</Link>, which keeps it out of addresses.
      </p>
    </section>
  )
}

/** What was typed stands in the address of this page, and so in the browser's history. */
function Personal({ kinds }: { kinds: readonly string[] }) {
  const navigate = useNavigate()
  return (
    <Notice
      tone="warning"
      icon="warning"
      title={`This looks like personal data (${kinds.join(', ')})`}
    >
      <p>
        Such values are masked in the record, so that a search does not find them; and what is typed
        here stands in the address of this page. To learn who touched a value,{' '}
        <Link to="/subject">ask for it there</Link>: by its fingerprint, and in no address.
      </p>
      <p>
        <button
          type="button"
          className="button"
          onClick={() =>
            void navigate({
              to: '/search',
              search: (old) => ({ ...old, q: undefined }),
              replace: true,
            })
          }
        >
          Take it out of the address
        </button>
      </p>
    </Notice>
  )
}

/** The words can't be searched for: no failure of ours. */
function isRefused(error: Error | null): error is ApiError {
  return error instanceof ApiError && error.code === 'REQUEST_INVALID'
}

function Refused({ error }: { error: ApiError }) {
  return (
    <div role="alert">
      <Notice tone="warning" icon="warning" title={sentence(error.message)}>
        {error.hint !== undefined && <p>{sentence(error.hint)}</p>}
      </Notice>
    </div>
  )
}

function NothingFound({ searched }: { searched: Readonly<Record<string, unknown>> }) {
  const narrowed = ['kind', 'from', 'to', 'connection', 'principal', 'run'].some(
    (name) => searched[name] !== undefined,
  )
  return (
    <Notice tone="plain" icon="check" title="Nothing was found">
      <p>
        {narrowed ? (
          <>
            No record of what is chosen holds all of these words.{' '}
            <Link to="/search" search={({ q, tz }) => ({ q, tz })}>
              Search everything
            </Link>
          </>
        ) : (
          'No record holds all of these words. Words are found whole: add * for words that begin so.'
        )}
      </p>
    </Notice>
  )
}

/** Where the search ended, if that is not the beginning of what is on record; and what it could not look into. */
function HowFar({ first, last, any }: { first: SearchAnswer; last: SearchAnswer; any: boolean }) {
  const { stopped, searchedFrom } = last
  return (
    <>
      {stopped !== null && (
        <Notice tone="warning" icon="clock" title="The search ended before all was searched">
          <p>
            Nothing before <Moment iso={searchedFrom} date /> has been looked at:{' '}
            {stopped === 'time' ? 'it took too long.' : 'it read too many records.'} Give a day
            until which to search, or narrow it by a connection, a principal or a rarer word.
          </p>
        </Notice>
      )}
      {stopped === null && any && last.nextCursor === null && (
        <p className="soft">That is all there is.</p>
      )}
      {first.unsearched > 0 && (
        <Notice
          tone="plain"
          icon="clock"
          title={`${counted(first.unsearched, 'record')} could not be searched`}
        >
          <p>
            They were stored by an older release. <code>gatetrail ingest rebuild</code> makes their
            texts searchable.
          </p>
        </Notice>
      )}
    </>
  )
}

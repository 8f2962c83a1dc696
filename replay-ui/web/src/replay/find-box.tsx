/** Looks for a text in the statements and answers of this session. The text stands in no address of the page: it may be a person's. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect, useState, type RefObject } from 'react'
import type { FindHit } from '@gatetrail/replay-api'
import { Icon } from '../design/icons.tsx'
import { count } from '../text/numbers.ts'
import { find } from './questions.ts'

const charactersMin = 2
const charactersMax = 200

export type Found = { hits: readonly FindHit[]; text: string }

type FindBoxProps = {
  session: string
  field: RefObject<HTMLInputElement | null>
  onFound: (found: Found) => void
  goTo: (hit: FindHit) => void
}

export function FindBox({ session, field, onFound, goTo }: FindBoxProps) {
  const [text, setText] = useState('')
  const [at, setAt] = useState(-1)
  const asked = text.length >= charactersMin
  const { data, error, isFetching, hasNextPage, fetchNextPage } = useInfiniteQuery({
    ...find(session, text),
    enabled: asked,
  })
  const hits = asked ? data?.pages.flatMap((page) => page.hits) : undefined
  const known = hits?.length ?? 0
  // A page of a long session may have no hit: looking goes on until there is one, or the end.
  useEffect(() => {
    if (asked && error === null && known === 0 && hasNextPage && !isFetching) void fetchNextPage()
  }, [asked, error, known, hasNextPage, isFetching, fetchNextPage])
  useEffect(() => {
    onFound({ hits: hits ?? [], text: asked ? text : '' })
    // The hits are made anew on each render; the pages that they come from are not.
  }, [data, asked, text]) // eslint-disable-line react-hooks/exhaustive-deps

  const go = (step: number) => {
    if (hits === undefined || known === 0) return
    const wanted = (at + step + known) % known
    const hit = hits[at === -1 && step < 0 ? known - 1 : wanted]
    setAt(at === -1 && step < 0 ? known - 1 : wanted)
    if (hit !== undefined) goTo(hit)
    if (wanted >= known - 2 && hasNextPage && !isFetching) void fetchNextPage()
  }
  return (
    <form
      className="find"
      role="search"
      aria-label="In this session"
      onSubmit={(event) => {
        event.preventDefault()
        const typed = field.current?.value.trim() ?? ''
        if (typed === text) go(1)
        else {
          setText(typed)
          setAt(-1)
        }
      }}
    >
      <input
        ref={field}
        className="field"
        type="search"
        aria-label="Find in this session"
        placeholder="Find in this session"
        spellCheck={false}
        autoComplete="off"
        minLength={charactersMin}
        maxLength={charactersMax}
        onChange={({ target }) => {
          if (target.value === '') {
            setText('')
            setAt(-1)
          }
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && event.shiftKey) {
            event.preventDefault()
            go(-1)
          }
        }}
      />
      <button
        type="button"
        className="button"
        aria-label="Previous hit"
        disabled={known === 0}
        onClick={() => go(-1)}
      >
        <Icon name="left" />
      </button>
      <button
        type="button"
        className="button"
        aria-label="Next hit"
        disabled={known === 0}
        onClick={() => go(1)}
      >
        <Icon name="right" />
      </button>
      <span className="soft numeric find-count" role="status">
        {wordsFor({ asked, error, isFetching, known, at, more: hasNextPage })}
      </span>
    </form>
  )
}

type Finding = {
  asked: boolean
  error: Error | null
  isFetching: boolean
  known: number
  at: number
  more: boolean
}

function wordsFor({ asked, error, isFetching, known, at, more }: Finding): string {
  if (!asked) return ''
  if (error !== null) return 'Could not look'
  if (known === 0) return isFetching ? 'Looking…' : 'Nothing found'
  const all = `${count(known)}${more ? '+' : ''}`
  return at === -1 ? `${all} found` : `${count(at + 1)} of ${all}`
}

/** Hits, those of one session that follow each other together. The arrow keys go from one to the next, Enter opens its moment. */
import { Link } from '@tanstack/react-router'
import type { SearchHit } from '@gatetrail/replay-api'
import { useState, type KeyboardEvent } from 'react'
import { Moment } from '../design/moment.tsx'
import { RunName } from '../design/principal.tsx'
import { Recorded } from '../design/recorded.tsx'
import { count } from '../text/numbers.ts'
import { principalKindWord } from '../text/words.ts'
import { kindOfHit } from './kinds.ts'

export function SearchHits({ hits }: { hits: readonly SearchHit[] }) {
  return (
    <ol className="search-groups" aria-label="Hits by session" onKeyDown={moveFocus}>
      {groupsOf(hits).map((group) => (
        <Group key={keyOf(group[0])} hits={group} />
      ))}
    </ol>
  )
}

type HitGroup = [SearchHit, ...SearchHit[]]

const shownAtFirst = 5

function Group({ hits }: { hits: HitGroup }) {
  const [all, setAll] = useState(false)
  const [first] = hits
  const shown = all ? hits : hits.slice(0, shownAtFirst)
  const more = hits.length - shown.length
  return (
    <li className="search-group">
      <h2>
        <RunName run={first.run} principal={first.principal} />
        <span className="search-about">
          <span className="badge">{principalKindWord(first.principal.kind)}</span>
          <Recorded text={first.connection} />
          <Moment iso={first.time} date />
        </span>
      </h2>
      <ul>
        {shown.map((hit) => (
          <li key={keyOf(hit)}>
            <Hit hit={hit} />
          </li>
        ))}
      </ul>
      {more > 0 && (
        <button type="button" className="button button-quiet" onClick={() => setAll(true)}>
          {count(more)} more of this session
        </button>
      )}
    </li>
  )
}

function Hit({ hit }: { hit: SearchHit }) {
  const { session, statement, page, kind, time } = hit
  return (
    <Link
      className="search-hit"
      to="/sessions/$session"
      params={{ session }}
      search={({ tz }) => ({
        tz,
        ...(statement !== null && { at: statement }),
        ...(page !== null && page > 0 && { page }),
      })}
    >
      <span className="search-when">
        <Moment iso={time} />
        <span className="badge">{kindOfHit[kind]}</span>
      </span>
      <code className="search-excerpt">
        <Excerpt hit={hit} />
      </code>
    </Link>
  )
}

function Excerpt({ hit: { excerpt, marks } }: { hit: SearchHit }) {
  return (
    <>
      {marks.map(({ from, to }, index) => (
        <span key={from}>
          <Recorded text={excerpt.slice(marks[index - 1]?.to ?? 0, from)} />
          <mark>
            <Recorded text={excerpt.slice(from, to)} />
          </mark>
        </span>
      ))}
      <Recorded text={excerpt.slice(marks.at(-1)?.to ?? 0)} />
    </>
  )
}

function keyOf({ session, seq, kind }: SearchHit): string {
  return `${session}:${seq}:${kind}`
}

function groupsOf(hits: readonly SearchHit[]): HitGroup[] {
  const groups: HitGroup[] = []
  for (const hit of hits) {
    const group = groups.at(-1)
    if (group?.[0].session === hit.session) group.push(hit)
    else groups.push([hit])
  }
  return groups
}

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = steps.get(event.key)
  if (step === undefined) return
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('.search-hit')]
  const at = links.findIndex((link) => link === document.activeElement)
  if (at === -1) return
  event.preventDefault()
  const next = links[at + step]
  if (next !== undefined) next.focus()
  else if (step < 0) document.querySelector<HTMLElement>('.search-field')?.focus()
}

const steps: ReadonlyMap<string, number> = new Map([
  ['ArrowDown', 1],
  ['ArrowUp', -1],
])

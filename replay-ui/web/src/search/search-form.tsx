/** The field of a search and what narrows it. All of it stands in the address. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { searchApi } from '@gatetrail/replay-api'
import type { FormEvent } from 'react'
import { connections } from '../api/questions.ts'
import { AddressField } from '../design/address-field.tsx'
import { DayField } from '../design/day-field.tsx'
import type { SearchSearch } from './address.ts'
import { kindNames } from './kinds.ts'

export function SearchForm() {
  const navigate = useNavigate()
  const search = useSearch({ from: '/search' })
  const { data } = useQuery(connections)
  const { q, kind, from, to, connection, principal, run } = search
  const names = data?.connections.map(({ name }) => name) ?? []
  const apply = (change: SearchSearch) =>
    void navigate({ to: '/search', search: (old) => ({ ...old, ...change }) })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    apply({ q: typed(form, 'q'), principal: typed(form, 'principal'), run: typed(form, 'run') })
  }
  const narrowed = [kind, from, to, connection, principal, run].some((one) => one !== undefined)
  return (
    <search>
      <form className="search-form" onSubmit={submit}>
        <div className="search-line">
          <label className="visually-hidden" htmlFor="search-words">
            Words to search for
          </label>
          <AddressField
            id="search-words"
            className="field search-field"
            name="q"
            value={q}
            maxLength={searchApi.searchCharactersMax}
            placeholder='Words, "a phrase", or beginn*'
            aria-keyshortcuts="/"
            autoFocus={q === undefined}
            onKeyDown={(event) => {
              if (event.key !== 'ArrowDown') return
              event.preventDefault()
              document.querySelector<HTMLElement>('.search-hit')?.focus()
            }}
          />
          <button type="submit" className="button button-primary">
            Search
          </button>
        </div>
        <nav className="search-kinds" aria-label="Where to search">
          <Link
            to="/search"
            search={(old) => ({ ...old, kind: undefined })}
            aria-current={kind === undefined ? 'true' : undefined}
          >
            Everything
          </Link>
          {searchApi.searchKinds.map((one) => (
            <Link
              key={one}
              to="/search"
              search={(old) => ({ ...old, kind: one })}
              aria-current={kind === one ? 'true' : undefined}
            >
              {kindNames[one]}
            </Link>
          ))}
        </nav>
        <div className="search-filters">
          <NamedDay name="From" value={from} onDay={(day) => apply({ from: day })} />
          <NamedDay name="Until" value={to} onDay={(day) => apply({ to: day })} />
          <label>
            Connection
            <select
              className="field"
              value={connection ?? ''}
              onChange={({ target }) => apply({ connection: target.value || undefined })}
            >
              <option value="">all</option>
              {[...new Set([...names, ...(connection === undefined ? [] : [connection])])].map(
                (name) => (
                  <option key={name}>{name}</option>
                ),
              )}
            </select>
          </label>
          <TextField label="Principal" name="principal" value={principal} hint="issuer#subject" />
          <TextField label="Run" name="run" value={run} hint="its number" />
          {narrowed && (
            <Link
              className="button button-quiet"
              to="/search"
              search={(old) => ({ q: old.q, tz: old.tz })}
            >
              Search everything
            </Link>
          )}
        </div>
      </form>
    </search>
  )
}

type NamedDayProps = {
  name: string
  value: string | undefined
  onDay: (day: string | undefined) => void
}

function NamedDay({ name, value, onDay }: NamedDayProps) {
  return (
    <label>
      {name}
      <DayField day={value} apply={onDay} />
    </label>
  )
}

type TextFieldProps = { label: string; name: string; value: string | undefined; hint: string }

function TextField({ label, name, value, hint }: TextFieldProps) {
  return (
    <label>
      {label}
      <AddressField name={name} value={value} placeholder={hint} />
    </label>
  )
}

function typed(form: FormData, name: string): string | undefined {
  const value = form.get(name)
  return typeof value === 'string' ? value.trim() || undefined : undefined
}

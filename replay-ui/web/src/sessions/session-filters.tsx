/** Day, connection, principal. All of it stands in the address. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { connections } from '../api/questions.ts'
import type { SessionsSearch } from '../address.ts'
import { isDay } from '../time/day.ts'

export function SessionFilters() {
  const navigate = useNavigate()
  const search = useSearch({ from: '/sessions' })
  const { data } = useQuery(connections)
  const names = data?.connections.map(({ name }) => name) ?? []
  const apply = (change: SessionsSearch) => {
    // Another question begins at its first page.
    void navigate({ to: '/sessions', search: (old) => ({ ...old, ...change, cursor: undefined }) })
  }
  const { on, connection, principal } = search
  return (
    <form
      className="filters"
      aria-label="Filter"
      onSubmit={(event) => {
        event.preventDefault()
        const value = new FormData(event.currentTarget).get('principal')
        apply({ principal: typeof value === 'string' ? value.trim() || undefined : undefined })
      }}
    >
      <label>
        Day
        <input
          className="field"
          type="date"
          key={on}
          defaultValue={on ?? ''}
          onChange={({ target }) => {
            if (target.value === '' || isDay(target.value)) apply({ on: target.value || undefined })
          }}
        />
      </label>
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
      <label className="filter-wide">
        Principal
        <input
          className="field"
          type="search"
          name="principal"
          key={principal}
          defaultValue={principal ?? ''}
          placeholder="issuer#subject, or the subject"
          spellCheck={false}
          autoComplete="off"
        />
      </label>
      <button type="submit" className="button">
        Filter
      </button>
      {(on ?? connection ?? principal) !== undefined && (
        <Link className="button button-quiet" to="/sessions" search={(old) => ({ tz: old.tz })}>
          Show all
        </Link>
      )}
    </form>
  )
}

/** Days, connection, principal, state, and what stands out. All of it stands in the address. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { sessionsApi } from '@gatetrail/replay-api'
import { connections } from '../api/questions.ts'
import { AddressField } from '../design/address-field.tsx'
import { DayField } from '../design/day-field.tsx'
import { sessionStateWord } from '../text/words.ts'
import { isEntity, sessionsSearch, type SessionsSearch } from './address.ts'

const states = sessionsApi.sessionStates

export function isFiltered(search: SessionsSearch): boolean {
  return Object.keys(sessionsSearch(search)).some((name) => name !== 'cursor')
}

export function SessionFilters() {
  const navigate = useNavigate()
  const search = useSearch({ from: '/sessions' })
  const { on, until, connection, principal, state, touched, refused, entity } = search
  const apply = (change: SessionsSearch) => {
    // Another question begins at its first page.
    void navigate({ to: '/sessions', search: (old) => ({ ...old, ...change, cursor: undefined }) })
  }
  return (
    <form
      className="filters"
      aria-label="Filter"
      onSubmit={(event) => {
        event.preventDefault()
        const typed = new FormData(event.currentTarget)
        const named = textOf(typed, 'entity').toUpperCase()
        apply({
          principal: textOf(typed, 'principal') || undefined,
          entity: isEntity(named) ? named : undefined,
        })
      }}
    >
      <label>
        Day
        <DayField
          day={on}
          apply={(day) => apply({ on: day, ...(day === undefined && { until: undefined }) })}
        />
      </label>
      <label>
        to
        <DayField day={until} min={on} apply={(day) => apply({ until: day })} />
      </label>
      <ConnectionFilter connection={connection} apply={apply} />
      <label>
        State
        <select
          className="field"
          value={state ?? ''}
          onChange={({ target }) => apply({ state: states.find((each) => each === target.value) })}
        >
          <option value="">all</option>
          {states.map((each) => (
            <option key={each} value={each}>
              {sessionStateWord(each).name}
            </option>
          ))}
        </select>
      </label>
      <label className="filter-wide">
        Principal
        <AddressField
          name="principal"
          value={principal}
          placeholder="issuer#subject, or the subject"
        />
      </label>
      <label>
        Entity
        <AddressField
          className="field filter-entity"
          name="entity"
          value={entity}
          placeholder="US_SSN"
          pattern="[A-Za-z][A-Za-z0-9_]*"
          title="An entity, such as US_SSN or EMAIL"
          maxLength={100}
        />
      </label>
      <button type="submit" className="button">
        Filter
      </button>
      <fieldset className="filter-checks">
        <legend className="visually-hidden">Only those that</legend>
        <Check
          name="touched personal data"
          on={touched}
          apply={(wanted) => apply({ touched: wanted })}
        />
        <Check
          name="had something refused"
          on={refused}
          apply={(wanted) => apply({ refused: wanted })}
        />
        {isFiltered(search) && (
          <Link className="button button-quiet" to="/sessions" search={(old) => ({ tz: old.tz })}>
            Show all
          </Link>
        )}
      </fieldset>
    </form>
  )
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value.trim() : ''
}

type ConnectionFilterProps = {
  connection: string | undefined
  apply: (change: SessionsSearch) => void
}

function ConnectionFilter({ connection, apply }: ConnectionFilterProps) {
  const { data } = useQuery(connections)
  const configured = data?.connections.map(({ name }) => name) ?? []
  const names = new Set([...configured, ...(connection === undefined ? [] : [connection])])
  return (
    <label>
      Connection
      <select
        className="field"
        value={connection ?? ''}
        onChange={({ target }) => apply({ connection: target.value || undefined })}
      >
        <option value="">all</option>
        {[...names].map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  )
}

type CheckProps = {
  name: string
  on: 'true' | undefined
  apply: (wanted: 'true' | undefined) => void
}

function Check({ name, on, apply }: CheckProps) {
  return (
    <label className="filter-check">
      <input
        type="checkbox"
        checked={on === 'true'}
        onChange={({ target }) => apply(target.checked ? 'true' : undefined)}
      />
      {name}
    </label>
  )
}

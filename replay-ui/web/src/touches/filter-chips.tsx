/** What narrows the question: each filter can be taken away, and another one added. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { DropdownMenu } from 'radix-ui'
import { useState } from 'react'
import { touchOutcomes } from '@gatetrail/schemas'
import { connections } from '../api/questions.ts'
import { Dialog } from '../design/dialog.tsx'
import { Icon } from '../design/icons.tsx'
import { Recorded, recorded } from '../design/recorded.tsx'
import { outcomeWord } from '../text/words.ts'
import { filterNames, type FilterName, type TouchFilters } from './address.ts'
import { filterWord } from './words.ts'

const examples: { [Name in FilterName]?: string } = {
  principal: 'issuer#subject, such as ci#repo:acme/train',
  place: 'schema.relation.column, such as public.customers.ssn',
  entity: 'such as US_SSN',
  onBehalfOf: 'as answers name it',
  repository: 'such as acme/train',
}

export function FilterChips({ filters }: { filters: TouchFilters }) {
  const [asked, setAsked] = useState<FilterName>()
  const given = filterNames.filter((name) => filters[name] !== undefined)
  return (
    <div className="chips" role="group" aria-label="Filters">
      {given.map((name) => (
        <Chip key={name} name={name} value={filters[name] ?? ''} />
      ))}
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <button type="button" className="button button-small">
            <Icon name="funnel" />
            Add a filter
          </button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Content className="menu" align="start" sideOffset={6}>
          {filterNames
            .filter((name) => filters[name] === undefined)
            .map((name) => (
              <DropdownMenu.Item key={name} className="menu-item" onSelect={() => setAsked(name)}>
                {filterWord(name)}
              </DropdownMenu.Item>
            ))}
        </DropdownMenu.Content>
      </DropdownMenu.Root>
      {given.length > 1 && (
        <Link
          className="button button-quiet button-small"
          to="/touches"
          search={({ by, from, to, last, tz }) => ({ by, from, to, last, tz })}
        >
          Take all away
        </Link>
      )}
      {asked !== undefined && <FilterDialog name={asked} close={() => setAsked(undefined)} />}
    </div>
  )
}

function Chip({ name, value }: { name: FilterName; value: string }) {
  const shown = name === 'outcome' ? outcomeWord(value).name : value === '' ? 'none' : value
  return (
    <span className="chip">
      <span className="soft">{filterWord(name)}</span> <Recorded text={shown} />
      <Link
        className="chip-remove"
        to="/touches"
        search={(old) => ({ ...old, [name]: undefined, cursor: undefined })}
        aria-label={`Take away: ${filterWord(name)} ${recorded(shown)}`}
      >
        <Icon name="close" />
      </Link>
    </span>
  )
}

function FilterDialog({ name, close }: { name: FilterName; close: () => void }) {
  const navigate = useNavigate()
  const { data } = useQuery({ ...connections, enabled: name === 'connection' })
  const word = filterWord(name)
  return (
    <Dialog
      open
      onOpenChange={close}
      title={`Only: ${word}`}
      description="Touches that have exactly this are shown. It becomes part of the address."
    >
      <form
        className="dialog-form"
        onSubmit={(event) => {
          event.preventDefault()
          const given = new FormData(event.currentTarget).get('value')
          const value = typeof given === 'string' ? given.trim() : ''
          if (value === '') return
          void navigate({
            to: '/touches',
            search: (old) => ({ ...old, [name]: value, cursor: undefined }),
          })
          close()
        }}
      >
        <label className="labelled">
          {word}
          {name === 'outcome' ? (
            <select className="field" name="value">
              {touchOutcomes.map((outcome) => (
                <option key={outcome} value={outcome}>
                  {outcomeWord(outcome).name}
                </option>
              ))}
            </select>
          ) : (
            <input
              className="field"
              name="value"
              required
              maxLength={1_000}
              placeholder={examples[name]}
              list={name === 'connection' ? 'filter-connections' : undefined}
              spellCheck={false}
              autoComplete="off"
            />
          )}
        </label>
        <datalist id="filter-connections">
          {data?.connections.map((connection) => (
            <option key={connection.name} value={connection.name} />
          ))}
        </datalist>
        <div className="dialog-actions">
          <button type="button" className="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" className="button button-primary">
            Add
          </button>
        </div>
      </form>
    </Dialog>
  )
}

/** Names of whom and what an auditor asks about: each leads to its history. */
import { Link } from '@tanstack/react-router'
import { Fragment, type ReactNode } from 'react'
import type { Run, TouchGroup } from '@gatetrail/replay-api'
import type { FilterName, TouchFilters } from '../touches/address.ts'
import { workflowFilters } from '../touches/key.ts'
import { Recorded, recorded } from './recorded.tsx'

/** How a history is grouped when somebody comes from a name: one step deeper than the name. */
const groupBehind: { [Name in FilterName]?: TouchGroup } = {
  entity: 'place',
  connection: 'principal',
  session: 'place',
}

type NameProps = {
  of: FilterName
  /** What the filter asks for. */
  value: string
  /** What it takes besides to name one and no other. */
  also?: TouchFilters
  /** What is shown, if it is something else. */
  children?: ReactNode
  className?: string
}

export function Name({ of, value, also, children, className = 'name' }: NameProps) {
  return (
    <Link
      className={className}
      to="/touches"
      search={{ by: groupBehind[of] ?? 'run', ...also, [of]: value }}
      title={`History of ${recorded(value)}`}
    >
      {children ?? <Recorded text={value} />}
    </Link>
  )
}

/** Of the provider and the repository that the run says. */
export function WorkflowName({ run, workflow }: { run: Run; workflow: string }) {
  return <Name of="workflow" value={workflow} also={workflowFilters(run)} />
}

/** Of the provider that the run says. */
export function RepositoryName({ run, repository }: { run: Run; repository: string }) {
  return <Name of="repository" value={repository} also={{ provider: run.provider }} />
}

export function PlaceName({ place }: { place: string }) {
  return (
    <Name of="place" value={place}>
      <PlaceText place={place} />
    </Name>
  )
}

/** `public.customers.` soft, `ssn` as it is, with places to break between. */
export function PlaceText({ place }: { place: string }) {
  const dot = place.lastIndexOf('.')
  return (
    <code>
      <span className="soft">
        {place
          .slice(0, dot + 1)
          .split(/(?<=\.)/)
          .map((part, index) => (
            <Fragment key={index}>
              <Recorded text={part} />
              <wbr />
            </Fragment>
          ))}
      </span>
      <Recorded text={place.slice(dot + 1)} />
    </code>
  )
}

export function EntityName({ entity }: { entity: string }) {
  return (
    <span className="entity">
      <Name of="entity" value={entity} />
    </span>
  )
}

/** To the texts of its policies, and to what they decided. */
export function PolicySetName({ set }: { set: string }) {
  if (set === '') return <span className="soft">none</span>
  return (
    <Link
      className="name"
      to="/operation/policies/$set"
      params={{ set }}
      search={({ tz }) => ({ tz })}
      title={set}
    >
      <code>{set.slice(0, 12)}</code>
    </Link>
  )
}

export function ConnectionNames({ names }: { names: readonly string[] }) {
  return names.map((name, index) => (
    <Fragment key={name}>
      {index > 0 && ', '}
      <ConnectionName connection={name} />
    </Fragment>
  ))
}

export function ConnectionName({ connection }: { connection: string }) {
  return (
    <code>
      <Name of="connection" value={connection} />
    </code>
  )
}

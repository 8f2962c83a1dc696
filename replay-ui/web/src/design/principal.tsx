/** Who it was: the run by its name with a link to its provider, the principal, and on whose behalf. */
import { Link } from '@tanstack/react-router'
import type { Principal as PrincipalShape, Run } from '@gatetrail/replay-api'
import { principalKindWord, safeUrl } from '../text/words.ts'
import { Icon } from './icons.tsx'
import { Name, RepositoryName } from './names.tsx'
import { Recorded, recorded } from './recorded.tsx'

type Who = Omit<PrincipalShape, 'groups'>

type RunNameProps = { run: Run | null; principal: Who }

/** `nightly-train run 4711`; without a run, the principal. */
export function RunName({ run, principal }: RunNameProps) {
  if (run === null) return <Recorded text={principal.subject} />
  const attempt = run.attempt === null || run.attempt === '1' ? '' : `, attempt ${run.attempt}`
  return (
    <>
      <Recorded text={run.workflow ?? principal.subject} />{' '}
      <span className="run-with-url">
        <Link
          className="run-number"
          to="/runs/$provider/$id"
          params={{ provider: run.provider, id: run.id }}
          search={{ attempt: run.attempt ?? undefined }}
          title="All sessions of this run"
        >
          <Recorded text={`run ${run.id}${attempt}`} />
        </Link>
        <RunUrl run={run} />
      </span>
    </>
  )
}

/** To the run at its provider, in a new tab. */
export function RunUrl({ run }: { run: Run }) {
  const url = safeUrl(run.url)
  if (url === undefined) return null
  return (
    <>
      {' '}
      <a
        className="run-url"
        href={url}
        target="_blank"
        rel="noopener noreferrer"
        title={`${recorded(url)} (opens in a new tab)`}
        aria-label={`Run ${recorded(run.id)} at ${recorded(run.provider)}, opens in a new tab`}
      >
        <Icon name="outward" />
      </a>
    </>
  )
}

type PrincipalProps = {
  principal: Who
  onBehalfOf: readonly string[]
  /** With the repository that it says. */
  run?: Run | null
}

export function Principal({ principal, onBehalfOf, run = null }: PrincipalProps) {
  const repository = run?.repository ?? null
  return (
    <p className="principal">
      <span className="badge">{principalKindWord(principal.kind)}</span>
      <code>
        <Name of="principal" value={principal.id} />
      </code>
      {run !== null && repository !== null && (
        <span>
          of <RepositoryName {...{ run, repository }} />
        </span>
      )}
      <OnBehalfOf names={onBehalfOf} />
    </p>
  )
}

export function OnBehalfOf({ names }: { names: readonly string[] }) {
  if (names.length === 0) return null
  return (
    <span className="on-behalf">
      on behalf of <BehalfNames names={names} />
    </span>
  )
}

export function BehalfNames({ names }: { names: readonly string[] }) {
  return names.map((name, index) => (
    <strong key={name}>
      {index > 0 && ', for '}
      <Name of="onBehalfOf" value={name} />
    </strong>
  ))
}

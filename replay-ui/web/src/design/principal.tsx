/** Who it was: the run by its name with a link to its provider, the principal, and on whose behalf. */
import type { Principal as PrincipalShape, Run } from '@gatetrail/replay-api'
import { principalKindWord, safeUrl } from '../text/words.ts'
import { Icon } from './icons.tsx'
import { Recorded, recorded } from './recorded.tsx'

type RunNameProps = { run: Run | null; principal: PrincipalShape }

/** `nightly-train run 4711`; without a run, the principal. */
export function RunName({ run, principal }: RunNameProps) {
  if (run === null) return <Recorded text={principal.subject} />
  const attempt = run.attempt === null || run.attempt === '1' ? '' : `, attempt ${run.attempt}`
  const number = `run ${run.id}${attempt}`
  const url = safeUrl(run.url)
  return (
    <>
      <Recorded text={run.workflow ?? principal.subject} />{' '}
      {url === undefined ? (
        <span className="run-number">
          <Recorded text={number} />
        </span>
      ) : (
        <a
          className="run-number"
          href={url}
          target="_blank"
          rel="noopener noreferrer"
          title={`${recorded(url)} (opens in a new tab)`}
        >
          <Recorded text={number} />
          <Icon name="outward" />
        </a>
      )}
    </>
  )
}

type PrincipalProps = {
  principal: PrincipalShape
  onBehalfOf: readonly string[]
  repository?: string | null
}

export function Principal({ principal, onBehalfOf, repository = null }: PrincipalProps) {
  return (
    <p className="principal">
      <span className="badge">{principalKindWord(principal.kind)}</span>
      <code title="issuer#subject">
        <Recorded text={principal.id} />
      </code>
      {repository !== null && (
        <span>
          of <Recorded text={repository} />
        </span>
      )}
      {onBehalfOf.length > 0 && (
        <span className="on-behalf">
          on behalf of{' '}
          <strong>
            <Recorded text={onBehalfOf.join(', for ')} />
          </strong>
        </span>
      )}
    </p>
  )
}

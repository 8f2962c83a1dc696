/** States of a page that are not its content: failed, empty, loading. Each says what it means and what to do. */
import type { ReactNode } from 'react'
import { ApiError } from '@gatetrail/replay-api'
import { sentence } from '../text/words.ts'
import { Icon, type IconName } from './icons.tsx'

type NoticeProps = {
  tone: 'plain' | 'good' | 'warning' | 'danger'
  icon: IconName
  title: ReactNode
  children?: ReactNode
}

export function Notice({ tone, icon, title, children }: NoticeProps) {
  return (
    <section className={`notice notice-${tone}`}>
      <Icon name={icon} />
      <div>
        <h2>{title}</h2>
        {children}
      </div>
    </section>
  )
}

type FailureProps = {
  error: Error
  what: string
  /** What could not be done with it. Left out: loaded. */
  done?: string
  retry?: () => void
}

/** Why there is nothing to show. A missing permission is not an error of the page: it is said in plain words. */
export function Failure({ error, what, done = 'loaded', retry }: FailureProps) {
  if (error instanceof ApiError && error.status === 403) return <NoPermission />
  const { code, hint } =
    error instanceof ApiError ? error : { code: 'PAGE_FAILED', hint: 'Reload the page.' }
  return (
    <div role="alert">
      <Notice tone="danger" icon="warning" title={`${what} could not be ${done}`}>
        <p>{sentence(error.message)}</p>
        {hint !== undefined && <p>{sentence(hint)}</p>}
        <p className="soft">
          Code <code>{code}</code>
        </p>
        {retry !== undefined && (
          <button type="button" className="button" onClick={retry}>
            <Icon name="refresh" />
            Try again
          </button>
        )}
      </Notice>
    </div>
  )
}

function NoPermission() {
  return (
    <div role="alert">
      <Notice tone="warning" icon="stop" title="You may not see this">
        <p>
          You are signed in, but your account has no role that allows this, or it had one that was
          taken away.
        </p>
        <p>
          Roles come from the groups of your account. Ask whoever runs Gatetrail to add one of your
          groups to <code>web.roles</code> in <code>gatetrail.yaml</code>, then sign in again.
        </p>
      </Notice>
    </div>
  )
}

/** Grey lines where content will be, as high as it will be. */
export function Loading({ what, lines = 3 }: { what: string; lines?: number }) {
  return (
    <div className="loading" role="status">
      <span className="visually-hidden">{what} is being loaded</span>
      {Array.from({ length: lines }, (_, index) => (
        <div key={index} className="loading-line" aria-hidden="true" />
      ))}
    </div>
  )
}

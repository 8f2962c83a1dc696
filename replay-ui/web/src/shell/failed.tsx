/** Pages for addresses that lead nowhere, and for bugs of ours. */
import { Link, type ErrorComponentProps } from '@tanstack/react-router'
import { Failure, Notice } from '../design/notice.tsx'

export function NotFound() {
  return (
    <main className="page">
      <Notice tone="plain" icon="warning" title="There is nothing at this address">
        <p>
          The link may be incomplete. <Link to="/">Go to today's answer</Link> or{' '}
          <Link to="/sessions">to the sessions</Link>.
        </p>
      </Notice>
    </main>
  )
}

export function PageFailed({ error, reset }: ErrorComponentProps) {
  return (
    <main className="page">
      <Failure
        error={error instanceof Error ? error : new Error(String(error))}
        what="This page"
        retry={reset}
      />
    </main>
  )
}

/** What is around each page about operation: where one can go, as far as this account may. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Permission } from '@gatetrail/replay-api'
import type { ReactNode } from 'react'
import { me } from '../api/questions.ts'
import { Icon } from '../design/icons.tsx'
import './operation.css'

const tabs = [
  { name: 'Now', to: '/operation/now', needs: 'read_audit' },
  { name: 'In force', to: '/operation/in-force', needs: 'read_all' },
  { name: 'Principals', to: '/operation/principals', needs: 'read_audit' },
  { name: 'Connections', to: '/operation/connections', needs: 'read_status' },
  { name: 'Policies', to: '/operation/policies', needs: 'read_audit' },
  { name: 'Health', to: '/operation/health', needs: 'read_status' },
  { name: 'Audit log', to: '/operation/log', needs: 'read_all' },
] as const satisfies readonly { name: string; to: string; needs: Permission }[]

export function usePermissions(): readonly Permission[] {
  return useQuery(me).data?.permissions ?? []
}

type FrameProps = {
  title: ReactNode
  /** A sentence below the title. */
  about: ReactNode
  /** The tab that leads here, of a page that has none. */
  within?: (typeof tabs)[number]['name']
  /** Asks again. */
  refresh?: { busy: boolean; ask: () => void }
  /** Beside the title. */
  tools?: ReactNode
  children: ReactNode
}

export function OperationFrame(props: FrameProps) {
  const { title, about, within, refresh, tools, children } = props
  const permissions = usePermissions()
  return (
    <main className="page operation">
      <nav className="tabs" aria-label="Operation">
        {tabs
          .filter(({ needs }) => permissions.includes(needs))
          .map(({ name, to }) => (
            <Link
              key={to}
              to={to}
              search={({ tz }) => ({ tz })}
              activeOptions={{ includeSearch: false }}
              data-within={name === within || undefined}
            >
              {name}
            </Link>
          ))}
      </nav>
      <div className="operation-head">
        <div>
          <h1>{title}</h1>
          <p className="soft">{about}</p>
        </div>
        <div className="operation-tools">
          {tools}
          {refresh !== undefined && (
            <button
              type="button"
              className="button button-small"
              onClick={refresh.ask}
              disabled={refresh.busy}
            >
              <Icon name="refresh" />
              {refresh.busy ? 'Asking…' : 'Ask again'}
            </button>
          )}
        </div>
      </div>
      {children}
    </main>
  )
}

/** What would be a table, if there were rows. */
export function Nothing({ children }: { children: ReactNode }) {
  return <p className="nothing soft">{children}</p>
}

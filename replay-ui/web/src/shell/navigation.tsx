/** Where one can go: only what this account may see. */
import { Link, useLocation } from '@tanstack/react-router'
import type { Permission } from '@gatetrail/replay-api'

type Entry = {
  name: string
  to: string
  needs: Permission
  /** Other pages that this entry leads to. */
  also?: readonly string[]
}

const entries = [
  {
    name: 'Personal data',
    to: '/',
    needs: 'read_audit',
    also: ['/touches', '/runs', '/subject', '/questions', '/report'],
  },
  { name: 'Sessions', to: '/sessions', needs: 'read_audit' },
  { name: 'Search', to: '/search', needs: 'read_audit' },
  { name: 'Operation', to: '/operation', needs: 'read_status' },
] as const satisfies readonly Entry[]

export function Navigation({ permissions }: { permissions: readonly Permission[] }) {
  const pathname = useLocation({ select: (location) => location.pathname })
  const shown = entries.filter(({ needs }) => permissions.includes(needs))
  if (shown.length === 0) return null
  return (
    <nav aria-label="Pages">
      {shown.map((entry) => (
        <Link
          key={entry.name}
          to={entry.to}
          activeOptions={{ exact: true, includeSearch: false }}
          data-within={isWithin(entry, pathname) || undefined}
        >
          {entry.name}
        </Link>
      ))}
    </nav>
  )
}

function isWithin({ to, also = [] }: Entry, pathname: string): boolean {
  return [to, ...also].some((path) =>
    path === '/' ? pathname === '/' : pathname === path || pathname.startsWith(`${path}/`),
  )
}

/** The list of sessions. */
import { createRoute } from '@tanstack/react-router'
import { sessionsSearch } from './address.ts'
import { rootRoute } from '../root-route.ts'
import { SessionsPage } from './sessions-page.tsx'

export const sessionsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sessions',
  validateSearch: sessionsSearch,
  component: SessionsPage,
})

/** One run across all of its sessions. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../root-route.ts'
import { runSearch } from './address.ts'

export const runRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/runs/$provider/$id',
  validateSearch: runSearch,
  component: lazyRouteComponent(() => import('./run-page.tsx'), 'RunPage'),
})

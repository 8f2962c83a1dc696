/** The question turned around: one page for the history of whom or what somebody asks about. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../root-route.ts'
import { touchesSearch } from './address.ts'

export const touchesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/touches',
  validateSearch: touchesSearch,
  component: lazyRouteComponent(() => import('./touches-page.tsx'), 'TouchesPage'),
})

/** The replay brings xterm.js and is loaded when it is opened. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { replaySearch } from './address.ts'
import { rootRoute } from '../root-route.ts'

export const replayRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sessions/$session',
  validateSearch: replaySearch,
  component: lazyRouteComponent(() => import('./replay-page.tsx'), 'ReplayPage'),
})

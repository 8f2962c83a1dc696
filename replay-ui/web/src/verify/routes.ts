/** The verification of a session, in plain words. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../root-route.ts'

export const verifyRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sessions/$session/verify',
  component: lazyRouteComponent(() => import('./verify-page.tsx'), 'VerifyPage'),
})

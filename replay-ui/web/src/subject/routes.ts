/** Which runs ever touched a value. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../root-route.ts'

export const subjectRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/subject',
  component: lazyRouteComponent(() => import('./subject-page.tsx'), 'SubjectPage'),
})

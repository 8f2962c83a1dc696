/** Saved questions. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../root-route.ts'

export const questionsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/questions',
  component: lazyRouteComponent(() => import('./questions-page.tsx'), 'QuestionsPage'),
})

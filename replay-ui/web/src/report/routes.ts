/** An answer as a printable report. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../root-route.ts'
import { reportSearch } from './address.ts'

export const reportRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/report',
  validateSearch: reportSearch,
  component: lazyRouteComponent(() => import('./report-page.tsx'), 'ReportPage'),
})

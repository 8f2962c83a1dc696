/** Words in everything on record. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../root-route.ts'
import { searchSearch } from './address.ts'

export const searchRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/search',
  validateSearch: searchSearch,
  component: lazyRouteComponent(() => import('./search-page.tsx'), 'SearchPage'),
})

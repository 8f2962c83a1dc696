/** Operation: what runs, who was there, what decides, how each part does, and who looked. None of it is in the first load. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../root-route.ts'
import { connectionsSearch, logSearch, principalSearch, principalsSearch } from './address.ts'

const under = { getParentRoute: () => rootRoute }

const index = createRoute({
  ...under,
  path: '/operation',
  component: lazyRouteComponent(() => import('./index-page.tsx'), 'IndexPage'),
  staticData: { needs: 'read_status' },
})
const nowRoute = createRoute({
  ...under,
  path: '/operation/now',
  component: lazyRouteComponent(() => import('./now-page.tsx'), 'NowPage'),
})
const inForce = createRoute({
  ...under,
  path: '/operation/in-force',
  component: lazyRouteComponent(() => import('./in-force-page.tsx'), 'InForcePage'),
  staticData: { needs: 'read_all' },
})
const principals = createRoute({
  ...under,
  path: '/operation/principals',
  validateSearch: principalsSearch,
  component: lazyRouteComponent(() => import('./principals-page.tsx'), 'PrincipalsPage'),
})
const principal = createRoute({
  ...under,
  path: '/operation/principal',
  validateSearch: principalSearch,
  component: lazyRouteComponent(() => import('./principal-page.tsx'), 'PrincipalPage'),
})
const connections = createRoute({
  ...under,
  path: '/operation/connections',
  validateSearch: connectionsSearch,
  component: lazyRouteComponent(() => import('./connections-page.tsx'), 'ConnectionsPage'),
  staticData: { needs: 'read_status' },
})
const policies = createRoute({
  ...under,
  path: '/operation/policies',
  component: lazyRouteComponent(() => import('./policies-page.tsx'), 'PoliciesPage'),
})
const policySet = createRoute({
  ...under,
  path: '/operation/policies/$set',
  component: lazyRouteComponent(() => import('./policy-set-page.tsx'), 'PolicySetPage'),
})
const health = createRoute({
  ...under,
  path: '/operation/health',
  component: lazyRouteComponent(() => import('./health-page.tsx'), 'HealthPage'),
  staticData: { needs: 'read_status' },
})
const log = createRoute({
  ...under,
  path: '/operation/log',
  validateSearch: logSearch,
  component: lazyRouteComponent(() => import('./log-page.tsx'), 'LogPage'),
  staticData: { needs: 'read_all' },
})

export const operationRoutes = [
  index, nowRoute, inForce, principals, principal, connections, policies, policySet, health, log,
] as const // prettier-ignore

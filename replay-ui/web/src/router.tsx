/** Addresses → pages. The replay brings xterm.js and is loaded when it is opened. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  retainSearchParams,
} from '@tanstack/react-router'
import {
  answerSearch,
  parseSearch,
  replaySearch,
  sessionsSearch,
  stringifySearch,
  zoneSearch,
} from './address.ts'
import { AnswerPage } from './answer/answer-page.tsx'
import { SessionsPage } from './sessions/sessions-page.tsx'
import { NotFound, PageFailed } from './shell/failed.tsx'
import { Shell } from './shell/shell.tsx'

const rootRoute = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: PageFailed,
  validateSearch: zoneSearch,
  search: { middlewares: [retainSearchParams(['tz'])] },
})

const answerRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  validateSearch: answerSearch,
  component: AnswerPage,
})

const sessionsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sessions',
  validateSearch: sessionsSearch,
  component: SessionsPage,
})

const replayRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sessions/$session',
  validateSearch: replaySearch,
  component: lazyRouteComponent(() => import('./replay/replay-page.tsx'), 'ReplayPage'),
})

export const router = createRouter({
  routeTree: rootRoute.addChildren([answerRoute, sessionsRoute, replayRoute]),
  parseSearch,
  stringifySearch,
  defaultPreload: false,
  defaultErrorComponent: PageFailed,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

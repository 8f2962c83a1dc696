/** Addresses → pages; each area brings its own. */
import { createRouter } from '@tanstack/react-router'
import { parseSearch, stringifySearch } from './address.ts'
import { answerRoute } from './answer/routes.ts'
import { operationRoutes } from './operation/routes.ts'
import { questionsRoute } from './questions/routes.ts'
import { replayRoute } from './replay/routes.ts'
import { reportRoute } from './report/routes.ts'
import { rootRoute } from './root-route.ts'
import { runRoute } from './runs/routes.ts'
import { searchRoute } from './search/routes.ts'
import { sessionsRoute } from './sessions/routes.ts'
import { PageFailed } from './shell/failed.tsx'
import { subjectRoute } from './subject/routes.ts'
import { touchesRoute } from './touches/routes.ts'
import { verifyRoute } from './verify/routes.ts'

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    answerRoute,
    touchesRoute,
    runRoute,
    subjectRoute,
    questionsRoute,
    reportRoute,
    sessionsRoute,
    searchRoute,
    replayRoute,
    verifyRoute,
    ...operationRoutes,
  ]),
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
